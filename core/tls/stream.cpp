#include "core/tls/stream.h"

#include <utility>

#include "core/tls/engine.h"

namespace aip::tls {
namespace {

constexpr std::size_t kKeepBytes = 2 * 1024;

class Stream final : public TlsStream, private StreamOwner, private Wakeable {
 public:
  // `engine` stays where it is for life: OpenSSL points to it.
  Stream(Scheduler& scheduler, std::unique_ptr<ByteStream> below, std::unique_ptr<Engine> engine)
      : scheduler_(scheduler), below_(std::move(below)), engine_(std::move(engine)) {
    below_->set_owner(this);
    scheduler_.wake(*this);  // the client speaks first
  }

  void set_owner(StreamOwner* owner) noexcept override { owner_ = owner; }
  Bytes readable() const noexcept override { return plain_.view(); }
  void consume(std::size_t n) noexcept override;
  StreamState state() const noexcept override { return state_; }
  const Error& error() const noexcept override { return error_; }
  void set_reading(bool on) noexcept override;
  void write(std::span<const Bytes> pieces) noexcept override;
  std::size_t queued_bytes() const noexcept override {
    return below_->queued_bytes() + early_.size();
  }
  void shutdown() noexcept override;
  void close(bool reset) noexcept override;

  Handshake handshake() const noexcept override { return handshake_; }
  std::string_view alpn() const noexcept override { return engine_->alpn(); }
  bool resumed() const noexcept override { return engine_->resumed(); }

 private:
  void on_stream_event() noexcept override { scheduler_.wake(*this); }
  void advance() noexcept override;
  void pump() noexcept;
  Engine::Step step(Bytes& input) noexcept;
  void handshake_done() noexcept;
  void judge_end_below() noexcept;
  void encrypt(Bytes plain) noexcept;
  void send_output() noexcept;
  void fail(Error error) noexcept;

  Scheduler& scheduler_;
  const std::unique_ptr<ByteStream> below_;
  const std::unique_ptr<Engine> engine_;
  StreamOwner* owner_ = nullptr;

