// fake_client.h - a client without a connection: it has said all, and takes everything.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/server/client_stream.h"

namespace aip::gateway {

// Outlives the stream, so that what came can be looked at.
struct ClientNotes {
  int status = 0;
  std::string body;
  http::Headers headers;
  std::optional<Error> failure;  // set it, and tell the owner
  server::ClientOwner* owner = nullptr;
};

class FakeClient final : public server::ClientStream {
 public:
  FakeClient(ClientNotes& notes, std::string path, std::string body)
      : notes_(notes), body_(std::move(body)) {
    head_.method = "POST";
    head_.path = std::move(path);
  }
  ~FakeClient() override { take(); }
  void set_owner(server::ClientOwner* owner) noexcept override { notes_.owner = owner; }
  const http::RequestHead& head() const noexcept override { return head_; }
  std::string_view peer_address() const noexcept override { return "127.0.0.1"; }
  std::uint32_t listener() const noexcept override { return 0; }
  void want_body() noexcept override {}
  Bytes body() const noexcept override { return Bytes(body_).substr(taken_); }
  void consume_body(std::size_t n) noexcept override { taken_ += n; }
  bool body_ended() const noexcept override { return taken_ == body_.size(); }
  const Error* failure() const noexcept override {
    return notes_.failure ? &*notes_.failure : nullptr;
  }
  void send_head(int status, const http::Headers& headers, std::int64_t) override {
    notes_.status = status;
    notes_.headers = headers;
  }
  void send_body(Bytes bytes) override { out_.append(bytes); }
  std::string& body_out() override { return out_; }
  void end() override { take(); }
  void abort() override { take(); }
  void become_tunnel() override {}
  std::size_t queued_bytes() const noexcept override { return 0; }
  std::uint64_t bytes_received() const noexcept override { return 0; }
  std::uint64_t bytes_sent() const noexcept override { return 0; }

 private:
  void take() { notes_.body += std::exchange(out_, {}); }

  ClientNotes& notes_;
  http::RequestHead head_;
  std::string body_, out_;
  std::size_t taken_ = 0;
};

}  // namespace aip::gateway
