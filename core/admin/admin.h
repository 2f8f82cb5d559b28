// admin.h - what the admin port answers: one table of routes behind three locks.
//
//   Host     one of the port's own names, so that a web page cannot reach it by DNS rebinding
//   Origin   if a browser sends one, the port's own; a cross-site request is refused without one,
//            too; no CORS header is ever sent
//   token    as `Authorization: Bearer`, and nowhere else: no cookie, no query. Health alone needs
//            none, for probes that hold none
// They stand in that order before the table is looked at, so that a stranger learns nothing of it.
// Nothing here shows a secret or the text of a conversation. docs/admin.md is the reference.
//
// Asynchronous routes (reload, requests) keep the client in a Waiting until Control answers; a
// client that leaves meanwhile is forgotten, and what it asked for goes on.
// Threads: the loop's that serves the port (the control thread).
// Tests: tests/unit/admin/admin_test.cpp (E10), tests/e2e/admin.test.mjs
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/admin/control.h"
#include "core/base/scheduler.h"
#include "core/gateway/gateway.h"
#include "core/observe/metrics.h"
#include "core/server/client_stream.h"

namespace aip::admin {

using Client = std::unique_ptr<server::ClientStream>;

class AdminHandler final : public server::RequestHandler {
 public:
  enum class Access : std::uint8_t { Token, Anyone };
  struct Route {
    std::string_view method;  // GET answers HEAD as well
    std::string_view path;
    Access access;
    void (AdminHandler::*answer)(Client client);
    std::string_view about;
  };
  [[nodiscard]] static std::span<const Route> routes() noexcept;

  // `host`: the address that the port listens on; it is an accepted Host, with loopback's names.
  // `token`: without one, nobody enters.
  AdminHandler(Scheduler& scheduler, const observe::Metrics& metrics, const gateway::Health& health,
               Control& control, std::string host, config::Secret token);
  ~AdminHandler();

  // Clients that wait for Control.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

  void on_request(Client client) override;
  void on_refused(const Error&, std::string_view) override {}
  std::string refusal_body(const Error& error, std::string_view path) override;

 private:
  class Waiting;

  [[nodiscard]] const Error* refused_at_the_door(const http::RequestHead& head) const noexcept;
  [[nodiscard]] bool host_accepted(std::string_view host) const noexcept;
  [[nodiscard]] bool token_shown(const http::RequestHead& head) const noexcept;
  void dispatch(Client client);

  void index(Client client);
  void healthz(Client client);
  void readyz(Client client);
  void metrics(Client client);
  void config(Client client);
  void last_reload(Client client);
  void reload(Client client);
  void plugins(Client client);
  void providers(Client client);
  void requests(Client client);
  void drain(Client client);

  std::uint64_t wait(Client client);
  // Of the client with that number, if it is still there.
  void finish(std::uint64_t number, int status, std::string_view body);
  void forget(std::uint64_t number);

  Scheduler& scheduler_;
  const observe::Metrics& metrics_;
  const gateway::Health& health_;
  Control& control_;
  const std::string host_;
  const config::Secret token_;
  std::map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
  std::uint64_t last_number_ = 0;
};

// What the port needs of the configured limits: no request here has a body worth the name, and few
// have business with it.
[[nodiscard]] config::Limits port_limits(config::Limits limits) noexcept;

}  // namespace aip::admin
