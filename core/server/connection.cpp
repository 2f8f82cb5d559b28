#include "core/server/connection.h"

#include <algorithm>
#include <array>

#include "core/http/write.h"
#include "core/server/http1_stream.h"

namespace aip::server {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::size_t kKeepBytes = 2 * 1024;

http::ParserLimits parser_limits(const config::Limits& l) {
  return {l.head_bytes, l.header_fields, l.url_bytes, l.body_bytes};
}

// A buffer that grew for one answer is given back, so that an idle connection holds none.
void release(std::string& buffer) {
  if (buffer.capacity() > kKeepBytes) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

Connection::Connection(Server& server, std::unique_ptr<ByteStream> stream, std::string peer,
                       std::uint32_t listener)
    : server_(server),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      listener_(listener),
      alarm_(server.scheduler_, *this),
      parser_(parser_limits(server.limits_)) {
  stream_->set_owner(this);
  // A new connection owes its first head as soon as if it had begun to send it.
  deadline_ns_ = server_.scheduler_.now_ns() + server_.limits_.head_deadline_ms * kMs;
  arm();
}

Connection::~Connection() {
  if (request_ != nullptr) request_->detach(Error{ErrorCode::CallerGone, "connection closed"});
}

void Connection::advance() noexcept {
  if (phase_ == Phase::Closed) return;
  if (alarm_.take_fired()) {
    if (server_.scheduler_.now_ns() >= deadline_ns_) deadline_passed();
    if (phase_ == Phase::Closed) return;
  }
  if (phase_ == Phase::Reading) read_head();
  if (phase_ == Phase::Running) tell_stream();
  if (phase_ == Phase::Closing) linger();
  if (phase_ != Phase::Closed) arm();
}

// ---- Reading
// -------------------------------------------------------------------------------------

void Connection::read_head() {
  while (phase_ == Phase::Reading) {
    Bytes input = stream_->readable();
    if (input.empty()) {
      // The peer's end between two requests is the ordinary one; within a head there is nobody left
      // to tell.
      if (stream_->state() != StreamState::Open) close(false);
      return;
    }
    if (!head_begun_) {
      head_begun_ = true;
      deadline_ns_ = std::min(deadline_ns_,
                              server_.scheduler_.now_ns() + server_.limits_.head_deadline_ms * kMs);
    }
    const std::size_t before = input.size();
    const http::Parsed parsed = parser_.next(input);
    stream_->consume(before - input.size());
    if (parsed.event == http::ParseEvent::Failed) return refuse(parser_.error());
    if (parsed.event == http::ParseEvent::Head) return head_complete();
  }
}

void Connection::head_complete() {
  auto request = std::make_unique<Http1Stream>(*this);
  request->head_ = std::move(parser_.head());
  request->peer_ = peer_;
  request->listener_ = listener_;
  phase_ = Phase::Running;
  request_ = request.get();
  keep_alive_ = request->head_.keep_alive;
  body_ended_ = request->head_.framing == http::Framing::None;
  ++server_.requests_;
  const auto expect = request->head_.headers.find("expect");
  if (expect && !http::same_name(*expect, "100-continue")) {
    request_ = nullptr;
    request->connection_ = nullptr;
    return refuse(Error{ErrorCode::CallerExpectation, {}});
  }
  server_.handler_.on_request(std::move(request));
}

// A refusal is an answer like any other, and the connection's last.
void Connection::refuse(const Error& error) {
  const std::string body = server_.handler_.refusal_body(error, parser_.head().path);
  server_.handler_.on_refused(error, peer_);
  http::write_status_line(head_out_, traits(error.code).status);
  http::write_field(head_out_, "content-type", "application/json");
  http::write_field(head_out_, "content-length", std::to_string(body.size()));
  http::write_field(head_out_, "date", server_.date());
  http::write_field(head_out_, "connection", "close");
  http::end_head(head_out_);
  head_out_.append(body);
  begin_closing();
}

// ---- Running
// -------------------------------------------------------------------------------------

void Connection::tell_stream() {
  if (stream_->state() != StreamState::Open && !failure_) {
    failure_ = Error{ErrorCode::CallerGone, "the client closed the connection"};
  }
  if (request_ == nullptr) return;
  if (request_->body_wanted_ && !request_->tunnel_) pull_body();
  if (request_->owner_ != nullptr) request_->owner_->on_client_event();
}

void Connection::tell_drained() {
  if (request_->owner_ != nullptr) request_->owner_->on_client_event();
}

// Parses until a piece of the body waits, the body has ended, or no bytes are left.
void Connection::pull_body() {
  while (piece_size_ == 0 && !body_ended_ && !failure_) {
    const Bytes readable = stream_->readable();
    if (readable.empty()) return;
    Bytes input = readable;
    const http::Parsed parsed = parser_.next(input);
    const std::size_t taken = readable.size() - input.size();
    switch (parsed.event) {
      case http::ParseEvent::Failed:
        failure_ = parser_.error();
        if (request_ != nullptr && request_->owner_ != nullptr) request_->owner_->on_client_event();
        return;
      case http::ParseEvent::End:
        body_ended_ = true;
        stream_->consume(taken);
        return;
      case http::ParseEvent::Body:
        piece_begin_ = static_cast<std::size_t>(parsed.body.data() - readable.data());
        piece_size_ = parsed.body.size();
        piece_framed_ = taken;
        body_moved();
        // The end needs no further bytes when the length is known: ask for it at once.
        if (input.empty()) {
          Bytes nothing;
          body_ended_ = parser_.next(nothing).event == http::ParseEvent::End;
        }
        return;
      case http::ParseEvent::NeedMore:
      case http::ParseEvent::Head:
      case http::ParseEvent::Interim:
        stream_->consume(taken);
        break;
    }
  }
}

void Connection::answer_ended() {
  // An early answer (a refusal, say) need not cost the connection if its body has arrived by now.
  if (keep_alive_) {
    while (!body_ended_ && !failure_) {
      piece_size_ = 0;
      stream_->consume(std::exchange(piece_framed_, 0));
      pull_body();
      if (piece_size_ == 0) break;
    }
  }
  stream_->consume(std::exchange(piece_framed_, 0));
  piece_begin_ = piece_size_ = 0;
  if (request_ != nullptr) {
    request_->connection_ = nullptr;
    request_ = nullptr;
  }
  if (!stays_open() || !body_ended_ || failure_) return begin_closing();
  want_flush();
  next_request();
}

void Connection::next_request() {
  parser_.reset();
  phase_ = Phase::Reading;
  head_begun_ = false;
  body_ended_ = false;
  deadline_ns_ = server_.scheduler_.now_ns() + server_.limits_.keep_alive_idle_ms * kMs;
  server_.scheduler_.wake(*this);
}

// ---- Closing
// -------------------------------------------------------------------------------------

void Connection::begin_closing() {
  phase_ = Phase::Closing;
  lingers_ = !body_ended_ || failure_ || !stream_->readable().empty();
  if (request_ != nullptr) {
    request_->connection_ = nullptr;
    request_ = nullptr;
  }
  deadline_ns_ = server_.scheduler_.now_ns() + kLingerMs * kMs;
  want_flush();
  server_.scheduler_.wake(*this);
  arm();
}

// Closing while the client still sends would reset the connection, and the client's kernel may then
// throw our answer away unread (RFC 9112 9.6). So what still comes is read, for a while.
void Connection::linger() {
  while (!stream_->readable().empty()) stream_->consume(stream_->readable().size());
  const bool over = !lingers_ || stream_->state() != StreamState::Open;
  if (over && !static_cast<Flushable&>(*this).ListNode<FlushTag>::linked() &&
      (stream_->queued_bytes() == 0 || stream_->state() == StreamState::Failed)) {
    close(false);
  }
}

void Connection::close(bool reset) {
  if (phase_ == Phase::Closed) return;
  phase_ = Phase::Closed;
  alarm_.cancel();
  stream_->close(reset);
  if (request_ != nullptr) {
    request_->detach(Error{ErrorCode::CallerGone, "connection closed"});
    request_ = nullptr;
  }
  server_.closed(*this);
}

void Connection::drain() {
  if (phase_ == Phase::Reading && parser_.idle() && stream_->readable().empty()) close(false);
}

// ---- time and output
// -----------------------------------------------------------------------------

void Connection::arm() noexcept {
  // While a request runs, only a body that is waited for has a deadline of ours.
  const bool waits =
      phase_ != Phase::Running || (request_ != nullptr && request_->body_wanted_ &&
                                   !request_->tunnel_ && !body_ended_ && !body_waits());
  if (!waits) return alarm_.cancel();
  if (!alarm_.armed() || alarm_.deadline_ns() != deadline_ns_) alarm_.set(deadline_ns_);
}

void Connection::deadline_passed() {
  switch (phase_) {
    case Phase::Reading:
      if (parser_.idle()) return close(false);
      return refuse(Error{ErrorCode::CallerTimeout, "The request's head did not arrive in time."});
    case Phase::Running:
      failure_ = Error{ErrorCode::CallerTimeout, "The request's body did not arrive in time."};
      return;
    case Phase::Closing: {
      // A slow reader may take its time, as long as it takes something.
      const std::size_t queued = stream_->queued_bytes();
      if (queued == 0 || queued == queued_before_) return close(queued > 0);
      queued_before_ = queued;
      deadline_ns_ = server_.scheduler_.now_ns() + server_.limits_.body_idle_ms * kMs;
      return;
    }
    case Phase::Closed:
      return;
  }
}

void Connection::flush() noexcept {
  if (phase_ == Phase::Closed) return;
  std::string size_line;
  std::array<Bytes, 5> pieces;
  std::size_t n = 0;
  if (!head_out_.empty()) pieces[n++] = head_out_;
  if (!body_out_.empty()) {
    if (chunked_) {
      http::write_chunk_size(size_line, body_out_.size());
      pieces[n++] = size_line;
    }
    pieces[n++] = body_out_;
    if (chunked_) pieces[n++] = http::kChunkEnd;
  }
  if (last_chunk_) pieces[n++] = http::kLastChunk;
  if (n > 0) stream_->write(std::span(pieces.data(), n));
  const bool was_full = body_out_.size() > limits::kStreamBufferBytesLow;
  if (request_ != nullptr) {
    request_->sent_ += body_out_.size();
    // A socket that takes all at once tells nothing later, so a handler that waits is told here.
    if (was_full && stream_->queued_bytes() <= limits::kStreamBufferBytesLow) tell_drained();
  }
  release(head_out_);
  release(body_out_);
  last_chunk_ = false;
  if (cut_) return close(true);
  if (phase_ == Phase::Closing) {
    stream_->shutdown();
    server_.scheduler_.wake(*this);  // to see whether all of it has left
  }
}

}  // namespace aip::server
