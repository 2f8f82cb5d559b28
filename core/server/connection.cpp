#include "core/server/connection.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"
#include "core/server/request_stream.h"

namespace aip::server {
namespace {

const Error& client_gone() {
  static const Error error{ErrorCode::CallerGone, "the client closed the connection"};
  return error;
}

}  // namespace

Connection::Connection(Shared& shared, ConnectionOwner& owner, std::unique_ptr<ByteStream> stream,
                       std::string peer, std::uint32_t listener)
    : shared_(shared),
      owner_(owner),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      listener_(listener),
      alarm_(shared.scheduler, *this),
      answer_(shared.spares) {
  stream_->set_owner(this);
  // The first head is owed from the start, a TLS handshake included.
  set_deadline_ms(shared_.limits.head_deadline_ms);
  arm();
}

Connection::~Connection() {
  stream_->set_owner(nullptr);
  if (request_ == nullptr) return;
  RequestStream& request = *request_;
  let_go_of_request();
  request.fail(client_gone());
}

void Connection::advance() noexcept {
  if (phase_ == Phase::Closed) return;
  if (alarm_.take_fired()) deadline_passed();
  while (step() == Step::Again) {
  }
  if (phase_ != Phase::Closed) arm();
}

Connection::Step Connection::step() {
  switch (phase_) {
    case Phase::Idle:
      return idle();
    case Phase::Head:
      return read_head();
    case Phase::Running:
      return run();
    case Phase::Finishing:
      return finish();
    case Phase::Lingering:
      return linger();
    case Phase::Cutting:
      return cut();
    case Phase::Closed:
      break;
  }
  return Step::Wait;
}

// ---- Idle and Head -----------------------------------------------------------------------------

Connection::Step Connection::idle() {
  if (!stream_->readable().empty()) {
    phase_ = Phase::Head;
    fresh_ = false;
    head_bytes_ = 0;
    parser_ = shared_.spares.borrow_parser();
    // The first head's deadline runs already, from accept.
    const std::uint64_t now = shared_.scheduler.now_ns();
    deadline_ns_ = std::min(deadline_ns_, now + shared_.limits.head_deadline_ms * kMs);
    return Step::Again;
  }
  if (stream_->state() != StreamState::Open) {
    close(false);
  } else if (draining() && !fresh_) {
    begin_lingering();
    return Step::Again;
  }
  return Step::Wait;
}

void Connection::drain() noexcept {
  draining_ = true;
  if (fresh_ && phase_ == Phase::Idle) {
    const std::uint64_t grace_ns = limits::kFreshDrainMs * kMs;
    deadline_ns_ = std::min(deadline_ns_, shared_.scheduler.now_ns() + grace_ns);
    arm();
  }
  shared_.scheduler.wake(*this);
}

Connection::Step Connection::read_head() {
  while (!stream_->readable().empty()) {
    Bytes input = stream_->readable();
    const std::size_t before = input.size();
    const http::Parsed parsed = parser_->next(input);
    const std::size_t taken = before - input.size();
    stream_->consume(taken);
    head_bytes_ += taken;
    switch (parsed.event) {
      case http::ParseEvent::NeedMore:
        break;
      case http::ParseEvent::Head:
        begin_request();
        return Step::Again;
      case http::ParseEvent::Failed:
        refuse(parser_->error());
        return Step::Again;
      case http::ParseEvent::Interim:
      case http::ParseEvent::Body:
      case http::ParseEvent::End:
        AIP_CHECK(false);  // none of them comes before a request's head
    }
  }
  if (stream_->state() != StreamState::Open) close(false);  // nobody is left to be told
  return Step::Wait;
}

void Connection::begin_request() {
  http::RequestHead head = std::move(parser_->head());
  const bool none = head.framing == http::Framing::None;
  const bool expects = head.minor_version == 1 && head.headers.find("expect").has_value();
  answer_.begin({head.method == "HEAD", head.minor_version});
  if (expects && !head.expect_continue) {
    parser_->head() = std::move(head);  // the refusal's dialect is told by the path
    return refuse(Error{ErrorCode::CallerExpectation, {}});
  }
  shared_.counters.requests.add(1);
  phase_ = Phase::Running;
  deadline_ns_ = UINT64_MAX;
  body_ended_ = none;
  body_wanted_ = tunnel_ = false;
  piece_left_ = drained_ = 0;
  auto request =
      std::make_unique<RequestStream>(*this, std::move(head), peer_, listener_, head_bytes_);
  request_ = request.get();
  shared_.handler.on_request(std::move(request));
}

// Such an answer is the connection's last: what follows a broken head is not read as a request.
void Connection::refuse(const Error& error) {
  shared_.counters.refused[static_cast<std::size_t>(error.code)].add(1);
  shared_.handler.on_refused(error, peer_);
  answer_with(error);
}

void Connection::answer_with(const Error& error) {
  const std::string_view path = parser_ ? std::string_view(parser_->head().path) : "";
  const bool head_only = parser_ && parser_->head().method == "HEAD";
  const std::string body = shared_.handler.refusal_body(error, path);
  http::Headers headers;
  headers.add("content-type", "application/json");
  answer_.begin({head_only, 1});
  answer_.send_head(traits(error.code).status, headers, static_cast<std::int64_t>(body.size()),
                    Persistence::Close, shared_.date.at(shared_.scheduler.wall_ms()));
  answer_.body().append(body);
  answer_.end();
  parser_.reset();
  body_ended_ = false;  // the client may still be sending what nobody will read
  phase_ = Phase::Finishing;
  deadline_ns_ = UINT64_MAX;
  shared_.scheduler.flush_later(*this);
}

// ---- Running -----------------------------------------------------------------------------------

Connection::Step Connection::run() {
  if (tunnel_) {
    const bool over = stream_->state() == StreamState::Failed ||
                      (stream_->state() == StreamState::Ended && stream_->readable().empty());
    if (over) request_->fail(client_gone());
  } else {
    if (body_wanted_) pull_body();
    if (stream_->state() != StreamState::Open) request_->fail(client_gone());
  }
  watch_body();
  request_->notify();
  return Step::Wait;
}

// Only a body that the handler waits for has a deadline of ours.
void Connection::watch_body() noexcept {
  const bool waits = body_wanted_ && !tunnel_ && !body_ended_ && piece_left_ == 0;
  if (!waits || request_->failure() != nullptr) {
    deadline_ns_ = UINT64_MAX;
  } else if (deadline_ns_ == UINT64_MAX) {
    set_deadline_ms(shared_.limits.body_idle_ms);
    arm();
  }
}

void Connection::want_body() noexcept {
  if (body_wanted_) return;
  body_wanted_ = true;
  // A client that has begun to send does not wait for this line (RFC 9110 10.1.1).
  if (request_->head().expect_continue && !answer_.head_sent() && stream_->readable().empty()) {
    answer_.send_continue();
    shared_.scheduler.flush_later(*this);
  }
  pull_body();
  watch_body();
}

Bytes Connection::body() const noexcept {
  if (tunnel_) return stream_->readable();
  return stream_->readable().substr(0, piece_left_);
}

void Connection::consume_body(std::size_t n) noexcept {
  stream_->consume(n);
  request_->count_received(n);
  if (tunnel_) {
    // The tunnel's end is told once all before it was taken.
    if (stream_->state() != StreamState::Open) shared_.scheduler.wake(*this);
    return;
  }
  AIP_DCHECK(n <= piece_left_);
  piece_left_ -= n;
  if (piece_left_ > 0 || n == 0) return;
  deadline_ns_ = UINT64_MAX;  // that was progress: the wait for more begins anew
  pull_body();
  watch_body();
}

bool Connection::body_ended() const noexcept {
  if (!tunnel_) return body_ended_;
  return stream_->state() != StreamState::Open && stream_->readable().empty();
}

// Parses until body bytes stand at the front of the stream, the body has ended, or no input is
// left.
void Connection::pull_body() {
  while (piece_left_ == 0 && !body_ended_ &&
         (request_ == nullptr || request_->failure() == nullptr)) {
    const Bytes readable = stream_->readable();
    Bytes input = readable;
    const http::Parsed parsed = parser_->next(input);
    std::size_t framing = readable.size() - input.size();
    switch (parsed.event) {
      case http::ParseEvent::Body:
        piece_left_ = parsed.body.size();
        framing -= piece_left_;
        // A piece is the last thing that the parser takes; what stands before it is framing.
        AIP_DCHECK(parsed.body.data() == readable.data() + framing);
        break;
      case http::ParseEvent::End:
        body_ended_ = true;
        break;
      case http::ParseEvent::Failed:
        if (request_ == nullptr) return;  // finish() sees that nothing more comes of it
        return request_->fail(parser_->error());
      case http::ParseEvent::NeedMore:
        if (readable.empty()) return;
        break;
      case http::ParseEvent::Head:
      case http::ParseEvent::Interim:
        AIP_CHECK(false);  // none of them comes behind a request's head
    }
    stream_->consume(framing);
    if (request_ != nullptr) request_->count_received(framing);
  }
}

// ---- the answer --------------------------------------------------------------------------------

// Whether the connection should live on, as far as can be told when the answer's head is written.
Persistence Connection::wished_persistence() const noexcept {
  const http::RequestHead& head = request_->head();
  if (!head.keep_alive || draining() || request_->failure() != nullptr) {
    return Persistence::Close;
  }
  if (body_ended_ || body_wanted_) return Persistence::Keep;
  // An early answer. A client that was not told to continue may send the body or not: only the end
  // makes it clear. A body too long to be thrown away costs the connection too.
  const bool long_rest =
      head.framing == http::Framing::Length && head.content_length > limits::kDrainBytesMax;
  return head.expect_continue || long_rest ? Persistence::Close : Persistence::Keep;
}

void Connection::send_head(int status, const http::Headers& headers, std::int64_t length) {
  if (status == 101 && !stream_->readable().empty()) {
    // Bytes behind an Upgrade that is not granted yet could be meant as the tunnel's or as a
    // request's: neither reading is safe (rule R8).
    const Error error{ErrorCode::CallerBadHttp, "Bytes came before the upgrade was granted."};
    RequestStream& request = *request_;
    let_go_of_request();
    request.fail(error);
    return answer_with(error);
  }
  answer_.send_head(status, headers, length, wished_persistence(),
                    shared_.date.at(shared_.scheduler.wall_ms()));
  shared_.scheduler.flush_later(*this);
}

std::string& Connection::body_out() {
  shared_.scheduler.flush_later(*this);
  return answer_.body();
}

void Connection::end_answer() {
  answer_.end();
  if (!answer_.complete()) return cut_answer();  // it must not look whole
  let_go_of_request();
  phase_ = Phase::Finishing;
  set_deadline_ms(limits::kLingerMs);
  shared_.scheduler.flush_later(*this);
  shared_.scheduler.wake(*this);
}

void Connection::cut_answer() {
  let_go_of_request();
  phase_ = Phase::Cutting;
  set_deadline_ms(limits::kLingerMs);
  if (answer_.has_output()) shared_.scheduler.flush_later(*this);
  shared_.scheduler.wake(*this);
}

void Connection::become_tunnel() {
  tunnel_ = true;
  answer_.become_raw();
  shared_.scheduler.wake(*this);
}

void Connection::let_go_of_request() noexcept {
  std::exchange(request_, nullptr)->detach(answer_.bytes());
}

std::size_t Connection::queued_bytes() const noexcept {
  return stream_->queued_bytes() + answer_.gathered();
}

void Connection::flush() noexcept {
  if (phase_ == Phase::Closed) return;
  const std::size_t given = answer_.flush(*stream_);
  written_ += given;
  if (answer_.overrun() && phase_ == Phase::Running) cut_answer();
  watch_writing();
  // A socket that takes all at once tells nothing later, so a handler that waits is told here.
  if (phase_ == Phase::Running && given > limits::kStreamOutputBytesMax &&
      stream_->queued_bytes() <= limits::kStreamBufferBytesLow) {
    request_->notify();
  }
  if (phase_ != Phase::Running) shared_.scheduler.wake(*this);
}

// ---- Finishing, Lingering, Cutting -------------------------------------------------------------

Connection::Step Connection::finish() {
  if (stream_->state() == StreamState::Failed) {
    close(false);
    return Step::Wait;
  }
  if (answer_.has_output()) return Step::Wait;  // flush() comes at the end of this turn
  if (answer_.persistence() == Persistence::Close || draining() || !parser_) {
    begin_lingering();
    return Step::Again;
  }
  // The rest of a body that nobody wanted, within bounds.
  while (!body_ended_) {
    drained_ += piece_left_;
    stream_->consume(std::exchange(piece_left_, 0));
    if (drained_ > limits::kDrainBytesMax) break;
    const std::size_t before = stream_->readable().size();
    pull_body();
    if (piece_left_ > 0 || body_ended_ || stream_->readable().size() != before) continue;
    if (before != 0 || stream_->state() != StreamState::Open) break;  // malformed, or no more comes
    return Step::Wait;
  }
  if (!body_ended_) {
    begin_lingering();
    return Step::Again;
  }
  // A client that asks on and on but takes no answer must not make us keep them all.
  if (stream_->queued_bytes() > limits::kStreamBufferBytesLow) {
    deadline_ns_ = UINT64_MAX;
    return Step::Wait;
  }
  shared_.spares.give_back(std::move(parser_));
  phase_ = Phase::Idle;
  set_deadline_ms(shared_.limits.keep_alive_idle_ms);
  return Step::Again;
}

void Connection::begin_lingering() {
  const bool all_read = phase_ == Phase::Idle || (body_ended_ && !tunnel_);
  lingers_ = !all_read || !stream_->readable().empty();
  parser_.reset();
  phase_ = Phase::Lingering;
  deadline_ns_ = UINT64_MAX;
  stream_->shutdown();
}

Connection::Step Connection::linger() {
  while (!stream_->readable().empty()) stream_->consume(stream_->readable().size());
  if (stream_->state() == StreamState::Failed) {
    close(false);
    return Step::Wait;
  }
  if (stream_->queued_bytes() > 0) return Step::Wait;  // a slow reader has its own deadline
  if (stream_->state() == StreamState::Ended || !lingers_) {
    close(false);
    return Step::Wait;
  }
  const std::uint64_t ms = draining() ? limits::kLingerDrainingMs : limits::kLingerMs;
  deadline_ns_ = std::min(deadline_ns_, shared_.scheduler.now_ns() + ms * kMs);
  return Step::Wait;
}

Connection::Step Connection::cut() {
  if (answer_.has_output()) return Step::Wait;
  if (stream_->state() != StreamState::Open || stream_->queued_bytes() == 0) close(true);
  return Step::Wait;
}

void Connection::close(bool reset) {
  phase_ = Phase::Closed;
  alarm_.cancel();
  parser_.reset();
  stream_->set_owner(nullptr);
  stream_->close(reset);
  owner_.connection_done(*this);
}

// ---- time --------------------------------------------------------------------------------------

void Connection::set_deadline_ms(std::uint64_t ms) noexcept {
  deadline_ns_ = shared_.scheduler.now_ns() + ms * kMs;
}

void Connection::arm() noexcept {
  const std::uint64_t next = std::min(deadline_ns_, stall_ns_);
  if (next == UINT64_MAX) return;
  if (!alarm_.armed() || next < alarm_.deadline_ns()) alarm_.set(next);
}

void Connection::deadline_passed() {
  const std::uint64_t now = shared_.scheduler.now_ns();
  if (now >= stall_ns_ && write_stalled()) {
    // Nothing can be told to a client that does not read.
    if (phase_ != Phase::Running) return close(true);
    request_->fail(Error{ErrorCode::CallerGone, "the client takes nothing of its answer"});
  }
  if (now < deadline_ns_) return;
  deadline_ns_ = UINT64_MAX;
  switch (phase_) {
    case Phase::Idle:
      return close(false);
    case Phase::Head:
      return refuse(Error{ErrorCode::CallerTimeout, "The request's head did not arrive in time."});
    case Phase::Running:
      return request_->fail(
          Error{ErrorCode::CallerTimeout, "The request's body did not arrive in time."});
    case Phase::Finishing:
      return begin_lingering();
    case Phase::Lingering:
      return close(false);
    case Phase::Cutting:
      return close(true);
    case Phase::Closed:
      return;
  }
}

// The stream tells when little is left, not each step on the way there, so progress is looked for
// when the alarm rings.
void Connection::watch_writing() noexcept {
  if (stream_->queued_bytes() == 0) {
    stall_ns_ = UINT64_MAX;
  } else if (stall_ns_ == UINT64_MAX) {
    stall_ns_ = shared_.scheduler.now_ns() + limits::kWriteStallMs * kMs;
    stall_mark_ = written_ - stream_->queued_bytes();
    arm();
  }
}

bool Connection::write_stalled() noexcept {
  stall_ns_ = UINT64_MAX;
  const std::uint64_t queued = stream_->queued_bytes();
  if (queued != 0 && written_ - queued == stall_mark_) return true;
  watch_writing();
  return false;
}

}  // namespace aip::server
