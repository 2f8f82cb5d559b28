#include "tests/sim/sabotage.h"

#include <csignal>
#include <utility>

#include "core/base/check.h"
#include "tests/sim/story.h"

namespace aip::sim {
namespace {

constexpr std::uint32_t kKinds = static_cast<std::uint32_t>(Sabotage::Crashes);  // without None
constexpr std::uint32_t kMetPercent = 30;

// A client's stream that does one thing wrong and passes on all else.
class SpoiltStream final : public server::ClientStream {
 public:
  SpoiltStream(std::unique_ptr<server::ClientStream> inner, Sabotage how)
      : inner_(std::move(inner)), how_(how) {}

  void set_owner(server::ClientOwner* owner) noexcept override { inner_->set_owner(owner); }
  const http::RequestHead& head() const noexcept override { return inner_->head(); }
  std::string_view peer_address() const noexcept override { return inner_->peer_address(); }
  std::uint32_t listener() const noexcept override { return inner_->listener(); }
  void want_body() noexcept override { inner_->want_body(); }
  Bytes body() const noexcept override { return inner_->body(); }
  void consume_body(std::size_t n) noexcept override { inner_->consume_body(n); }
  bool body_ended() const noexcept override { return inner_->body_ended(); }
  const Error* failure() const noexcept override {
    const Error* failure = inner_->failure();
    const bool left = failure != nullptr && failure->code == ErrorCode::CallerGone;
    return left && how_ == Sabotage::IgnoresLeaving ? nullptr : failure;
  }

  void send_head(int status, const http::Headers& headers, std::int64_t length) override {
    if (how_ == Sabotage::TooEarly) inner_->send_body("early");
    inner_->send_head(status, headers, length);
  }
  void send_body(Bytes bytes) override { inner_->send_body(bytes); }
  std::string& body_out() override { return inner_->body_out(); }
  void end() override {
    switch (how_) {
      case Sabotage::SpoilsTheEnd:
        if (std::string& out = inner_->body_out(); !out.empty()) out.back() = '#';
        return inner_->end();
      case Sabotage::LosesTheEnd:
        return;
      case Sabotage::CutsShort:
        return inner_->abort();
      case Sabotage::BreaksAPromise:
        AIP_CHECK(how_ != Sabotage::BreaksAPromise);
        return;
      case Sabotage::Crashes:
        // As a bad address does: the instruction is tried again behind whoever handles it.
        for (;;) std::raise(SIGSEGV);
      case Sabotage::None:
      case Sabotage::Forgets:
      case Sabotage::Answers:
      case Sabotage::IgnoresLeaving:
      case Sabotage::TooEarly:
        return inner_->end();
    }
  }
  void abort() override { inner_->abort(); }
  void become_tunnel() override { inner_->become_tunnel(); }
  std::size_t queued_bytes() const noexcept override { return inner_->queued_bytes(); }
  std::uint64_t bytes_received() const noexcept override { return inner_->bytes_received(); }
  std::uint64_t bytes_sent() const noexcept override { return inner_->bytes_sent(); }

 private:
  const std::unique_ptr<server::ClientStream> inner_;
  const Sabotage how_;
};

}  // namespace

Sabotage draw_sabotage(std::uint64_t seed) {
  SeededRandom random(~seed);
  return static_cast<Sabotage>(1 + random.below(kKinds));
}

void Saboteur::on_request(std::unique_ptr<server::ClientStream> stream) {
  if (how_ == Sabotage::None || !chance(random_, kMetPercent)) {
    return gateway_.on_request(std::move(stream));
  }
  if (how_ == Sabotage::Forgets) return;
  if (how_ == Sabotage::Answers) {
    stream->send_head(200, {}, 4);
    stream->send_body("null");
    return stream->end();
  }
  gateway_.on_request(std::make_unique<SpoiltStream>(std::move(stream), how_));
}

}  // namespace aip::sim
