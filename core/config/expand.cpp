#include "core/config/expand.h"

#include <algorithm>
#include <cctype>

namespace aip::config {
namespace {

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

class Expander {
 public:
  Expander(const Environment& environment, const std::string& folder, Diagnostics& out)
      : environment_(environment), folder_(folder), out_(out) {}

  void walk(Node& node, const std::string& path) {
    if (node.kind == Node::Kind::Scalar && node.text.find('$') != std::string::npos) {
      expand_scalar(node, path);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const bool mapping = node.kind == Node::Kind::Mapping;
      walk(node.items[i], mapping ? child_path(path, node.keys[i].name) : child_path(path, i));
    }
  }

 private:
  // A fault is told and marks the node as broken, so that no check adds another about it.
  void fail(Node& node, const std::string& path, std::string text) {
    out_.error(node.mark, path, std::move(text));
    node.broken = true;
  }

  void expand_scalar(Node& node, const std::string& path) {
    const std::string text = node.text;
    std::string value;
    bool replaced = false;
    for (std::size_t i = 0; i < text.size();) {
      const std::string_view rest = std::string_view(text).substr(i);
      if (rest.substr(0, 2) == "$$") {
        value += '$';
        i += 2;
      } else if (rest.substr(0, 2) == "${") {
        const std::size_t stop = rest.find('}');
        if (stop == std::string_view::npos) {
          fail(node, path, "\"${\" is never closed; write \"$$\" for a dollar sign");
          return;
        }
        value += resolve(node, path, rest.substr(2, stop - 2));
        replaced = true;
        i += stop + 1;
      } else {
        value += text[i++];
      }
    }
    bytes_ += value.size();
    if (bytes_ > kExpandedBytesMax) {
      fail(node, path,
           "the values hold more than " + std::to_string(kExpandedBytesMax / 1024 / 1024) +
               " MiB after ${...} was replaced");
      bytes_ = 0;
      return;
    }
    if (replaced) node.written = text;
    node.text = std::move(value);
  }

  std::string resolve(Node& node, const std::string& path, std::string_view reference) {
    if (reference.substr(0, 5) == "file:") {
      return file(node, path, std::string(reference.substr(5)));
    }
    const std::size_t split = reference.find(":-");
    const std::string name(reference.substr(0, split));
    if (!is_variable_name(name)) {
      fail(node, path,
           "${" + std::string(looks_secret(name) ? "..." : name) +
               "} names no variable; write ${NAME}, ${NAME:-default} or ${file:PATH}");
      return {};
    }
    const std::optional<std::string> value = environment_.variable(name);
    if (split != std::string_view::npos) {
      return value && !value->empty() ? *value : std::string(reference.substr(split + 2));
    }
    if (!value) {
      fail(node, path,
           "the environment variable " + name + " is not set; set it, or write ${" + name +
               ":-default}");
      return {};
    }
    return *value;
  }

  std::string file(Node& node, const std::string& path, const std::string& name) {
    if (name.empty()) {
      fail(node, path, "${file:} names no file");
      return {};
    }
    Result<std::string> text =
        environment_.read_file(resolve_path(name, folder_), kSecretFileBytesMax);
    if (!text) {
      fail(node, path, "cannot read the file \"" + name + "\": " + text.error().detail);
      return {};
    }
    if (text->size() > kSecretFileBytesMax) {
      fail(node, path,
           "the file \"" + name + "\" is larger than " +
               std::to_string(kSecretFileBytesMax / 1024) + " KiB");
      return {};
    }
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return *std::move(text);
  }

  const Environment& environment_;
  const std::string& folder_;
  Diagnostics& out_;
  std::size_t bytes_ = 0;
};

}  // namespace

void expand(Node& root, const Environment& environment, const std::string& folder,
            Diagnostics& out) {
  Expander(environment, folder, out).walk(root, "");
}

}  // namespace aip::config
