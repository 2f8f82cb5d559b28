#include "core/server/http1_stream.h"

#include "core/http/write.h"

namespace aip::server {

Http1Stream::~Http1Stream() {
  if (connection_ == nullptr) return;
  if (!ended_) abort();
  if (connection_ != nullptr) connection_->request_ = nullptr;
}

void Http1Stream::detach(Error why) {
  connection_ = nullptr;
  if (!failure_) failure_ = std::move(why);
  if (owner_ != nullptr) owner_->on_client_event();
}

const Error* Http1Stream::failure() const noexcept {
  if (failure_) return &*failure_;
  return connection_ != nullptr && connection_->failure_ ? &*connection_->failure_ : nullptr;
}

// ---- the request's body
// --------------------------------------------------------------------------

void Http1Stream::want_body() noexcept {
  if (body_wanted_ || connection_ == nullptr) return;
  body_wanted_ = true;
  // The client waits for this line only if it asked and has sent nothing yet (RFC 9110 10.1.1).
  if (head_.expect_continue && !head_sent_ && connection_->stream_->readable().empty()) {
    connection_->head_out_.append(http::kContinue);
    connection_->want_flush();
  }
  connection_->body_moved();
  connection_->pull_body();
  connection_->arm();
}

Bytes Http1Stream::body() const noexcept {
  if (connection_ == nullptr) return {};
  if (tunnel_) return connection_->stream_->readable();
  if (connection_->piece_size_ == 0) return {};
  return connection_->stream_->readable().substr(connection_->piece_begin_,
                                                 connection_->piece_size_);
}

void Http1Stream::consume_body(std::size_t n) noexcept {
  if (connection_ == nullptr) return;
  received_ += n;
  Connection& c = *connection_;
  if (tunnel_) return c.stream_->consume(n);
  c.piece_begin_ += n;
  c.piece_size_ -= n;
  if (c.piece_size_ > 0) return;
  c.stream_->consume(c.piece_framed_);
  c.piece_begin_ = c.piece_framed_ = 0;
  c.body_moved();
  c.pull_body();
  c.arm();
}

bool Http1Stream::body_ended() const noexcept {
  if (connection_ == nullptr || tunnel_) return false;
  return connection_->body_ended_ && connection_->piece_size_ == 0;
}

// ---- the answer
// ----------------------------------------------------------------------------------

bool Http1Stream::bodiless(int status) const noexcept {
  return head_.method == "HEAD" || status == 204 || status == 304 || status < 200;
}

void Http1Stream::send_head(int status, const http::Headers& headers, std::int64_t length) {
  AIP_CHECK(!head_sent_);
  head_sent_ = true;
  if (connection_ == nullptr) return;
  Connection& c = *connection_;
  no_body_ = bodiless(status);
  // A body that has not arrived by now would have to be read before the next request.
  if (!c.body_ended_ && status >= 200) c.keep_alive_ = false;
  std::string& out = c.head_out_;
  http::write_status_line(out, status);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    http::write_field(out, headers[i].name, headers[i].value);
  }
  http::write_field(out, "date", c.date());
  const bool has_length = length >= 0 && status != 204 && status >= 200;
  if (has_length) http::write_field(out, "content-length", std::to_string(length));
  c.chunked_ = length < 0 && !no_body_ && head_.minor_version == 1;
  if (c.chunked_) http::write_field(out, "transfer-encoding", "chunked");
  // Without a length or chunks, the connection's end is the body's.
  if (length < 0 && !no_body_ && !c.chunked_) c.keep_alive_ = false;
  if (status == 101) {
    http::write_field(out, "connection", "upgrade");
  } else if (!c.stays_open()) {
    http::write_field(out, "connection", "close");
  } else if (head_.minor_version == 0) {
    http::write_field(out, "connection", "keep-alive");
  }
  http::end_head(out);
  c.want_flush();
}

std::string& Http1Stream::body_out() {
  if (connection_ == nullptr || no_body_ || ended_) {
    nowhere_.clear();
    return nowhere_;
  }
  connection_->want_flush();
  return connection_->body_out_;
}

void Http1Stream::end() {
  if (ended_) return;
  ended_ = true;
  if (connection_ == nullptr) return;
  connection_->last_chunk_ = connection_->chunked_;
  sent_ += connection_->body_out_.size();
  connection_->answer_ended();
}

void Http1Stream::abort() {
  if (ended_) return;
  ended_ = true;
  if (connection_ == nullptr) return;
  connection_->cut_ = true;
  connection_->want_flush();
}

void Http1Stream::become_tunnel() {
  tunnel_ = true;
  if (connection_ == nullptr) return;
  connection_->chunked_ = false;
  connection_->keep_alive_ = false;
  no_body_ = false;
  connection_->arm();
}

std::size_t Http1Stream::queued_bytes() const noexcept {
  return connection_ == nullptr
             ? 0
             : connection_->stream_->queued_bytes() + connection_->body_out_.size();
}

}  // namespace aip::server
