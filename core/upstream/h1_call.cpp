#include "core/upstream/h1_call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/units.h"
#include "core/http/write.h"
#include "core/upstream/request_head.h"

namespace aip::upstream {
namespace {

http::ParserLimits parser_limits(const CallSpec& spec) noexcept {
  http::ParserLimits limits = http::ParserLimits::for_answers();
  limits.head_bytes_max = spec.head_bytes_max;
  return limits;
}

constexpr const char* kWrongLength = "a request body of another length than was said";

}  // namespace

// ---- the way to a connection
// ---------------------------------------------------------------------

H1Call::H1Call(Scheduler& scheduler, Transport& transport, Pool& pool, CallSpec spec,
               CallOwner& owner)
    : scheduler_(scheduler),
      transport_(transport),
      pool_(pool),
      owner_(owner),
      spec_(std::move(spec)),
      framing_(request_framing(spec_)),
      deadlines_(scheduler, *this, spec_.timeouts),
      parser_(parser_limits(spec_)) {
  Result<http::Url> url = http::parse_url(spec_.url);
  if (!url) {
    fail(Error{ErrorCode::GatewayPlugin, "the URL of a call"});
    return;
  }
  url_ = std::move(*url);
  Result<std::string> head = request_head(spec_, url_);
  if (!head) {
    fail(std::move(head).error());
    return;
  }
  request_head_ = std::move(*head);
  parser_.expect(spec_.method, spec_.upgrade);
  // An upgrade cannot be sent again if the pooled connection turns out to be closed.
  std::unique_ptr<ByteStream> pooled = spec_.upgrade ? nullptr : pool_.take(pool_key());
  if (pooled) {
    stats_.reused = true;
    begin(std::move(pooled));
  } else {
    dial();
  }
}

// Cancelled: a reset, so that the upstream sees at once that nobody reads any more.
H1Call::~H1Call() {
  if (stream_) stream_->close(true);
}

PoolKey H1Call::pool_key() const {
  return {url_.host,
          url_.port,
          url_.tls,
          spec_.identity.verify,
          spec_.identity.ca_file,
          spec_.identity.proxy,
          spec_.identity.credential};
}

void H1Call::dial() {
  ++stats_.dials;
  phase_ = Phase::Dialing;
  dial_phase_ = DialPhase::Connecting;
  deadlines_.enter(Deadlines::Phase::Connect);
  dial_ = transport_.connect({url_.host, url_.port, url_.tls, spec_.identity.verify,
                              spec_.identity.ca_file, spec_.identity.proxy},
                             *this);
}

void H1Call::on_dial_progress() {
  const DialPhase now = dial_->phase();
  if (now == DialPhase::Failed) {
    fail(dial_->error());
  } else if (now == DialPhase::Ready) {
    stats_.connect_ns = deadlines_.since_start_ns();
    begin(dial_->take());
    dial_.reset();
  } else if (now != dial_phase_) {
    deadlines_.enter(Deadlines::Phase::Tls);
  }
  dial_phase_ = now;
}

void H1Call::begin(std::unique_ptr<ByteStream> stream) {
  stream_ = std::move(stream);
  counted_.emplace(pool_.in_use());
  stream_->set_owner(this);
  if (!reading_) stream_->set_reading(false);
  phase_ = Phase::Waiting;
  deadlines_.enter(Deadlines::Phase::FirstByte);
  scheduler_.flush_later(*this);
}

bool H1Call::redial_if_stale() {
  const bool quick = deadlines_.since_progress_ns() < kStaleMs * kMs;
  const bool untouched = phase_ == Phase::Waiting && stats_.bytes_received == 0;
  const bool repeatable = !spec_.body_streams && !spec_.upgrade && (quick || spec_.replayable);
  if (!stats_.reused || !untouched || !repeatable) return false;
  stats_.reused = false;
  request_sent_ = false;
  body_at_ = 0;
  unsent_ = 0;
  stats_.bytes_sent = 0;
  stream_.reset();
  counted_.reset();
  dial();
  return true;
}

// ---- events
// --------------------------------------------------------------------------------------

void H1Call::on_stream_event() noexcept {
  note_upload();
  if (body_at_ < spec_.body.size()) scheduler_.flush_later(*this);
  owner_.on_call_event();
}

void H1Call::advance() noexcept {
  if (deadlines_.rang()) on_alarm();
  if (phase_ == Phase::Dialing && dial_) on_dial_progress();
  if (phase_ == Phase::Failed) owner_.on_call_event();
}

void H1Call::on_alarm() {
  if (phase_ == Phase::Ended || phase_ == Phase::Failed) return;
  // Time during which this side holds things up is not the peer's.
  if (stream_) {
    note_upload();
    const bool owner_uploads = phase_ == Phase::Waiting && spec_.body_streams && !spec_.upgrade &&
                               !body_ended_ && stream_->queued_bytes() == 0;
    const bool owner_does_not_read = !reading_ || !stream_->readable().empty();
    if (owner_uploads || (phase_ != Phase::Waiting && owner_does_not_read)) deadlines_.progress();
  }
  const std::optional<ErrorCode> code = deadlines_.passed();
  if (code) fail(Error{*code, url_.authority});
}

// ---- the request
// ---------------------------------------------------------------------------------

void H1Call::send_body(Bytes bytes) {
  if (phase_ == Phase::Ended || phase_ == Phase::Failed || bytes.empty()) return;
  if (spec_.upgrade && phase_ != Phase::Tunnel) {
    held_.append(bytes);  // a tunnel does not exist before 101 (Pingora's CVE-2026-2833)
    return;
  }
  if (body_ended_ && phase_ != Phase::Tunnel) return;
  streamed_ += bytes.size();
  if (framing_ == http::Framing::Length && streamed_ > announced_length()) {
    // The surplus would be read as the next request on this connection.
    fail(Error{ErrorCode::GatewayInternal, kWrongLength});
    return;
  }
  if (framing_ == http::Framing::Chunked) {
    http::write_chunk_size(out_.tail(), bytes.size());
    out_.append(bytes);
    out_.append(http::kChunkEnd);
  } else {
    out_.append(bytes);
  }
  scheduler_.flush_later(*this);
}

void H1Call::end_body() {
  if (phase_ == Phase::Tunnel) {
    shutdown_ = true;
    scheduler_.flush_later(*this);
    return;
  }
  if (body_ended_ || spec_.upgrade || phase_ == Phase::Ended || phase_ == Phase::Failed) return;
  body_ended_ = true;
  if (framing_ == http::Framing::Chunked) {
    out_.append(http::kLastChunk);
    scheduler_.flush_later(*this);
  } else if (streamed_ != announced_length()) {
    fail(Error{ErrorCode::GatewayInternal, kWrongLength});
  }
}

std::uint64_t H1Call::announced_length() const noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(spec_.body_length, 0));
}

