#include "core/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "core/config/yaml_text.h"

namespace aip::config {

const Node* Node::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name == key) return &items[i];
  }
  return nullptr;
}

Node* Node::find(std::string_view key) noexcept {
  const Node* found = std::as_const(*this).find(key);
  return found == nullptr ? nullptr : &items[static_cast<std::size_t>(found - items.data())];
}

const Node::Key* Node::find_key(std::string_view key) const noexcept {
  const auto it =
      std::find_if(keys.begin(), keys.end(), [key](const Key& k) { return k.name == key; });
  return it == keys.end() ? nullptr : &*it;
}

Node& Node::add(Key key, Node value) {
  keys.push_back(std::move(key));
  items.push_back(std::move(value));
  return items.back();
}

std::optional<Node> Node::take(std::string_view key) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].name != key) continue;
    const auto at = static_cast<std::ptrdiff_t>(i);
    Node value = std::move(items[i]);
    keys.erase(keys.begin() + at);
    items.erase(items.begin() + at);
    return value;
  }
  return std::nullopt;
}

Node Node::scalar(std::string text, Mark mark) {
  Node node;
  node.kind = Kind::Scalar;
  node.plain = true;
  node.mark = mark;
  node.text = std::move(text);
  return node;
}

Node Node::mapping(Mark mark) {
  Node node;
  node.kind = Kind::Mapping;
  node.mark = mark;
  return node;
}

Node Node::sequence(Mark mark) {
  Node node;
  node.kind = Kind::Sequence;
  node.mark = mark;
  return node;
}

namespace {

struct Stop {};  // ends yaml-cpp's walk from inside a callback, after an error was told

// What an alias would cost, so that it is refused before it is copied.
struct Size {
  std::size_t nodes = 1, depth = 1;
};

Size size_of(const Node& node) {
  Size size;
  for (const Node& item : node.items) {
    const Size inside = size_of(item);
    size.nodes += inside.nodes;
    size.depth = std::max(size.depth, inside.depth + 1);
  }
  return size;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlText& text, Diagnostics& out) : text_(text), out_(out) {}

