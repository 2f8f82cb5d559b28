#include "core/config/yaml.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "core/config/yaml_text.h"

using namespace aip::config;

namespace {

// "key@1:1=value@1:4 ..." of a tree, so that a table can hold what a text means.
std::string drawn(const Node& node) {
  const std::string place =
      "@" + std::to_string(node.mark.line) + ":" + std::to_string(node.mark.column);
  switch (node.kind) {
    case Node::Kind::Null:
      return "null" + place;
    case Node::Kind::Scalar:
      return (node.plain ? node.text : "'" + node.text + "'") + place;
    case Node::Kind::Sequence:
    case Node::Kind::Mapping:
      break;
  }
  const bool mapping = node.kind == Node::Kind::Mapping;
  std::string out(1, mapping ? '{' : '[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ' ';
    if (mapping) {
      const Node::Key& key = node.keys[i];
      out += key.name + "@" + std::to_string(key.mark.line) + ":" +
             std::to_string(key.mark.column) + "=";
    }
    out += drawn(node.items[i]);
  }
  return out + (mapping ? '}' : ']');
}

// The tree, or the errors a line each, without the file's name.
std::string read(std::string_view text) {
  Diagnostics out("f");
  const auto root = parse_yaml(text, out);
  CHECK(root.has_value() == out.errors().empty());
  if (root) return drawn(*root);
  std::string errors;
  for (const Diagnostic& d : out.errors()) {
    errors += (errors.empty() ? "" : " | ") + d.to_string().substr(2);
  }
  return errors;
}

struct YamlCase {
  std::string_view text, meaning;
};

}  // namespace

TEST_CASE("yaml: keys and values know their places") {
  const YamlCase cases[] = {
      {"a: 1", "{a@1:1=1@1:4}"},
      {"a:\n  b: x\n  c: [y, 'z']\n", "{a@1:1={b@2:3=x@2:6 c@3:3=[y@3:7 'z'@3:10]}}"},
      {"{a: 1, b: {c: 2}}", "{a@1:2=1@1:5 b@1:8={c@1:12=2@1:15}}"},
      {"a: \"x y\" # note\nb: 'it''s'\n", "{a@1:1='x y'@1:4 b@2:1='it's'@2:4}"},
      {"- a\n- b: c\n", "[a@1:3 {b@2:3=c@2:6}]"},
      {"a: |\n  line\n  two\nb: >\n  x\n", "{a@1:1='line\ntwo\n'@1:4 b@4:1='x\n'@4:4}"},
      {"\"quoted key\": 1", "{quoted key@1:1=1@1:15}"},
  };
  for (const YamlCase& c : cases) CHECK(read(c.text) == c.meaning);
}

TEST_CASE("yaml: a key without a value is a null that knows its key") {
  CHECK(read("a:\nb: 1\n") == "{a@1:1=null@1:1 b@2:1=1@2:4}");
  CHECK(read("{access_token: }") == "{access_token@1:2=null@1:2}");
  CHECK(read("a: ~\nb: null\nc: 'null'\n") == "{a@1:1=null@1:1 b@2:1=null@2:1 c@3:1='null'@3:4}");
}

TEST_CASE("yaml: columns count characters, not bytes") {
  CHECK(read("a: [\xC3\xA9\xC3\xA9, \xE4\xBD\xA0, x]") ==
        "{a@1:1=[\xC3\xA9\xC3\xA9@1:5 \xE4\xBD\xA0@1:9 x@1:12]}");
}

TEST_CASE("yaml: CR LF, a BOM and a document mark change nothing") {
  CHECK(read("a:\r\n  b: 1\r\nc: 2\r\n") == "{a@1:1={b@2:3=1@2:6} c@3:1=2@3:4}");
  CHECK(read("\xEF\xBB\xBF"
             "a: 1\n") == "{a@1:1=1@1:4}");
  CHECK(read("---\na: 1\n...\n") == "{a@2:1=1@2:4}");
}

TEST_CASE("yaml: an empty text is a null") {
  for (const char* text : {"", "\n\n", "# only a note\n", "---\n"}) {
    CHECK(read(text).rfind("null", 0) == 0);
  }
}