std::size_t H1Call::queued_bytes() const noexcept {
  return out_.size() + held_.size() + (stream_ ? stream_->queued_bytes() : 0);
}

bool H1Call::request_complete() const noexcept {
  const bool body_done = spec_.body_streams ? body_ended_ : body_at_ == spec_.body.size();
  return body_done && out_.empty() && stream_->queued_bytes() == 0;
}

// One write: the head if it has not gone yet, what was gathered, and a slice of a whole body.
void H1Call::flush() noexcept {
  if (!stream_) return;
  std::array<Bytes, 3> pieces;
  if (!request_sent_) pieces[0] = request_head_;
  pieces[1] = out_.view();
  if (!spec_.body_streams && stream_->queued_bytes() <= limits::kStreamBufferBytesLow) {
    pieces[2] = Bytes(spec_.body).substr(body_at_, limits::kStreamBufferBytesMax);
  }
  const std::size_t size = pieces[0].size() + pieces[1].size() + pieces[2].size();
  if (size > 0) {
    const bool waited = unsent_ > 0;
    request_sent_ = true;
    body_at_ += pieces[2].size();
    stats_.bytes_sent += size;
    stream_->write(pieces);
    out_.clear();
    unsent_ = stream_->queued_bytes();
    if (phase_ == Phase::Waiting || (phase_ == Phase::Tunnel && !waited)) deadlines_.progress();
    if (unsent_ <= limits::kStreamBufferBytesLow) go_on_sending(size);
  }
  if (shutdown_) stream_->shutdown();
}

// A socket that takes all at once tells nothing later, so who waits for room is told here.
void H1Call::go_on_sending(std::size_t written) noexcept {
  if (body_at_ < spec_.body.size()) {
    scheduler_.flush_later(*this);
  } else if (spec_.body_streams && written >= limits::kStreamOutputBytesMax) {
    owner_.on_call_event();
  }
}

// The peer takes our bytes: that is progress while the answer is awaited, and in a tunnel.
void H1Call::note_upload() noexcept {
  const std::size_t queued = stream_->queued_bytes();
  if (queued < unsent_ && (phase_ == Phase::Waiting || phase_ == Phase::Tunnel)) {
    deadlines_.progress();
  }
  unsent_ = queued;
}

void H1Call::set_reading(bool on) noexcept {
  if (reading_ == on) return;
  reading_ = on;
  if (!stream_) return;
  stream_->set_reading(on);
  if (on && phase_ != Phase::Waiting) deadlines_.progress();
}

// ---- the answer
// ----------------------------------------------------------------------------------

