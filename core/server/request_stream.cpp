#include "core/server/request_stream.h"

#include "core/server/connection.h"

namespace aip::server {

RequestStream::~RequestStream() {
  owner_ = nullptr;
  if (connection_ != nullptr) connection_->cut_answer();
}

void RequestStream::want_body() noexcept {
  if (connection_ != nullptr) connection_->want_body();
}

Bytes RequestStream::body() const noexcept {
  return connection_ != nullptr ? connection_->body() : Bytes();
}

void RequestStream::consume_body(std::size_t n) noexcept {
  if (connection_ != nullptr) connection_->consume_body(n);
}

bool RequestStream::body_ended() const noexcept {
  return connection_ != nullptr && connection_->body_ended();
}

void RequestStream::send_head(int status, const http::Headers& headers, std::int64_t length) {
  if (connection_ != nullptr) connection_->send_head(status, headers, length);
}

std::string& RequestStream::body_out() {
  if (connection_ != nullptr) return connection_->body_out();
  nowhere_.clear();
  return nowhere_;
}

void RequestStream::end() {
  if (connection_ != nullptr) connection_->end_answer();
}

void RequestStream::abort() {
  if (connection_ != nullptr) connection_->cut_answer();
}

void RequestStream::become_tunnel() {
  if (connection_ != nullptr) connection_->become_tunnel();
}

std::size_t RequestStream::queued_bytes() const noexcept {
  return connection_ != nullptr ? connection_->queued_bytes() : 0;
}

std::uint64_t RequestStream::bytes_sent() const noexcept {
  return connection_ != nullptr ? connection_->answer_bytes() : sent_;
}

// The first cause stays: what follows from it would only hide it.
void RequestStream::fail(Error why) {
  if (failure_) return;
  failure_ = std::move(why);
  notify();
}

}  // namespace aip::server