TEST_CASE("yaml: the nine malformed files that were tried with libraries are refused") {
  // yaml-cpp 0.7 alone takes the first three.
  const YamlCase cases[] = {
      {"a: \"x\nb: 1\n", "1:4: this quote is never closed"},
      {"a: 1\nb: 2\na: 3\n", "3:1: the key \"a\" stands twice; first at line 1"},
      {"{c: 1,, d: 2}\n", "1:7: an empty entry: a value is missing before this comma or bracket"},
      {"a:\n\tb: 1\n", "2:1: a tab cannot indent; use spaces"},
      {"a: [1, 2\n", "1:4: this \"[\" is never closed"},
      {"a: {x: 1\n", "1:4: this \"{\" is never closed"},
      {"a: b: c\n",
       "1:5: a \":\" where no value can begin; quote the text around it, or check "
       "the indentation"},
      {"a: 1\n b: 2\n",
       "2:3: a \":\" where no value can begin; quote the text around it, or "
       "check the indentation"},
      {"a: *nobody\n", "1:4: this alias has no anchor (&name) before it"},
  };
  int refused = 0;
  for (const YamlCase& c : cases) {
    const std::string got = read(c.text);
    CHECK(got == c.meaning);
    if (got == c.meaning) ++refused;
  }
  std::printf("YAML: malformed files refused with their place: %d of 9\n", refused);
}

TEST_CASE("yaml: what else is no configuration is refused in words") {
  const YamlCase cases[] = {
      {"a: 'x", "1:4: this quote is never closed"},
      {"a: 'x\nb: y\nc: 1\n", "1:4: this quote is never closed"},
      {"a: 1\nb: \"x\\\"\n", "2:4: this quote is never closed"},
      {"a: &n \"x\nb: 1\n", "1:4: this quote is never closed"},
      {"[a,, b]", "1:4: an empty entry: a value is missing before this comma or bracket"},
      {"a: [,]", "1:5: an empty entry: a value is missing before this comma or bracket"},
      {"{,}", "1:2: an empty entry: a value is missing before this comma or bracket"},
      {"a: 1\n---\nb: 2\n", "2:1: a second document begins here; a configuration is one document"},
      {"{a: 1} x", "1:8: a second document begins here; a configuration is one document"},
      {"- a\nb: 1\n", "2:1: a second document begins here; a configuration is one document"},
      {"<<: {a: 1}",
       "1:1: merge keys (<<) are not supported; write the keys out, or use an alias "
       "as value"},
      {"a: !secret x",
       "1:4: YAML tags (!name) have no meaning here; quote a text that begins "
       "with \"!\""},
      {"a: !!str 5",
       "1:4: YAML tags (!name) have no meaning here; quote a text that begins with "
       "\"!\""},
      {"[a]: b", "1:1: a key must be a text"},
      {"{a: 1}: b", "1:1: a key must be a text"},
      {"~: b", "1:1: a key is missing here"},
      {"a: &x [*x]", "1:8: this alias stands inside its own anchor"},
      {"a: \"x\" y",
       "1:8: this is neither a new key nor part of the value before it; check "
       "indentation and quotes"},
      {"a: ]", "1:4: a closing bracket without its opening one"},
      {"a: @x", "1:4: this character cannot begin a value; quote it"},
      {"a: `x`", "1:4: this character cannot begin a value; quote it"},
      {"a: \"\\q\"",
       "1:7: an unknown escape in a double-quoted text; single quotes take "
       "backslashes as they are"},
      {"a: - b", "1:4: a \"-\" where no list can begin; put it on a line of its own"},
      {std::string_view("a: x\0y", 6),
       "1:5: a control character (U+0000); a quoted text may hold it as an escape"},
      {"a: \x1b[31m", "1:4: a control character (U+001B); a quoted text may hold it as an escape"},
      {"a: \xff", "1:4: not UTF-8 text"},
      {"a: \xc0\xaf", "1:4: not UTF-8 text"},
      {"a: \xed\xa0\x80", "1:4: not UTF-8 text"},
      {"a: 1\rb: 2", "1:5: a carriage return without a line feed; save with LF or CR LF"},
      {std::string_view("\xff\xfe"
                        "a\0",
                        4),
       "1:1: the file is UTF-16; save it as UTF-8"},
      {"a: 1\n  \tb: 2\n\tc: 3\n",
       "2:3: a tab cannot indent; use spaces | 3:1: a tab cannot indent; use spaces"},
      {"a: 1\na: 2\nb: 3\nb: 4\n",
       "2:1: the key \"a\" stands twice; first at line 1 | 4:1: the "
       "key \"b\" stands twice; first at line 3"},
  };
  for (const YamlCase& c : cases) CHECK(read(c.text) == c.meaning);
}

