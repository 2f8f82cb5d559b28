#include "core/route/paths.h"

#include <array>

#include "core/http/url.h"

namespace aip::route {
namespace {

struct CoreRoute {
  std::string_view method, path;  // without /v1
  Operation operation;
  Dialect dialect;
};
constexpr std::array<CoreRoute, 6> kCoreRoutes{{
    {"POST", "/chat/completions", Operation::Chat, Dialect::OpenAiChat},
    {"POST", "/responses", Operation::Chat, Dialect::OpenAiResponses},
    {"POST", "/messages", Operation::Chat, Dialect::Anthropic},
    {"POST", "/messages/count_tokens", Operation::CountTokens, Dialect::Anthropic},
    {"POST", "/embeddings", Operation::Embeddings, Dialect::OpenAiChat},
    {"GET", "/models", Operation::ListModels, Dialect::OpenAiChat},
}};

struct GeminiVerb {
  std::string_view name;
  Operation operation;
  bool stream;
};
constexpr std::array<GeminiVerb, 3> kGeminiVerbs{{
    {"generateContent", Operation::Chat, false},
    {"streamGenerateContent", Operation::Chat, true},
    {"countTokens", Operation::CountTokens, false},
}};

constexpr std::string_view kModels = "/models/";

Match make_match(Operation operation, Dialect dialect, std::string route, std::string_view path) {
  Match match;
  match.operation = operation;
  match.dialect = dialect;
  match.route = std::move(route);
  match.path = std::string(path);
  return match;
}

// "/models/{m}" and "/models/{m}:verb"; a model's name may hold slashes.
CoreMatch match_model(std::string_view method, std::string_view rest, std::string_view version,
                      std::string_view path) {
  const std::string_view name = rest.substr(kModels.size());
  if (name.empty()) return {};
  const std::size_t colon = name.rfind(':');
  for (const GeminiVerb& verb : kGeminiVerbs) {
    if (colon == std::string_view::npos || colon == 0 || name.substr(colon + 1) != verb.name) {
      continue;
    }
    if (method != "POST") return {std::nullopt, "POST"};
    Match match = make_match(verb.operation, Dialect::Gemini,
                             std::string(version) + "/models/{m}:" + std::string(verb.name), path);
    match.model = http::percent_decoded(name.substr(0, colon));
    match.stream = verb.stream;
    return {std::move(match), {}};
  }
  // Another verb of Google's (":embedContent") is no model's name.
  const bool google = version == "/v1beta";
  if (google && (method != "GET" || colon != std::string_view::npos)) return {};
  if (method != "GET") return {std::nullopt, "GET"};
  Match match = make_match(Operation::GetModel, google ? Dialect::Gemini : Dialect::OpenAiChat,
                           std::string(version) + "/models/{m}", path);
  match.model = http::percent_decoded(name);
  return {std::move(match), {}};
}

}  // namespace

CoreMatch match_core(std::string_view method, std::string_view path) {
  std::string_view rest = path, version = "/v1";
  if (rest == "/c/v1/chat/completions") rest.remove_prefix(2);
  if (rest.starts_with("/v1beta/")) {
    version = "/v1beta";
    rest.remove_prefix(version.size());
  } else {
    // An SDK that adds /v1 to a base URL that ends with it.
    while (rest.starts_with("/v1/")) rest.remove_prefix(3);
  }
  if (rest.starts_with(kModels)) return match_model(method, rest, version, path);
  if (version == "/v1beta") {
    if (rest != "/models" || method != "GET") return {};
    return {make_match(Operation::ListModels, Dialect::Gemini, "/v1beta/models", path), {}};
  }
  for (const CoreRoute& route : kCoreRoutes) {
    if (rest != route.path) continue;
    if (method != route.method) return {std::nullopt, route.method};
    return {make_match(route.operation, route.dialect, "/v1" + std::string(route.path), path), {}};
  }
  return {};
}

bool is_plain_path(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    std::size_t dots = 0;
    bool only_dots = end > 0;
    for (std::size_t i = 0; i < end && only_dots; ++dots) {
      if (path[i] == '.') {
        i += 1;
      } else if (i + 2 < end && path[i] == '%' && path[i + 1] == '2' &&
                 (path[i + 2] == 'e' || path[i + 2] == 'E')) {
        i += 3;
      } else {
        only_dots = false;
      }
    }
    if (only_dots && dots <= 2) return false;
    if (path.substr(0, end).find('\\') != std::string_view::npos) return false;
    path.remove_prefix(end);
  }
  return true;
}

Dialect dialect_named(std::string_view name) noexcept {
  if (name == "openai-chat") return Dialect::OpenAiChat;
  if (name == "openai-responses") return Dialect::OpenAiResponses;
  if (name == "anthropic") return Dialect::Anthropic;
  if (name == "gemini") return Dialect::Gemini;
  return Dialect::None;
}

}  // namespace aip::route