  [[nodiscard]] Node take_root() { return std::move(root_); }
  [[nodiscard]] std::size_t documents() const noexcept { return documents_; }
  // The place where the innermost open collection began, for "is never closed".
  [[nodiscard]] Mark innermost() const {
    return open_.empty() ? Mark{1, 1} : open_.back().node.mark;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    fail(mark, "a second document begins here; a configuration is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    // yaml-cpp gives the place of whatever follows. A separator there, where no key stands in
    // front, is an empty entry: {a: 1,, b: 2} or [a,, b].
    const char next = text_.at(mark);
    if (!open_.empty()) {
      const Frame& top = open_.back();
      const bool in_sequence = top.node.kind == Node::Kind::Sequence;
      if ((in_sequence || !top.key) && (next == ',' || next == ']' || next == '}')) {
        fail(mark, "an empty entry: a value is missing before this comma or bracket");
      }
      if (!in_sequence && !top.key) fail(mark, "a key is missing here");
    }
    Node node;
    node.mark = open_.empty() || !open_.back().key ? text_.mark(mark) : open_.back().key->mark;
    attach(mark, std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) fail(mark, "this alias stands inside its own anchor");
    const Size size = size_of(known->second);
    if (open_.size() + size.depth > kYamlDepthMax) fail_depth(mark);
    nodes_ += size.nodes - 1;  // attach() counts one
    if (nodes_ >= kYamlNodesMax) fail_nodes(mark);
    attach(mark, known->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    Node node = Node::scalar(YamlText::unmask(value), text_.mark(mark));
    node.plain = tag == "?";
    if (!node.plain && !text_.quote_is_closed(mark)) fail(mark, "this quote is never closed");
    attach(mark, std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, Node::sequence(text_.mark(mark)), anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(mark, tag);
    open(mark, Node::mapping(text_.mark(mark)), anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::optional<Node::Key> key;  // a mapping's key whose value comes next
  };

  [[noreturn]] void fail(const YAML::Mark& mark, std::string text) {
    out_.error(text_.mark(mark), "", std::move(text));
    throw Stop{};
  }
  [[noreturn]] void fail_depth(const YAML::Mark& mark) {
    fail(mark, "nested more than " + std::to_string(kYamlDepthMax) + " levels deep");
  }
  [[noreturn]] void fail_nodes(const YAML::Mark& mark) {
    fail(mark, "more than " + std::to_string(kYamlNodesMax) + " values, aliases counted");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fail(mark, "YAML tags (!name) have no meaning here; quote a text that begins with \"!\"");
  }

  void open(const YAML::Mark& mark, Node node, YAML::anchor_t anchor) {
    if (open_.size() + 1 >= kYamlDepthMax) fail_depth(mark);
    if (!open_.empty() && open_.back().node.kind == Node::Kind::Mapping && !open_.back().key) {
      fail(mark, "a key must be a text");
    }
    open_.push_back({std::move(node), anchor, mark, std::nullopt});
  }

  void close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    attach(frame.mark, std::move(frame.node), frame.anchor);
  }

  // A finished node is a key, a value, an item, or the root.
  void attach(const YAML::Mark& mark, Node node, YAML::anchor_t anchor) {
    if (++nodes_ > kYamlNodesMax) fail_nodes(mark);
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& top = open_.back();
    if (top.node.kind == Node::Kind::Sequence) {
      top.node.items.push_back(std::move(node));
    } else if (top.key) {
      top.node.add(std::move(*top.key), std::move(node));
      top.key.reset();
    } else {
      begin_key(mark, std::move(node));
    }
  }

  void begin_key(const YAML::Mark& mark, Node node) {
    if (node.kind != Node::Kind::Scalar) fail(mark, "a key must be a text");
    if (node.plain && node.text == "<<") {
      fail(mark, "merge keys (<<) are not supported; write the keys out, or use an alias as value");
    }
    Frame& top = open_.back();
    if (const Node::Key* first = top.node.find_key(node.text)) {
      // Told and walked on: the second value is kept under a name that nobody asks for.
      out_.error(node.mark, "",
                 "the key " + shown(node.text) + " stands twice; first at line " +
                     std::to_string(first->mark.line));
    }
    top.key = Node::Key{std::move(node.text), node.mark};
  }

  const YamlText& text_;
  Diagnostics& out_;
  Node root_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0, documents_ = 0;
};

struct Advice {
  std::string_view yaml_cpp, ours;
  bool at_innermost;  // the place is where the innermost collection began
};
constexpr Advice kAdvice[] = {
    {"end of map not found",
     "this is neither a new key nor part of the value before it; check indentation and quotes",
     false},
    {"illegal map value",
     "a \":\" where no value can begin; quote the text around it, or check the indentation", false},
    {"illegal block entry", "a \"-\" where no list can begin; put it on a line of its own", false},
    {"end of sequence not found",
     "this is no \"- \" entry of the list before it; check the indentation", false},
    {"end of map flow not found", "this \"{\" is never closed", true},
    {"end of sequence flow not found", "this \"[\" is never closed", true},
    {"illegal flow end", "a closing bracket without its opening one", false},
    {"unknown token", "this character cannot begin a value; quote it", false},
    {"illegal EOF in scalar", "a quote is never closed", false},
    {"unknown escape character",
     "an unknown escape in a double-quoted text; single quotes take backslashes as they are",
     false},
    {"the referenced anchor is not defined", "this alias has no anchor (&name) before it", false},
};

void tell(const YAML::ParserException& e, const YamlText& text, const TreeBuilder& builder,
          Diagnostics& out) {
  for (const Advice& words : kAdvice) {
    if (e.msg.compare(0, words.yaml_cpp.size(), words.yaml_cpp) != 0) continue;
    out.error(words.at_innermost ? builder.innermost() : text.mark(e.mark), "",
              std::string(words.ours));
    return;
  }
  out.error(text.mark(e.mark), "", "not valid YAML: " + e.msg);
}

// The scanner tells an unclosed quote at the end of the file only. With the quote closed behind
// the text, the builder meets the scalar and sees where it began.
bool find_unclosed_quote(const YamlText& text, Diagnostics& out) {
  for (const std::string_view end : {"\"\n", "'\n"}) {
    std::istringstream in(text.masked() + std::string(end));
    Diagnostics found(out.file());
    TreeBuilder builder(text, found);
    try {
      YAML::Parser(in).HandleNextDocument(builder);
    } catch (const Stop&) {
      for (const Diagnostic& d : found.errors()) out.error(d.mark, d.path, d.text);
      return true;
    } catch (const YAML::Exception&) {
      continue;
    }
  }
  return false;
}

}  // namespace

std::optional<Node> parse_yaml(Bytes bytes, Diagnostics& out) {
  const std::optional<YamlText> text = YamlText::check(bytes, out);
  if (!text) return std::nullopt;
  TreeBuilder builder(*text, out);
  std::istringstream in(text->masked());
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::ParserException& e) {
    const bool quote = e.msg.find("EOF in scalar") != std::string::npos;
    if (!quote || !find_unclosed_quote(*text, out)) tell(e, *text, builder, out);
  } catch (const YAML::Exception& e) {
    out.error({}, "", "not valid YAML: " + e.msg);
  }
  if (out.failed()) return std::nullopt;
  return builder.take_root();
}

}  // namespace aip::config
