// request_stream.h - the ClientStream of one request on an HTTP/1.1 connection.
//
// A handle: it holds the head and what the log wants to know, and asks the connection for the rest.
// The handler owns it and the server owns the connection; whichever goes first detaches the other.
// A detached stream is harmless: it has no body, and what is written to it goes nowhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/server/client_stream.h"

namespace aip::server {

class Connection;

class RequestStream final : public ClientStream {
 public:
  RequestStream(Connection& connection, http::RequestHead head, std::string peer,
                std::uint32_t listener, std::uint64_t head_bytes)
      : connection_(&connection),
        head_(std::move(head)),
        peer_(std::move(peer)),
        listener_(listener),
        received_(head_bytes) {}
  ~RequestStream() override;
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;

  void set_owner(ClientOwner* owner) noexcept override { owner_ = owner; }
  [[nodiscard]] const http::RequestHead& head() const noexcept override { return head_; }
  [[nodiscard]] std::string_view peer_address() const noexcept override { return peer_; }
  [[nodiscard]] std::uint32_t listener() const noexcept override { return listener_; }

  void want_body() noexcept override;
  [[nodiscard]] Bytes body() const noexcept override;
  void consume_body(std::size_t n) noexcept override;
  [[nodiscard]] bool body_ended() const noexcept override;
  [[nodiscard]] const Error* failure() const noexcept override {
    return failure_ ? &*failure_ : nullptr;
  }

  void send_head(int status, const http::Headers& headers, std::int64_t length) override;
  void send_body(Bytes bytes) override { body_out().append(bytes); }
  std::string& body_out() override;
  void end() override;
  void abort() override;
  void become_tunnel() override;

  [[nodiscard]] std::size_t queued_bytes() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept override { return received_; }
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept override;

  // For the connection.
  void fail(Error why);
  void count_received(std::size_t n) noexcept { received_ += n; }
  void detach(std::uint64_t bytes_sent) noexcept {
    connection_ = nullptr;
    sent_ = bytes_sent;
  }
  void notify() noexcept {
    if (owner_ != nullptr) owner_->on_client_event();
  }

 private:
  Connection* connection_;  // nullptr: detached
  ClientOwner* owner_ = nullptr;
  const http::RequestHead head_;
  const std::string peer_;
  const std::uint32_t listener_;
  std::uint64_t received_;
  std::uint64_t sent_ = 0;  // once detached
  std::optional<Error> failure_;
  std::string nowhere_;
};

}  // namespace aip::server
