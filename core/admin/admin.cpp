#include "core/admin/admin.h"

#include "core/base/sha256.h"
#include "core/dialect/dialect.h"

namespace aip::admin {
namespace {

void answer(server::ClientStream& stream, int status, std::string_view type,
            std::string_view body) {
  http::Headers headers;
  headers.add("content-type", type);
  headers.add("cache-control", "no-store");
  headers.add("x-content-type-options", "nosniff");
  stream.send_head(status, headers, static_cast<std::int64_t>(body.size()));
  if (stream.head().method != "HEAD") stream.send_body(body);
  stream.end();
}

// "127.0.0.1:9901" and "[::1]:9901" without the port.
std::string_view without_port(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

}  // namespace

bool AdminHandler::host_accepted(std::string_view host) const noexcept {
  const std::string_view name = without_port(host);
  return name == "127.0.0.1" || name == "[::1]" || http::same_name(name, "localhost") ||
         name == host_;
}

// Digests are compared, so that the time tells nothing of the token.
bool AdminHandler::token_shown(const http::RequestHead& head) const noexcept {
  if (token_.empty()) return true;
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view shown = head.headers.get("authorization");
  return shown.starts_with(kScheme) &&
         sha256(shown.substr(kScheme.size())) == sha256(token_.reveal());
}

void AdminHandler::on_request(std::unique_ptr<server::ClientStream> stream) {
  constexpr std::string_view kJson = "application/json";
  const http::RequestHead& head = stream->head();
  if (!host_accepted(head.headers.get("host"))) {
    const Error error{ErrorCode::PolicyForbidden,
                      "This Host is not one of the admin port's names."};
    return answer(*stream, 403, kJson, refusal_body(error, head.path));
  }
  if (head.method != "GET" && head.method != "HEAD") {
    const Error error{ErrorCode::CallerMethodNotAllowed, {}};
    return answer(*stream, 405, kJson, refusal_body(error, head.path));
  }
  if (head.path == "/metrics") {
    if (!token_shown(head)) {
      const Error error{ErrorCode::PolicyUnauthenticated, {}};
      return answer(*stream, 401, kJson, refusal_body(error, head.path));
    }
    return answer(*stream, 200, "text/plain; version=0.0.4; charset=utf-8", metrics_.render());
  }
  if (head.path == "/healthz") return answer(*stream, 200, kJson, R"({"status":"alive"})");
  if (head.path == "/readyz") {
    const bool ready = health_.ready.load(std::memory_order_relaxed) &&
                       !health_.draining.load(std::memory_order_relaxed);
    return answer(*stream, ready ? 200 : 503, kJson,
                  ready ? R"({"status":"ready"})" : R"({"status":"not ready"})");
  }
  const Error error{ErrorCode::CallerNotFound, {}};
  answer(*stream, 404, kJson, refusal_body(error, head.path));
}

std::string AdminHandler::refusal_body(const Error& error, std::string_view) {
  return dialect::error_body(dialect::Kind::OpenAiChat, dialect::reply_for(error));
}

}  // namespace aip::admin
