#include "core/admin/admin.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/admin/answers.h"
#include "core/base/json.h"
#include "core/base/sha256.h"
#include "core/dialect/dialect.h"

namespace aip::admin {
namespace {

constexpr std::size_t kBodyBytesMax = 64 * 1024;
constexpr std::uint32_t kConnectionsMax = 256;
constexpr std::string_view kJson = "application/json";

std::string error_json(const Error& error) {
  return dialect::error_body(dialect::Kind::OpenAiChat, dialect::reply_for(error));
}

void send(server::ClientStream& client, int status, http::Headers headers, std::string_view body) {
  headers.add("cache-control", "no-store");
  headers.add("x-content-type-options", "nosniff");
  client.send_head(status, headers, static_cast<std::int64_t>(body.size()));
  if (client.head().method != "HEAD") client.send_body(body);
  client.end();
}

void send(server::ClientStream& client, int status, std::string_view body) {
  http::Headers headers;
  headers.add("content-type", kJson);
  send(client, status, std::move(headers), body);
}

void refuse(server::ClientStream& client, const Error& error) {
  http::Headers headers;
  headers.add("content-type", kJson);
  const int status = traits(error.code).status;
  if (status == 401) headers.add("www-authenticate", "Bearer realm=\"aiproxy admin\"");
  send(client, status, std::move(headers), error_json(error));
}

// "127.0.0.1:9901" and "[::1]:9901" without the port.
std::string_view without_port(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// A page's own requests carry its origin; those of another page, or of a page that was opened from
// a file ("null"), carry another. The comparison is with Host, which was judged before, and not
// with our port, because a tunnel may lead here from another one.
bool own_origin(std::string_view origin, std::string_view host) noexcept {
  constexpr std::string_view kScheme = "http://";
  return http::same_name(origin.substr(0, kScheme.size()), kScheme) &&
         http::same_name(origin.substr(std::min(origin.size(), kScheme.size())), host);
}

bool from_elsewhere(const http::Headers& headers) noexcept {
  const std::string_view site = headers.get("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::size_t origins = headers.count("origin");
  return origins > 1 || (origins == 1 && !own_origin(headers.get("origin"), headers.get("host")));
}

}  // namespace

// A client that waits for Control.
class AdminHandler::Waiting final : public Retired, private Wakeable, private server::ClientOwner {
 public:
  Waiting(AdminHandler& handler, std::uint64_t number, Client client)
      : handler_(handler), number_(number), client_(std::move(client)) {
    client_->set_owner(this);
  }
  [[nodiscard]] server::ClientStream& client() noexcept { return *client_; }

 private:
  void on_client_event() noexcept override { handler_.scheduler_.wake(*this); }
  void advance() noexcept override {
    if (client_->failure() != nullptr) handler_.forget(number_);
  }

  AdminHandler& handler_;
  const std::uint64_t number_;
  const Client client_;
};

AdminHandler::AdminHandler(Scheduler& scheduler, const observe::Metrics& metrics,
                           const gateway::Health& health, Control& control, std::string host,
                           config::Secret token)
    : scheduler_(scheduler),
      metrics_(metrics),
      health_(health),
      control_(control),
      host_(std::move(host)),
      token_(std::move(token)) {}

AdminHandler::~AdminHandler() = default;

std::span<const AdminHandler::Route> AdminHandler::routes() noexcept {
  using enum Access;
  using Self = AdminHandler;
  static constexpr std::array<Route, 11> kRoutes{{
      {"GET", "/", Token, &Self::index, "this list"},
      {"GET", "/healthz", Anyone, &Self::healthz, "alive"},
      {"GET", "/readyz", Anyone, &Self::readyz, "able to serve; 503 while starting or draining"},
      {"GET", "/metrics", Token, &Self::metrics, "Prometheus' text form"},
      {"GET", "/admin/config", Token, &Self::config, "the configuration in force, no secrets"},
      {"GET", "/admin/reload", Token, &Self::last_reload, "what the last load came to"},
      {"POST", "/admin/reload", Token, &Self::reload, "load file and plugins anew"},
      {"GET", "/admin/plugins", Token, &Self::plugins, "plugins and their state"},
      {"GET", "/admin/providers", Token, &Self::providers, "providers and their credentials"},
      {"GET", "/admin/requests", Token, &Self::requests, "what runs now"},
      {"POST", "/admin/drain", Token, &Self::drain, "finish what runs, then end"},
  }};
  return kRoutes;
}

// ---- the door ----------------------------------------------------------------------------------

bool AdminHandler::host_accepted(std::string_view host) const noexcept {
  const std::string_view name = without_port(host);
  if (name == "127.0.0.1" || name == "[::1]" || http::same_name(name, "localhost")) return true;
  return name == host_ || name == "[" + host_ + "]";
}

// Digests are compared, so that the time tells nothing of the token.
bool AdminHandler::token_shown(const http::RequestHead& head) const noexcept {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view shown = head.headers.get("authorization");
  return !token_.empty() && head.headers.count("authorization") == 1 &&
         http::same_name(shown.substr(0, kScheme.size()), kScheme) &&
         sha256(shown.substr(kScheme.size())) == sha256(token_.reveal());
}

const Error* AdminHandler::refused_at_the_door(const http::RequestHead& head) const noexcept {
  static const Error kHost{ErrorCode::PolicyForbidden,
                           "This Host is not one of the admin port's names."};
  static const Error kOrigin{ErrorCode::PolicyForbidden,
                             "The admin port serves no page but its own."};
  static const Error kToken{ErrorCode::PolicyUnauthenticated,
                            "The admin token is needed, as Authorization: Bearer."};
  if (!host_accepted(head.headers.get("host"))) return &kHost;
  if (from_elsewhere(head.headers)) return &kOrigin;
  const bool open = std::any_of(routes().begin(), routes().end(), [&head](const Route& route) {
    return route.access == Access::Anyone && route.path == head.path;
  });
  return open || token_shown(head) ? nullptr : &kToken;
}

void AdminHandler::on_request(Client client) {
  if (const Error* error = refused_at_the_door(client->head())) return refuse(*client, *error);
  dispatch(std::move(client));
}

void AdminHandler::dispatch(Client client) {
  const http::RequestHead& head = client->head();
  const std::string_view method = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  std::string allow;
  for (const Route& route : routes()) {
    if (route.path != head.path) continue;
    if (route.method == method) return (this->*route.answer)(std::move(client));
    if (!allow.empty()) allow += ", ";
    allow += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  if (allow.empty()) return refuse(*client, Error{ErrorCode::CallerNotFound, {}});
  http::Headers headers;
  headers.add("content-type", kJson);
  headers.add("allow", allow);
  send(*client, 405, std::move(headers), error_json(Error{ErrorCode::CallerMethodNotAllowed, {}}));
}

std::string AdminHandler::refusal_body(const Error& error, std::string_view) {
  return error_json(error);
}

// ---- what is answered at once ------------------------------------------------------------------

void AdminHandler::index(Client client) {
  std::string body;
  json::Writer w(body);
  w.object().member("name", "aiproxy admin").key("routes").array();
  for (const Route& route : routes()) {
    w.object().member("method", route.method).member("path", route.path);
    w.key("token").boolean(route.access == Access::Token);
    w.member("about", route.about).end_object();
  }
  w.end_array().end_object();
  send(*client, 200, body);
}

void AdminHandler::healthz(Client client) {
  send(*client, 200, R"({"status":"alive"})");
}

void AdminHandler::readyz(Client client) {
  if (health_.draining.load(std::memory_order_relaxed)) {
    return send(*client, 503, R"({"status":"not ready","reasons":["draining"]})");
  }
  if (!health_.ready.load(std::memory_order_relaxed)) {
    return send(*client, 503, R"({"status":"not ready","reasons":["starting"]})");
  }
  send(*client, 200, R"({"status":"ready"})");
}

void AdminHandler::metrics(Client client) {
  http::Headers headers;
  headers.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
  send(*client, 200, std::move(headers), metrics_.render());
}

void AdminHandler::config(Client client) {
  send(*client, 200, config_json(*control_.config(), control_.last_reload()));
}

void AdminHandler::last_reload(Client client) {
  send(*client, 200, reload_json(control_.last_reload()));
}

void AdminHandler::plugins(Client client) {
  send(*client, 200, plugins_json(control_.plugins()));
}

void AdminHandler::providers(Client client) {
  send(*client, 200, providers_json(control_.providers()));
}

void AdminHandler::drain(Client client) {
  send(*client, 202, R"({"status":"draining"})");
  control_.drain();
}

// ---- what Control answers ----------------------------------------------------------------------

void AdminHandler::reload(Client client) {
  const std::uint64_t number = wait(std::move(client));
  control_.reload([this, number](const ReloadReport& report) {
    if (report.successful) return finish(number, 200, reload_json(report));
    finish(number, 422, refused_json(report));
  });
}

void AdminHandler::requests(Client client) {
  const std::uint64_t number = wait(std::move(client));
  control_.requests([this, number](const std::vector<LiveRequest>& requests) {
    finish(number, 200, requests_json(requests));
  });
}

std::uint64_t AdminHandler::wait(Client client) {
  const std::uint64_t number = ++last_number_;
  waiting_.emplace(number, std::make_unique<Waiting>(*this, number, std::move(client)));
  return number;
}

void AdminHandler::finish(std::uint64_t number, int status, std::string_view body) {
  const auto at = waiting_.find(number);
  if (at == waiting_.end()) return;
  send(at->second->client(), status, body);
  forget(number);
}

void AdminHandler::forget(std::uint64_t number) {
  auto node = waiting_.extract(number);
  if (!node.empty()) scheduler_.retire(std::move(node.mapped()));
}

config::Limits port_limits(config::Limits limits) noexcept {
  limits.body_bytes = std::min(limits.body_bytes, kBodyBytesMax);
  limits.connections = std::min(limits.connections, kConnectionsMax);
  return limits;
}

}  // namespace aip::admin