TEST_CASE("yaml: legal forms that look doubtful are taken") {
  const YamlCase cases[] = {
      {"[a, ]", "[a@1:2]"},
      {"a:\tb\n", "{a@1:1=b@1:4}"},
      {"a: x # y\n\t\n", "{a@1:1=x@1:4}"},
      {"a: 'x\n  y'\n", "{a@1:1='x y'@1:4}"},
      {"a: &n {b: 1}\nc: *n\n", "{a@1:1={b@1:8=1@1:11} c@2:1={b@1:8=1@1:11}}"},
      {"? a\n: b\n", "{a@1:3=b@2:3}"},
      {"'<<': 1", "{<<@1:1=1@1:7}"},
      {"a: 12:30:00", "{a@1:1=12:30:00@1:4}"},
      {"a: http://h/#x", "{a@1:1=http://h/#x@1:4}"},
  };
  for (const YamlCase& c : cases) CHECK(read(c.text) == c.meaning);
}

TEST_CASE("yaml: ${...} may stand unquoted inside brackets and keeps every place true") {
  CHECK(read("{v: ${OPENAI_API_KEY}, b: 1}") == "{v@1:2=${OPENAI_API_KEY}@1:5 b@1:24=1@1:27}");
  CHECK(read("- {id: ds, val: ${file:/run/secrets/ds}}") ==
        "[{id@1:4=ds@1:8 val@1:12=${file:/run/secrets/ds}@1:17}]");
  CHECK(read("a: ${X:-a, b: [c] #d 'e' \"f\"}\n") == "{a@1:1=${X:-a, b: [c] #d 'e' \"f\"}@1:4}");
  CHECK(read("a: \"${X:-{}}\"") == "{a@1:1='${X:-{}}'@1:4}");
  CHECK(read("a: $${not} x") == "{a@1:1=$${not} x@1:4}");
}

TEST_CASE("yaml: a control character that is written as an escape is kept") {
  CHECK(read("a: \"x\\x01y\"") == "{a@1:1='x\x01y'@1:4}");
}

TEST_CASE("yaml: a file may have kYamlBytesMax bytes and not one more") {
  const auto file_of = [](std::size_t bytes) {
    std::string text = "a: 1\n#";
    text.resize(bytes, 'x');
    return read(text);
  };
  CHECK(file_of(kYamlBytesMax - 1) == "{a@1:1=1@1:4}");
  CHECK(file_of(kYamlBytesMax) == "{a@1:1=1@1:4}");
  CHECK(file_of(kYamlBytesMax + 1) == " the file is larger than 1024 KiB");
}

TEST_CASE("yaml: nesting ends at kYamlDepthMax levels") {
  // The innermost value is a level as well.
  const auto nested = [](std::size_t brackets) {
    return read(std::string(brackets, '[') + "x" + std::string(brackets, ']'));
  };
  CHECK(nested(kYamlDepthMax - 2).back() == ']');
  CHECK(nested(kYamlDepthMax - 1).back() == ']');
  CHECK(nested(kYamlDepthMax) == "1:32: nested more than 32 levels deep");
  CHECK(nested(10'000) == "1:32: nested more than 32 levels deep");
}

TEST_CASE("yaml: a tree may have kYamlNodesMax nodes and not one more") {
  // The list itself is one.
  const auto list_of = [](std::size_t items) {
    std::string text;
    for (std::size_t i = 0; i < items; ++i) text += "- x\n";
    return read(text);
  };
  CHECK(list_of(kYamlNodesMax - 2).back() == ']');
  CHECK(list_of(kYamlNodesMax - 1).back() == ']');
  CHECK(list_of(kYamlNodesMax).find("more than 50000 values, aliases counted") !=
        std::string::npos);
}

TEST_CASE("yaml: an alias bomb is refused before it is expanded") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 8; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 1; n < 9; ++n) text += ", " + before;
    text += "]\n";
  }

  CHECK(read(text).find("more than 50000 values, aliases counted") != std::string::npos);
}

TEST_CASE("yaml: aliases cannot build a tree that is too deep") {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i <= 40; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }

  CHECK(read(text).find("nested more than 32 levels deep") != std::string::npos);
}

TEST_CASE("yaml: any piece of a good file is taken or refused, never worse") {
  const std::string text =
      "listen: [{address: \":1\", tls: {cert: 'a'}}]\nproviders:\n  x: &x {val: ${A:-b}}\n  y: *x\n"
      "  z: |\n    text\n  q: \"\\u00e9\\n\"\n";
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t length = 0; begin + length <= text.size(); length += 3) {
      Diagnostics out("f");
      const auto root = parse_yaml(std::string_view(text).substr(begin, length), out);
      REQUIRE(root.has_value() == !out.failed());
    }
  }
}

TEST_CASE("yaml: a change of any one byte is taken or refused, never worse") {
  const std::string text = "a: {b: [1, 'x', \"y\"], c: &n z}\nd: *n\ne: ${F:-g}\n";
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      Diagnostics out("f");
      const auto root = parse_yaml(changed, out);
      REQUIRE(root.has_value() == !out.failed());
    }
  }
}
