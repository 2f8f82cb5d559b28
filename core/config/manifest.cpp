#include "core/config/manifest.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/json.h"
#include "core/config/one_of.h"

namespace aip::config {
namespace {

constexpr std::array<std::string_view, 4> kDialects{"openai-chat", "openai-responses", "anthropic",
                                                    "gemini"};
constexpr std::array<std::string_view, 3> kRouteOperations{"forward", "route", "chat"};

Error wrong(std::string text) {
  return {ErrorCode::GatewayPlugin, "manifest: " + std::move(text)};
}

// Reads members with their types; the first fault is kept and everything after it is moot.
class Reader {
 public:
  void fail(std::string text) {
    if (fault_.empty()) fault_ = std::move(text);
  }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  std::string text(json::Value object, std::string_view name) {
    const json::Value value = object[name];
    if (value.is_null_or_none()) return {};
    if (!value.is_string()) fail("\"" + std::string(name) + "\" must be a string");
    return value.str();
  }
  std::vector<std::string> texts(json::Value object, std::string_view name) {
    const json::Value value = object[name];
    std::vector<std::string> out;
    if (value.is_null_or_none()) return out;
    if (!value.is_array()) fail("\"" + std::string(name) + "\" must be a list");
    for (const json::Value item : value.items()) {
      if (!item.is_string()) fail("\"" + std::string(name) + "\" must hold strings");
      out.push_back(item.str());
    }
    return out;
  }
  json::Value object(json::Value parent, std::string_view name) {
    const json::Value value = parent[name];
    if (value && !value.is_object()) fail("\"" + std::string(name) + "\" must be an object");
    return value;
  }
  json::Value list_of_objects(json::Value parent, std::string_view name) {
    const json::Value value = parent[name];
    if (value && !value.is_array()) fail("\"" + std::string(name) + "\" must be a list");
    for (const json::Value item : value.items()) {
      if (!item.is_object()) fail("\"" + std::string(name) + "\" must hold objects");
    }
    return value;
  }

 private:
  std::string fault_;
};

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

void read_credentials(json::Value root, Reader& reader, Manifest& out) {
  for (const json::Value item : reader.list_of_objects(root, "credentials").items()) {
    Manifest::CredentialKind kind{reader.text(item, "kind"),     reader.text(item, "list"),
                                  reader.text(item, "value"),    reader.text(item, "id"),
                                  reader.text(item, "secret"),   reader.text(item, "default"),
                                  reader.text(item, "qualifier")};
    if (kind.kind.empty()) reader.fail("a credential needs \"kind\"");
    if (kind.list.empty() == kind.value.empty()) {
      reader.fail("credential \"" + kind.kind + "\" needs either \"list\" or \"value\"");
    }
    out.credentials.push_back(std::move(kind));
  }
}

void read_routes(json::Value root, Reader& reader, Manifest& out) {
  for (const json::Value item : reader.list_of_objects(root, "routes").items()) {
    Manifest::Route route{reader.text(item, "path"), reader.texts(item, "methods"),
                          reader.text(item, "operation"), reader.text(item, "dialect")};
    if (route.methods.empty()) route.methods.emplace_back("*");
    const std::size_t star = route.path.find('*');
    const bool prefix = star != std::string::npos;
    if (route.path.empty() || route.path.front() != '/' ||
        (prefix && (star + 1 != route.path.size() || route.path[star - 1] != '/'))) {
      reader.fail("route \"" + route.path + "\" must begin with \"/\" and may end with \"/*\"");
    }
    if (!is_one_of(route.operation, kRouteOperations)) {
      reader.fail("route \"" + route.path + "\": operation must be forward, route or chat");
    }
    if ((route.operation == "chat") != is_one_of(route.dialect, kDialects)) {
      reader.fail("route \"" + route.path + "\": a chat, and only a chat, has a known dialect");
    }
    out.routes.push_back(std::move(route));
  }
}

void read_dialects(json::Value root, Reader& reader, Manifest& out) {
  out.dialect = reader.text(root, "dialect");
  out.native = reader.texts(root, "native");
  if (!out.dialect.empty() && !is_one_of(out.dialect, kDialects)) {
    reader.fail("\"" + out.dialect + "\" is no dialect");
  }
  for (const std::string& dialect : out.native) {
    if (!is_one_of(dialect, kDialects)) reader.fail("\"" + dialect + "\" is no dialect");
  }
  const json::Value settings = reader.object(root, "native_settings");
  for (const auto& member : settings.members()) {
    const std::string dialect = member.key();
    if (std::find(out.native.begin(), out.native.end(), dialect) == out.native.end()) {
      reader.fail("\"native_settings\" names \"" + dialect + "\", which is not in \"native\"");
    }
    out.native_settings[dialect] = reader.text(settings, dialect);
  }
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view json_text) {
  if (const Status good = json::check(json_text); !good) return wrong(good.error().detail);
  const json::Value root(json_text);
  if (!root.is_object()) return wrong("it must be a JSON object");
  Reader reader;
  Manifest out;
  out.name = reader.text(root, "name");
  out.version = reader.text(root, "version");
  out.description = reader.text(root, "description");
  if (!is_name(out.name))
    reader.fail("\"name\" must be 1 to 64 letters, digits, \"-\", \"_\" or \".\"");
  read_dialects(root, reader, out);
  const json::Value schema = reader.object(root, "schema");
  out.schema = schema ? std::string(schema.raw()) : "{}";
  read_credentials(root, reader, out);
  read_routes(root, reader, out);
  const json::Value models = reader.object(root, "models");
  out.model_claims = reader.texts(models, "claims");
  out.model_list = reader.texts(models, "list");
  for (const auto& member : reader.object(root, "aliases").members()) {
    out.aliases[member.key()] = std::string(member.value().raw());
  }
  const json::Value seed = reader.object(root, "seed");
  out.seed_section = reader.text(seed, "section");
  out.seed_keys = reader.texts(seed, "keys");
  out.hosts = reader.texts(root, "hosts");
  out.operations = reader.texts(root, "operations");
  const json::Value background = root["background"];
  if (background && !background.is_bool()) reader.fail("\"background\" must be true or false");
  out.background = background.is_true();
  const json::Value automatic = root["automatic"];
  if (automatic && !automatic.is_bool()) reader.fail("\"automatic\" must be true or false");
  out.automatic = !automatic.is_false();
  const json::Value environment = reader.object(root, "environment");
  for (const auto& member : environment.members()) {
    out.environment[member.key()] = reader.text(environment, member.key());
  }
  if (!reader.fault().empty()) return wrong(reader.fault());
  return out;
}

}  // namespace aip::config
