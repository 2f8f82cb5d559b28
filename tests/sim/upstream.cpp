#include "tests/sim/upstream.h"

#include <deque>
#include <utility>

#include "core/base/units.h"
#include "tests/sim/story.h"

namespace aip::sim {
namespace {

constexpr std::uint64_t kCrossingMs = 100;

}  // namespace

class Upstreams::Line final : private StreamOwner, private Wakeable {
 public:
  Line(Upstreams& all, Service service, std::unique_ptr<ByteStream> stream)
      : all_(all), service_(service), stream_(std::move(stream)), alarm_(all.scheduler_, *this) {
    stream_->set_owner(this);
    all_.scheduler_.wake(*this);
  }
  ~Line() override { stream_->set_owner(nullptr); }
  [[nodiscard]] bool over() const noexcept { return over_; }

 private:
  void on_stream_event() noexcept override { all_.scheduler_.wake(*this); }

  void advance() noexcept override {
    if (over_) return;
    if (alarm_.take_fired()) send_piece();
    if (over_) return;
    if (!answering_) read();
    if (stream_->state() != StreamState::Open && !over_) {
      if (current_ != nullptr) current_->gone_ns = all_.scheduler_.now_ns();
      close(false);
    }
  }

  void read() {
    while (!stream_->readable().empty() || head_done_) {
      Bytes input = stream_->readable();
      const std::size_t before = input.size();
      const http::Parsed parsed = parser_.next(input);
      body_.append(parsed.body);
      stream_->consume(before - input.size());
      switch (parsed.event) {
        case http::ParseEvent::Head:
          head_done_ = true;
          break;
        case http::ParseEvent::Body:
          break;
        case http::ParseEvent::End:
          return answer();
        case http::ParseEvent::Failed:
          all_.complaint_ = "the gateway sent bad HTTP upstream: " + parser_.error().detail;
          return close(true);
        case http::ParseEvent::NeedMore:
        case http::ParseEvent::Interim:
          if (stream_->readable().empty()) return;
          break;
      }
    }
  }

  void answer() {
    const http::RequestHead& head = parser_.head();
    Ask ask;
    ask.service = service_;
    ask.method = head.method;
    ask.chat = head.path == "/v1/chat/completions" || head.path == "/v1/messages";
    ask.stream = body_.find("\"stream\":true") != std::string::npos;
    const auto number = number_in(ask.chat ? std::string_view(body_) : std::string_view(head.path));
    if (!number) all_.complaint_ = "a request without a number: " + head.path + " " + body_;
    ask.number = number.value_or(0);
    ++all_.requests_;
    script_ = draw_script(all_.random_, ask);
    if (script_.fault == Fault::Surplus) all_.sent_surplus_ = true;
    if (surplus_ns_ != 0) {
      // The bytes that nobody had asked for may have crossed with this request: then they look like
      // its answer. But once they have arrived, the connection must not be used again (rule Q5).
      if (all_.scheduler_.now_ns() - surplus_ns_ > kCrossingMs * kMs) {
        all_.complaint_ = "a connection with surplus bytes was used again";
      }
      script_ = {Fault::Surplus, {}, Script::Then::Reset, false};
    }
    std::vector<Seen>& seen = all_.seen_[ask.number];
    seen.reserve(16);  // current_ points into it
    AIP_CHECK(seen.size() < 16);
    seen.push_back(
        {script_.fault, script_.good, ask.chat ? 0 : body_.size(), all_.scheduler_.now_ns()});
    current_ = &seen.back();
    answering_ = true;
    next_ = 0;
    body_.clear();
    head_done_ = false;
    parser_.reset();
    wait();
  }

  void wait() {
    std::uint64_t ms = all_.random_.below(20);
    if (chance(all_.random_, 2)) ms = all_.random_.below(18'000);  // a thoughtful model
    alarm_.set(all_.scheduler_.now_ns() + ms * kMs);
  }

  void send_piece() {
    if (next_ < script_.pieces.size()) {
      const Bytes piece = script_.pieces[next_++];
      stream_->write({&piece, 1});
      if (next_ == script_.pieces.size() && script_.then != Script::Then::Hang) {
        current_->answered_ns = all_.scheduler_.now_ns();
      }
      return wait();
    }
    switch (script_.then) {
      case Script::Then::Hang:
        return;
      case Script::Then::Keep:
        if (script_.fault == Fault::Surplus) surplus_ns_ = all_.scheduler_.now_ns();
        current_ = nullptr;
        answering_ = false;
        return;
      case Script::Then::End:
        current_ = nullptr;
        stream_->shutdown();  // and wait for the gateway to leave
        return;
      case Script::Then::Reset:
        current_->answered_ns = all_.scheduler_.now_ns();
        return close(true);
    }
  }

  void close(bool reset) {
    over_ = true;
    current_ = nullptr;
    alarm_.cancel();
    stream_->close(reset);
  }

  Upstreams& all_;
  const Service service_;
  const std::unique_ptr<ByteStream> stream_;
  Alarm alarm_;
  http::RequestParser parser_;
  std::string body_;
  bool head_done_ = false;
  bool answering_ = false;
  bool over_ = false;
  std::uint64_t surplus_ns_ = 0;  // when bytes were sent that belong to no answer
  Script script_;
  std::size_t next_ = 0;
  Seen* current_ = nullptr;
};

Upstreams::Upstreams(Scheduler& scheduler, Random& random)
    : scheduler_(scheduler), random_(random) {}

Upstreams::~Upstreams() = default;

void Upstreams::accept(test::FakeTransport::Accepted accepted) {
  const Service service =
      accepted.endpoint.host == "claude.sim" ? Service::Claude : Service::OpenAi;
  lines_.push_back(std::make_unique<Line>(*this, service, std::move(accepted.far)));
}

std::size_t Upstreams::open() const {
  std::size_t n = 0;
  for (const auto& line : lines_) n += line->over() ? 0 : 1;
  return n;
}

}  // namespace aip::sim
