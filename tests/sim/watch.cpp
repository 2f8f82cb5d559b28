#include "tests/sim/watch.h"

#include "core/base/limits.h"

namespace aip::sim {
namespace {

// The mark, one piece that was taken below it, and the framing. Everything that an upstream of the
// simulation answers in one piece is smaller than that piece.
constexpr std::size_t kQueuedMax =
    limits::kStreamOutputBytesMax + limits::kReadSlabBytes + std::size_t{8} * 1024;

class WatchedStream final : public server::ClientStream, private server::ClientOwner {
 public:
  WatchedStream(Scheduler& scheduler, Ledger& ledger, std::unique_ptr<server::ClientStream> inner,
                std::uint32_t number)
      : scheduler_(scheduler), ledger_(ledger), inner_(std::move(inner)), number_(number) {
    inner_->set_owner(this);
  }
  ~WatchedStream() override {
    owner_ = nullptr;
    if (!over_) end_once();
  }

  void set_owner(server::ClientOwner* owner) noexcept override { owner_ = owner; }
  const http::RequestHead& head() const noexcept override { return inner_->head(); }
  std::string_view peer_address() const noexcept override { return inner_->peer_address(); }
  std::uint32_t listener() const noexcept override { return inner_->listener(); }
  void want_body() noexcept override { inner_->want_body(); }
  Bytes body() const noexcept override { return inner_->body(); }
  void consume_body(std::size_t n) noexcept override {
    if (n > inner_->body().size()) complain("more body consumed than there was");
    inner_->consume_body(n);
  }
  bool body_ended() const noexcept override { return inner_->body_ended(); }
  const Error* failure() const noexcept override { return inner_->failure(); }

  void send_head(int status, const http::Headers& headers, std::int64_t length) override {
    if (over_ || head_sent_) complain("a head where none may stand");
    head_sent_ = true;
    inner_->send_head(status, headers, length);
  }
  void send_body(Bytes bytes) override { body_out().append(bytes); }
  std::string& body_out() override {
    if (over_ || !head_sent_) complain("body bytes where none may stand");
    if (inner_->queued_bytes() > kQueuedMax) complain("too much waits for the client");
    return inner_->body_out();
  }
  void end() override {
    if (!head_sent_) complain("an end without a head");
    end_once();
    inner_->end();
  }
  void abort() override {
    end_once();
    inner_->abort();
  }
  void become_tunnel() override { inner_->become_tunnel(); }
  std::size_t queued_bytes() const noexcept override { return inner_->queued_bytes(); }
  std::uint64_t bytes_received() const noexcept override { return inner_->bytes_received(); }
  std::uint64_t bytes_sent() const noexcept override { return inner_->bytes_sent(); }

 private:
  void on_client_event() noexcept override {
    Watched& seen = ledger_.requests[number_];
    const Error* failure = inner_->failure();
    if (failure != nullptr && failure->code == ErrorCode::CallerGone &&
        seen.gone_ns == UINT64_MAX) {
      seen.gone_ns = scheduler_.now_ns();
    }
    if (owner_ != nullptr) owner_->on_client_event();
  }
  void end_once() {
    over_ = true;
    ++ledger_.requests[number_].ends;
  }
  void complain(std::string_view what) const {
    ledger_.complain(request_id_of(number_) + " " + std::string(what), scheduler_.now_ns());
  }

  Scheduler& scheduler_;
  Ledger& ledger_;
  const std::unique_ptr<server::ClientStream> inner_;
  const std::uint32_t number_;
  server::ClientOwner* owner_ = nullptr;
  bool head_sent_ = false;
  bool over_ = false;
};

}  // namespace

void Watch::on_request(std::unique_ptr<server::ClientStream> stream) {
  const auto number = number_in(stream->head().headers.get("x-request-id"));
  if (!number || ledger_.requests.contains(*number)) {
    ledger_.complain("a request that nobody sent: " + stream->head().target, scheduler_.now_ns());
    return;
  }
  ledger_.requests[*number];
  gateway_.on_request(
      std::make_unique<WatchedStream>(scheduler_, ledger_, std::move(stream), *number));
}

}  // namespace aip::sim
