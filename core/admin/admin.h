// admin.h - what the admin port answers: metrics and health.
//
// The port is loopback by default. Host is checked, so that a web page cannot reach it by DNS
// rebinding. Health needs no token, for probes that hold none. Nothing here shows a secret or the
// text of a conversation. Threads: the loop's that serves the port (the control thread). Tests:
// tests/unit/admin/admin_test.cpp
#pragma once

#include <string>

#include "core/gateway/gateway.h"
#include "core/observe/metrics.h"
#include "core/server/client_stream.h"

namespace aip::admin {

class AdminHandler final : public server::RequestHandler {
 public:
  // `host`: the address that the port listens on; it is an accepted Host, with loopback's names.
  // `token`: if it is not empty, /metrics asks for it as a bearer token.
  AdminHandler(const observe::Metrics& metrics, const gateway::Health& health, std::string host,
               config::Secret token)
      : metrics_(metrics), health_(health), host_(std::move(host)), token_(std::move(token)) {}

  void on_request(std::unique_ptr<server::ClientStream> stream) override;
  void on_refused(const Error&, std::string_view) override {}
  std::string refusal_body(const Error& error, std::string_view path) override;

 private:
  [[nodiscard]] bool host_accepted(std::string_view host) const noexcept;
  [[nodiscard]] bool token_shown(const http::RequestHead& head) const noexcept;

  const observe::Metrics& metrics_;
  const gateway::Health& health_;
  const std::string host_;
  const config::Secret token_;
};

}  // namespace aip::admin
