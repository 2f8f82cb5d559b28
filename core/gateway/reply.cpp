#include "core/gateway/reply.h"

#include <algorithm>
#include <array>

#include "core/http/write.h"

namespace aip::gateway {
namespace {

constexpr std::array<std::string_view, 21> kPassedFields{"content-type",
                                                         "content-disposition",
                                                         "content-encoding",
                                                         "content-language",
                                                         "cache-control",
                                                         "etag",
                                                         "last-modified",
                                                         "expires",
                                                         "vary",
                                                         "accept-ranges",
                                                         "content-range",
                                                         "retry-after",
                                                         "retry-after-ms",
                                                         "location",
                                                         "x-should-retry",
                                                         "openai-processing-ms",
                                                         "openai-version",
                                                         "openai-model",
                                                         "openai-organization",
                                                         "server-timing",
                                                         "x-goog-api-version"};
constexpr std::array<std::string_view, 3> kPassedPrefixes{"x-ratelimit-", "anthropic-ratelimit-",
                                                          "x-upload-"};

bool has_prefix(std::string_view name, std::string_view prefix) noexcept {
  return name.size() >= prefix.size() && http::same_name(name.substr(0, prefix.size()), prefix);
}

bool passes(std::string_view name) noexcept {
  const auto same = [name](std::string_view known) { return http::same_name(name, known); };
  return std::any_of(kPassedFields.begin(), kPassedFields.end(), same) ||
         std::any_of(kPassedPrefixes.begin(), kPassedPrefixes.end(),
                     [name](std::string_view prefix) { return has_prefix(name, prefix); });
}

// A field that Connection names is hop-by-hop (RFC 9110 7.6.1), whatever list it stands on.
bool named_by_connection(const http::Headers& headers, std::string_view name) noexcept {
  std::string_view list = headers.get("connection");
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view token = list.substr(0, comma);
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t'))
      token.remove_prefix(1);
    while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
    if (http::same_name(token, name)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

std::string_view dialect_name(route::Dialect dialect) noexcept {
  switch (dialect) {
    case route::Dialect::None:
      return "none";
    case route::Dialect::OpenAiChat:
      return "openai-chat";
    case route::Dialect::OpenAiResponses:
      return "openai-responses";
    case route::Dialect::Anthropic:
      return "anthropic";
    case route::Dialect::Gemini:
      return "gemini";
  }
  return "none";
}

std::string_view finish_name(std::uint32_t finish) noexcept {
  switch (finish) {
    case AIP_FINISH_STOP:
      return "stop";
    case AIP_FINISH_LENGTH:
      return "length";
    case AIP_FINISH_TOOLS:
      return "tool_calls";
    case AIP_FINISH_FILTER:
      return "content_filter";
    case AIP_FINISH_STOP_SEQUENCE:
      return "stop_sequence";
    case AIP_FINISH_PAUSE:
      return "pause";
    default:
      return "unknown";
  }
}

void apply_provider_error(const plugin::PluginError& told, const Error& error,
                          dialect::ErrorReply& reply) {
  // A transport failure keeps our own words: the plugin only heard of it.
  const bool providers_own = told.http_status != 0 || error.code == ErrorCode::ProviderError ||
                             error.code == ErrorCode::CallerUnsupported ||
                             error.code == ErrorCode::CallerBadRequest;
  if (!providers_own) return;
  if (told.http_status >= 400 && told.http_status <= 599) {
    reply.status = told.http_status;
    reply.type.clear();  // ours named another status; each dialect has its word for this one
  }
  if (!told.type.empty()) reply.type = told.type;
  if (!told.reason.empty()) reply.code = told.reason;
  if (!told.message.empty()) reply.message = told.message;
  if (!told.param.empty()) reply.param = told.param;
  reply.retry_after_ms = told.retry_after_ms;
}

bool fit_for_answer(std::string_view name, std::string_view value) noexcept {
  static constexpr std::array<std::string_view, 6> kOurs{
      "connection", "transfer-encoding", "content-length", "date", "upgrade", "keep-alive"};
  return http::valid_field_name(name) && http::valid_field_value(value) &&
         std::none_of(kOurs.begin(), kOurs.end(),
                      [name](std::string_view ours) { return http::same_name(name, ours); });
}

void copy_answer_headers(const http::Headers& from, http::Headers& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const http::Headers::Field field = from[i];
    if (passes(field.name) && !named_by_connection(from, field.name)) {
      to.add(field.name, field.value);
    }
  }
  for (const std::string_view id : {"x-request-id", "request-id"}) {
    if (const auto value = from.find(id)) {
      to.add("x-upstream-request-id", *value);
      break;
    }
  }
}

void copy_upgrade_headers(const http::Headers& from, http::Headers& to) {
  for (const std::string_view name :
       {"upgrade", "sec-websocket-accept", "sec-websocket-protocol", "sec-websocket-extensions"}) {
    if (const auto value = from.find(name)) to.add(name, *value);
  }
}

void add_cors(const config::Listener& listener, const http::RequestHead& head,
              http::Headers& headers) {
  const auto origin = head.headers.find("origin");
  if (!origin) return;
  const auto& allowed = listener.cors_origins;
  if (std::none_of(allowed.begin(), allowed.end(),
                   [&](const std::string& o) { return o == *origin || o == "*"; })) {
    return;
  }
  headers.add("access-control-allow-origin", *origin);
  headers.add("vary", "Origin");
  headers.add("access-control-expose-headers",
              "x-request-id, request-id, x-auth-id, x-aiproxy-dropped, "
              "x-aiproxy-estimated, retry-after");
  if (!is_preflight(head)) return;
  headers.add("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS");
  if (const auto asked = head.headers.find("access-control-request-headers")) {
    headers.add("access-control-allow-headers", *asked);
  }
  headers.add("access-control-max-age", "600");
}

bool is_preflight(const http::RequestHead& head) noexcept {
  return head.method == "OPTIONS" && head.headers.find("origin") &&
         head.headers.find("access-control-request-method");
}

std::string disclosure(std::string_view pointer, std::string_view kind) {
  constexpr std::size_t kPointerBytesMax = 128;
  std::string out;
  for (const char c : pointer.substr(0, kPointerBytesMax)) {
    out.push_back(c > 0x20 && c < 0x7F && c != ',' && c != ';' ? c : '_');
  }
  if (!kind.empty()) out.append(1, ';').append(kind);
  return out;
}

}  // namespace aip::gateway