  Handshake handshake_ = Handshake::Running;
  StreamState state_ = StreamState::Open;
  Error error_;
  Buffer plain_;       // decrypted, not yet consumed
  std::string early_;  // written before the handshake was done
  bool reading_ = true;
  bool shut_ = false;    // shutdown() was called
  bool closed_ = false;  // close() was called
};

// Tells the owner of every event below, and of what a consume() brought up.
void Stream::advance() noexcept {
  if (closed_) return;
  pump();
  if (owner_ != nullptr) owner_->on_stream_event();
}

// Moves records up until the plain bytes are at their bound or nothing more has arrived.
void Stream::pump() noexcept {
  while (state_ == StreamState::Open && !closed_) {
    Bytes input = below_->readable();
    const std::size_t before = input.size();
    const std::size_t plain_before = plain_.size();
    const bool was_running = handshake_ == Handshake::Running;
    const Engine::Step done = step(input);
    const bool moved = before != input.size() || plain_before != plain_.size();
    below_->consume(before - input.size());
    send_output();
    switch (done) {
      case Engine::Step::Failed:
        return fail(engine_->error());
      case Engine::Step::Closed:
        state_ = StreamState::Ended;
        return;
      case Engine::Step::Done:
        if (was_running) {
          handshake_done();
          break;
        }
        return;  // no room for more plain bytes
      case Engine::Step::NeedInput:
        if (!moved || below_->readable().empty()) return judge_end_below();
        break;
    }
  }
}

Engine::Step Stream::step(Bytes& input) noexcept {
  if (handshake_ == Handshake::Running) return engine_->handshake(input);
  return engine_->read(input, plain_, kPlainBytesMax);
}

void Stream::handshake_done() noexcept {
  handshake_ = Handshake::Ready;
  below_->set_reading(reading_);
  if (!early_.empty()) encrypt(std::exchange(early_, {}));
  if (shut_) {
    engine_->close_notify();
    send_output();
    below_->shutdown();
  }
}

// All that arrived was read. Is that all there will ever be?
void Stream::judge_end_below() noexcept {
  switch (below_->state()) {
    case StreamState::Open:
      return;
    case StreamState::Failed:
      return fail(below_->error());
    case StreamState::Ended:
      break;
  }
  if (handshake_ == Handshake::Running) {
    return fail(Error{engine_->truncated_code() == ErrorCode::ProviderTruncated
                          ? ErrorCode::ProviderTls
                          : ErrorCode::CallerGone,
                      "TLS: the connection ended during the handshake"});
  }
  fail(Error{engine_->truncated_code(), "TLS: the connection ended without close_notify"});
}

void Stream::fail(Error error) noexcept {
  state_ = StreamState::Failed;
  error_ = std::move(error);
  if (handshake_ == Handshake::Running) handshake_ = Handshake::Failed;
  std::string().swap(early_);
}

void Stream::consume(std::size_t n) noexcept {
  plain_.consume(n);
  if (!plain_.empty() || handshake_ != Handshake::Ready) return;
  pump();
  // The owner looks at readable() next, but an end may need telling.
  if (state_ != StreamState::Open) scheduler_.wake(*this);
}

// During the handshake the stream below must be read, whoever waits above.
void Stream::set_reading(bool on) noexcept {
  reading_ = on;
  if (handshake_ == Handshake::Ready) below_->set_reading(on);
}

void Stream::write(std::span<const Bytes> pieces) noexcept {
  if (state_ == StreamState::Failed || closed_ || shut_) return;
  if (handshake_ == Handshake::Running) {
    for (const Bytes piece : pieces) early_.append(piece);
    return;
  }
  // Small pieces share a record: each record costs 29 bytes and an authentication.
  std::string gathered;
  for (const Bytes piece : pieces) {
    if (gathered.size() + piece.size() > kRecordBytesMax) encrypt(std::exchange(gathered, {}));
    if (piece.size() >= kRecordBytesMax || pieces.size() == 1) {
      encrypt(piece);
    } else {
      gathered.append(piece);
    }
  }
  encrypt(gathered);
  send_output();
}

void Stream::encrypt(Bytes plain) noexcept {
  if (state_ != StreamState::Failed && !engine_->write(plain)) {
    fail(engine_->error());
    scheduler_.wake(*this);
  }
}

void Stream::send_output() noexcept {
  std::string& output = engine_->output();
  if (output.empty()) return;
  const Bytes records = output;
  below_->write(std::span(&records, 1));
  if (output.capacity() > kKeepBytes) {
    std::string().swap(output);
  } else {
    output.clear();
  }
}

void Stream::shutdown() noexcept {
  if (shut_ || closed_ || state_ == StreamState::Failed) return;
  shut_ = true;
  if (handshake_ != Handshake::Ready) return;  // handshake_done() goes on with it
  engine_->close_notify();
  send_output();
  below_->shutdown();
}

void Stream::close(bool reset) noexcept {
  if (closed_) return;
  if (!reset && !shut_ && handshake_ == Handshake::Ready && state_ != StreamState::Failed) {
    engine_->close_notify();
    send_output();
  }
  closed_ = true;
  below_->close(reset);
}

}  // namespace

std::unique_ptr<TlsStream> make_client_stream(Scheduler& scheduler,
                                              std::unique_ptr<ByteStream> below,
                                              ClientContext& context, std::string_view host,
                                              std::uint16_t port) {
  return std::make_unique<Stream>(scheduler, std::move(below),
                                  std::make_unique<Engine>(context, host, port));
}

std::unique_ptr<TlsStream> make_server_stream(Scheduler& scheduler,
                                              std::unique_ptr<ByteStream> below,
                                              const ServerContext& context) {
  return std::make_unique<Stream>(scheduler, std::move(below), std::make_unique<Engine>(context));
}

}  // namespace aip::tls