CallEvent H1Call::next() {
  bytes_ = {};
  if (lent_ > 0) consume(std::exchange(lent_, 0));
  switch (phase_) {
    case Phase::Dialing:
    case Phase::Ended:
      return CallEvent::None;
    case Phase::Waiting:
    case Phase::Answering:
      return next_of_answer();
    case Phase::Tunnel:
      return next_of_tunnel();
    case Phase::Failed:
      return CallEvent::Failed;
  }
  return CallEvent::None;
}

CallEvent H1Call::next_of_answer() {
  for (;;) {
    const Bytes readable = stream_->readable();
    if (!readable.empty() && stats_.first_byte_ns == 0) {
      stats_.first_byte_ns = deadlines_.since_start_ns();
    }
    Bytes input = readable;
    const http::Parsed parsed = parser_.next(input);
    const std::size_t taken = readable.size() - input.size();
    switch (parsed.event) {
      case http::ParseEvent::NeedMore:
        consume(taken);
        if (stream_->readable().empty()) return input_ended();
        break;  // the stream has a further piece
      case http::ParseEvent::Interim:
        consume(taken);
        break;
      case http::ParseEvent::Head:
        consume(taken);
        return take_head();
      case http::ParseEvent::Body:
        return lend(parsed.body, taken);
      case http::ParseEvent::End:
        consume(taken);
        return end();
      case http::ParseEvent::Failed:
        return fail(parser_.error());
    }
  }
}

CallEvent H1Call::take_head() {
  head_ = std::move(parser_.head());
  forget_request();
  if (head_.status == 101) {
    phase_ = Phase::Tunnel;
    deadlines_.enter(Deadlines::Phase::TunnelIdle);
    if (!held_.empty()) {
      out_.append(std::exchange(held_, {}));
      scheduler_.flush_later(*this);
    }
  } else {
    phase_ = Phase::Answering;
    deadlines_.enter(Deadlines::Phase::Idle);
    held_.clear();
  }
  return CallEvent::Head;
}

// From the answer's head on, the request is never sent again.
void H1Call::forget_request() noexcept {
  if (body_at_ < spec_.body.size()) return;  // the peer answers early; it still gets the rest
  body_at_ = 0;
  std::string().swap(spec_.body);
  std::string().swap(request_head_);
}

CallEvent H1Call::lend(Bytes bytes, std::size_t taken) noexcept {
  bytes_ = bytes;
  lent_ = taken;
  // Who floods and takes nothing does not live on its flood.
  if (phase_ != Phase::Tunnel || unsent_ == 0) deadlines_.progress();
  return CallEvent::Body;
}

void H1Call::consume(std::size_t n) noexcept {
  stats_.bytes_received += n;
  stream_->consume(n);
}

// Everything that arrived was taken; is there more to come?
CallEvent H1Call::input_ended() {
  if (stream_->state() == StreamState::Open) return CallEvent::None;
  if (redial_if_stale()) return CallEvent::None;
  if (stream_->state() == StreamState::Failed) {
    return fail(Error{ErrorCode::ProviderTruncated, stream_->error().detail});
  }
  const http::Parsed parsed = parser_.finish();
  if (parsed.event != http::ParseEvent::End) return fail(parser_.error());
  return end();
}

CallEvent H1Call::next_of_tunnel() {
  const Bytes readable = stream_->readable();
  if (!readable.empty()) return lend(readable, readable.size());
  switch (stream_->state()) {
    case StreamState::Open:
      return CallEvent::None;
    case StreamState::Ended:
      return end();
    case StreamState::Failed:
      return fail(Error{ErrorCode::ProviderTruncated, stream_->error().detail});
  }
  return CallEvent::None;
}

CallEvent H1Call::end() {
  const bool clean = phase_ == Phase::Answering && head_.keep_alive && request_complete() &&
                     stream_->state() == StreamState::Open && stream_->readable().empty();
  phase_ = Phase::Ended;
  deadlines_.cancel();
  stream_->set_owner(nullptr);
  std::unique_ptr<ByteStream> stream = std::move(stream_);
  counted_.reset();
  if (clean) pool_.give(pool_key(), std::move(stream));
  return CallEvent::End;
}

// The socket goes at once; the owner hears of it from next(), or is woken if it did not ask.
CallEvent H1Call::fail(Error error) {
  phase_ = Phase::Failed;
  error_ = std::move(error);
  deadlines_.cancel();
  dial_.reset();
  if (stream_) {
    stream_->set_owner(nullptr);
    stream_->close(true);
    stream_.reset();
    counted_.reset();
  }
  bytes_ = {};
  lent_ = 0;
  scheduler_.wake(*this);
  return CallEvent::Failed;
}

}  // namespace aip::upstream
