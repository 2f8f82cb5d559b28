#include "core/config/seed.h"

#include <algorithm>
#include <array>

#include "core/config/one_of.h"

namespace aip::config {
namespace {

// The keys of a file format, not a list of providers: what they lead to is said by manifests.
constexpr std::array<std::string_view, 6> kSections{"openai", "google_gemini", "arkose",
                                                    "bing",   "coze",          "claude"};
constexpr std::array<std::string_view, 3> kSettings{"port", "https_info", "hars_path"};
constexpr std::string_view kBoth = "proxy_url";

bool is_seed_key(std::string_view key) {
  return is_one_of(key, kSections) || is_one_of(key, kSettings);
}

class Translator {
 public:
  Translator(Node root, std::span<const Manifest> manifests, Diagnostics& out)
      : root_(std::move(root)), manifests_(manifests), out_(out) {}

  Node translate() {
    refuse_mixed();
    Node native = Node::mapping(root_.mark);
    if (const Node::Key* key = root_.find_key(kBoth)) native.add(*key, *root_.find(kBoth));
    add_listener(native);
    drop_solver();
    add_providers(native);
    return native;
  }

 private:
  void refuse_mixed() {
    for (const Node::Key& key : root_.keys) {
      if (is_seed_key(key.name) || key.name == kBoth) continue;
      out_.error(key.mark, child_path("", key.name),
                 "unknown key in a file of the seed's shape (" + first_seed_key() +
                     "); the native shape has `listen` and `providers` instead");
    }
  }
  [[nodiscard]] std::string first_seed_key() const {
    for (const Node::Key& key : root_.keys) {
      if (is_seed_key(key.name)) return "it has `" + key.name + "`";
    }
    return {};
  }

  void add_listener(Node& native) {
    const Node* port = root_.find("port");
    Node address = Node::scalar(":8999", root_.mark);
    if (port != nullptr && port->kind != Node::Kind::Null) {
      address = *port;
      // A bare number means every interface, as ":8999" does.
      const std::string& text = address.text;
      if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
        address.text = ":" + text;
      }
    }
    const Mark mark = address.mark;
    Node listener = Node::mapping(mark);
    listener.add({"address", mark}, std::move(address));
    listener.add({"auth", mark}, Node::scalar("open", mark));
    Node hosts = Node::sequence(mark);
    hosts.items.push_back(Node::scalar("*", mark));
    listener.add({"hosts", mark}, std::move(hosts));
    add_tls(listener);
    Node list = Node::sequence(mark);
    list.items.push_back(std::move(listener));
    native.add({"listen", mark}, std::move(list));
    out_.rename("listen[0].address", "port");
    out_.rename("listen[0].tls.cert", "https_info.pem_file");
    out_.rename("listen[0].tls.key", "https_info.key_file");
    out_.rename("listen[0].tls", "https_info");
  }

  void add_tls(Node& listener) {
    Node* info = root_.find("https_info");
    if (info == nullptr || info->kind == Node::Kind::Null) return;
    const Mark mark = root_.find_key("https_info")->mark;
    if (info->kind != Node::Kind::Mapping) {
      out_.error(mark, "https_info", "expected a mapping");
      return;
    }
    for (const Node::Key& key : info->keys) {
      if (key.name != "enable" && key.name != "pem_file" && key.name != "key_file") {
        out_.warning(key.mark, child_path("https_info", key.name), "unknown key, ignored");
      }
    }
    const Node* enable = info->find("enable");
    if (enable == nullptr || enable->text == "false" || enable->kind == Node::Kind::Null) return;
    if (enable->text != "true") {
      out_.error(enable->mark, "https_info.enable", "expected true or false");
      return;
    }
    Node tls = Node::mapping(info->mark);
    if (auto cert = info->take("pem_file")) tls.add({"cert", mark}, *std::move(cert));
    if (auto key = info->take("key_file")) tls.add({"key", mark}, *std::move(key));
    listener.add({"tls", mark}, std::move(tls));
  }

  void drop_solver() {
    Node* arkose = root_.find("arkose");
    if (arkose == nullptr) return;
    const Node::Key* key = arkose->find_key("solve_api_url");
    if (key == nullptr) return;
    out_.warning(key->mark, "arkose.solve_api_url",
                 "ignored: challenges are not solved by a service; the picture is saved for a "
                 "person");
    arkose->take("solve_api_url");
  }

  void add_providers(Node& native) {
    Node providers = Node::mapping(root_.mark);
    for (const std::string_view section : kSections) {
      const Node::Key* found = root_.find_key(section);
      if (found == nullptr) continue;
      const Node::Key key = *found;
      std::optional<Node> node = root_.take(section);
      const Manifest* manifest =
          find_manifest([section](const Manifest& m) { return m.seed_section == section; });
      if (manifest == nullptr) {
        loose_.add(key, *std::move(node));
        continue;
      }
      if (node->kind == Node::Kind::Null) *node = Node::mapping(key.mark);
      out_.rename("providers." + manifest->name, std::string(section));
      providers.add({manifest->name, key.mark}, *std::move(node));
    }
    if (const Node::Key* found = root_.find_key("hars_path")) {
      const Node::Key key = *found;
      loose_.add(key, *root_.take(key.name));
    }
    while (!loose_.keys.empty()) place_loose(providers);
    native.add({"providers", root_.mark}, std::move(providers));
  }

  // A top-level key that is not a section itself: into the section of the plugin that lists it.
  void place_loose(Node& providers) {
    const Node::Key key = loose_.keys.front();
    Node value = *loose_.take(key.name);
    const Manifest* manifest = find_manifest([&key](const Manifest& m) {
      return std::find(m.seed_keys.begin(), m.seed_keys.end(), key.name) != m.seed_keys.end();
    });
    if (manifest == nullptr) {
      out_.warning(key.mark, key.name, "ignored: no plugin that uses this is installed");
      return;
    }
    Node* section = providers.find(manifest->name);
    if (section == nullptr) {
      section = &providers.add({manifest->name, key.mark}, Node::mapping(key.mark));
    }
    if (section->kind != Node::Kind::Mapping) return;  // told when the section is judged
    section->add(key, std::move(value));
    out_.rename("providers." + manifest->name + "." + key.name, key.name);
  }

  template <class F>
  const Manifest* find_manifest(F&& wanted) const {
    const auto it = std::find_if(manifests_.begin(), manifests_.end(), wanted);
    return it == manifests_.end() ? nullptr : &*it;
  }

  Node root_;
  Node loose_ = Node::mapping({});
  std::span<const Manifest> manifests_;
  Diagnostics& out_;
};

}  // namespace

bool is_seed_shape(const Node& root) noexcept {
  return std::any_of(root.keys.begin(), root.keys.end(),
                     [](const Node::Key& key) { return is_seed_key(key.name); });
}

Node seed_to_native(Node root, std::span<const Manifest> manifests, Diagnostics& out) {
  return Translator(std::move(root), manifests, out).translate();
}

}  // namespace aip::config
