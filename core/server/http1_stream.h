// http1_stream.h - the ClientStream of one request on an HTTP/1.1 connection.
//
// Owned by the handler, while the connection is the server's: whichever dies first tells the other.
#pragma once

#include "core/server/connection.h"

namespace aip::server {

class Http1Stream final : public ClientStream {
 public:
  explicit Http1Stream(Connection& connection) : connection_(&connection) {}
  ~Http1Stream() override;

  void set_owner(ClientOwner* owner) noexcept override { owner_ = owner; }
  [[nodiscard]] const http::RequestHead& head() const noexcept override { return head_; }
  [[nodiscard]] std::string_view peer_address() const noexcept override { return peer_; }
  [[nodiscard]] std::uint32_t listener() const noexcept override { return listener_; }

  void want_body() noexcept override;
  [[nodiscard]] Bytes body() const noexcept override;
  void consume_body(std::size_t n) noexcept override;
  [[nodiscard]] bool body_ended() const noexcept override;
  [[nodiscard]] const Error* failure() const noexcept override;

  void send_head(int status, const http::Headers& headers, std::int64_t length) override;
  void send_body(Bytes bytes) override { body_out().append(bytes); }
  std::string& body_out() override;
  void end() override;
  void abort() override;
  void become_tunnel() override;
  [[nodiscard]] std::size_t queued_bytes() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept override { return received_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept override { return sent_; }

 private:
  friend class Connection;
  // The connection is gone: nothing more can come or go.
  void detach(Error why);
  [[nodiscard]] bool bodiless(int status) const noexcept;

  Connection* connection_;
  ClientOwner* owner_ = nullptr;
  http::RequestHead head_;
  std::string peer_;
  std::uint32_t listener_ = 0;
  std::optional<Error> failure_;
  std::string nowhere_;  // takes what is written when no connection is left, or no body is due
  std::uint64_t received_ = 0, sent_ = 0;
  bool body_wanted_ = false;
  bool head_sent_ = false;
  bool no_body_ = false;
  bool ended_ = false;
  bool tunnel_ = false;
};

}  // namespace aip::server
