#include "core/config/provider.h"

#include <algorithm>
#include <set>

#include "core/base/json.h"
#include "core/config/check.h"
#include "core/config/formats.h"
#include "core/config/native.h"
#include "core/config/schema.h"

namespace aip::config {
namespace {

std::vector<std::string> split_dots(const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t dot = std::min(path.find('.', at), path.size());
    out.push_back(path.substr(at, dot - at));
    at = dot + 1;
  }
  return out;
}

json::Value along(json::Value value, const std::string& dotted) {
  for (const std::string& step : split_dots(dotted)) value = value[step];
  return value;
}

const Node* along(const Node& node, const std::string& dotted) {
  const Node* at = &node;
  for (const std::string& step : split_dots(dotted)) {
    at = at->find(step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

// Writes a JSON value without the members whose path is in `left_out` ("api_keys[].val") and
// without what the schema marks writeOnly.
class Stripper {
 public:
  Stripper(const SchemaWalk& walk, const std::set<std::string>& left_out)
      : walk_(walk), left_out_(left_out) {}

  void write(json::Value value, json::Value schema, const std::string& path,
             json::Writer& out) const {
    if (value.is_array()) {
      out.array();
      const std::string item_path = path + "[]";
      for (const json::Value item : value.items()) {
        if (is_secret(walk_.item(schema), item_path)) continue;
        write(item, walk_.item(schema), item_path, out);
      }
      out.end_array();
    } else if (value.is_object()) {
      out.object();
      for (const auto& member : value.members()) {
        const std::string key = member.key();
        const std::string member_path = path.empty() ? key : path + "." + key;
        const json::Value member_schema = walk_.member(schema, key);
        if (is_secret(member_schema, member_path)) continue;
        out.key(key);
        write(member.value(), member_schema, member_path, out);
      }
      out.end_object();
    } else {
      out.raw(value.raw());
    }
  }

 private:
  [[nodiscard]] bool is_secret(json::Value schema, const std::string& path) const {
    return schema["writeOnly"].is_true() || left_out_.count(path) > 0;
  }

  const SchemaWalk& walk_;
  const std::set<std::string>& left_out_;
};

// The hosts of all URLs in a section: an operator who points a key elsewhere means it.
void add_url_hosts(const SchemaWalk& walk, json::Value value, json::Value schema,
                   std::vector<std::string>& out) {
  for (const json::Value item : value.items()) add_url_hosts(walk, item, walk.item(schema), out);
  for (const auto& member : value.members()) {
    add_url_hosts(walk, member.value(), walk.member(schema, member.key()), out);
  }
  const json::Value format = walk.branch(schema, "string")["format"];
  if (value.is_string() && (format.equals("http-url") || format.equals("ws-url"))) {
    out.push_back(url_host(value.str()));
  }
}

class SectionReader {
 public:
  SectionReader(const Manifest& manifest, const Node& node, const SectionPlace& place,
                Diagnostics& out)
      : manifest_(manifest), node_(node), place_(place), out_(out) {}

  // Secrets are made known before anything is judged, so that no error can hold one.
  void register_secrets() {
    for (const Manifest::CredentialKind& kind : manifest_.credentials) {
      if (const Node* value = along(node_, kind.value.empty() ? kind.list : kind.value)) {
        register_below(*value, kind);
      }
      if (kind.default_secret.empty()) continue;
      const Node* shared = along(node_, kind.default_secret);
      if (shared != nullptr && shared->kind == Node::Kind::Scalar) out_.secret(shared->text);
    }
  }

  void read_credentials(json::Value section, Provider& provider) {
    for (const Manifest::CredentialKind& kind : manifest_.credentials) {
      if (!kind.value.empty()) {
        const json::Value value = along(section, kind.value);
        if (value.is_string() && !value.escaped().empty()) {
          provider.credentials.push_back({kind.kind, "1", Secret(value.str()), "{}"});
        }
        continue;
      }
      const std::string shared =
          kind.default_secret.empty() ? std::string() : along(section, kind.default_secret).str();
      std::size_t index = 0;
      for (const json::Value item : along(section, kind.list).items()) {
        read_entry(kind, item, index++, shared, provider);
      }
    }
  }

  [[nodiscard]] std::set<std::string> secret_paths() const {
    std::set<std::string> out;
    for (const Manifest::CredentialKind& kind : manifest_.credentials) {
      if (!kind.value.empty()) {
        out.insert(kind.value);
      } else if (kind.secret.empty()) {
        out.insert(kind.list);
      } else {
        out.insert(kind.list + "[]." + kind.secret);
      }
      if (!kind.default_secret.empty()) out.insert(kind.default_secret);
    }
    return out;
  }

 private:
  void register_below(const Node& node, const Manifest::CredentialKind& kind) {
    if (node.kind == Node::Kind::Scalar) out_.secret(node.text);
    for (const Node& item : node.items) {
      const Node* secret = kind.secret.empty() ? &item : item.find(kind.secret);
      if (secret != nullptr && secret->kind == Node::Kind::Scalar) out_.secret(secret->text);
      // `- sk-...` where a mapping is wanted.
      if (item.kind == Node::Kind::Scalar) out_.secret(item.text);
    }
  }

  void read_entry(const Manifest::CredentialKind& kind, json::Value item, std::size_t index,
                  const std::string& shared_secret, Provider& provider) {
    Credential credential;
    credential.kind = kind.kind;
    credential.id = kind.id.empty() ? std::string() : item[kind.id].str();
    if (credential.id.empty()) credential.id = std::to_string(index + 1);
    std::string secret = kind.secret.empty() ? item.str() : item[kind.secret].str();
    if (secret.empty()) secret = shared_secret;
    if (secret.empty() && !kind.default_secret.empty()) {
      out_.warning(
          mark_of(kind, index), path_of(kind, index),
          "not used: it has no " + kind.secret + ", and there is no " + kind.default_secret);
      return;
    }
    credential.secret = Secret(std::move(secret));
    json::Writer extra(credential.extra);
    extra.object();
    for (const auto& member : item.members()) {
      if (member.key() != kind.secret) extra.member_raw(member.key(), member.value().raw());
    }
    extra.end_object();
    if (is_taken(credential, provider) && !kind.qualifier.empty()) {
      credential.id += "/" + item[kind.qualifier].str();
    }
    if (is_taken(credential, provider)) {
      out_.error(mark_of(kind, index), path_of(kind, index),
                 "the id " + shown(credential.id) + " stands twice in this list");
    }
    provider.credentials.push_back(std::move(credential));
  }

  [[nodiscard]] static bool is_taken(const Credential& credential, const Provider& provider) {
    return std::any_of(provider.credentials.begin(), provider.credentials.end(),
                       [&credential](const Credential& other) {
                         return other.kind == credential.kind && other.id == credential.id;
                       });
  }
  [[nodiscard]] Mark mark_of(const Manifest::CredentialKind& kind, std::size_t index) const {
    const Node* list = along(node_, kind.list);
    const bool known = list != nullptr && index < list->items.size();
    return known ? list->items[index].mark : place_.key;
  }
  [[nodiscard]] std::string path_of(const Manifest::CredentialKind& kind, std::size_t index) const {
    return child_path(child_path(place_.path, kind.list), index);
  }

  const Manifest& manifest_;
  const Node& node_;
  const SectionPlace& place_;
  Diagnostics& out_;
};

void read_common(json::Value section, Provider& out) {
  out.base_url = section["base_url"].str();
  while (!out.base_url.empty() && out.base_url.back() == '/') out.base_url.pop_back();
  out.routes = section["routes"].is_true();
  if (section["client_credentials"].equals("ignore")) {
    out.client_credentials = ClientCredentials::Ignore;
  }
  out.drop_unsupported = section["drop_unsupported"].is_true();
  out.tls_verify = !section["tls"]["verify"].is_false();
  out.ca_file = section["tls"]["ca_file"].str();
  out.proxy_url = section["proxy_url"].str();
  out.timeouts = read_timeouts(section["timeout_ms"], Timeouts());
  for (const json::Value host : section["hosts"].items()) out.allowed_hosts.push_back(host.str());
}

// The section as the plugin sees it.
std::string section_for_plugin(json::Value section, const std::string& schema,
                               const std::set<std::string>& secrets) {
  const SchemaWalk walk{json::Value(schema)};
  std::set<std::string> left_out = secrets;
  for (const auto& member : json::Value(core_schema())["definitions"]["provider"].members()) {
    if (member.key() != "base_url") left_out.insert(member.key());
  }
  std::string text;
  json::Writer out(text);
  Stripper(walk, left_out).write(section, json::Value(schema), "", out);
  return text;
}

}  // namespace

Provider read_provider(const std::string& name, const Manifest& manifest, const Node& section,
                       const SectionPlace& place, const ShapeRules& rules, Diagnostics& out) {
  Provider provider;
  provider.name = name;
  provider.plugin = manifest.name;
  SectionReader reader(manifest, section, place, out);
  reader.register_secrets();
  const std::string schema = section_schema(manifest);
  const std::string text = check(section, place.key, schema, place.path, rules, out);
  const json::Value value(text);
  read_common(value, provider);
  add_url_hosts(SchemaWalk(json::Value(schema)), value, json::Value(schema),
                provider.allowed_hosts);
  reader.read_credentials(value, provider);
  provider.section = section_for_plugin(value, schema, reader.secret_paths());
  return provider;
}

bool accepts_empty_section(const Manifest& manifest) {
  Diagnostics ignored("");
  const Node empty = Node::mapping({});
  (void)check(empty, {}, section_schema(manifest), "", {}, ignored);
  return !ignored.failed();
}

}  // namespace aip::config
