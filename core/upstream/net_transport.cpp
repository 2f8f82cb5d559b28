#include "core/upstream/net_transport.h"

#include <optional>
#include <utility>

#include "core/net/connector.h"
#include "core/tls/stream.h"
#include "core/upstream/proxy.h"

namespace aip::upstream {
namespace {

constexpr std::size_t kHostBytesMax = 255;  // what SOCKS5 and DNS can carry

class NetDial final : public Dial, private Wakeable, private StreamOwner {
 public:
  NetDial(NetTransport& transport, const Endpoint& endpoint, DialOwner& owner)
      : transport_(transport), owner_(owner), endpoint_(endpoint) {
    transport_.loop().wake(*this);
  }

  [[nodiscard]] DialPhase phase() const noexcept override { return phase_; }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  [[nodiscard]] std::unique_ptr<ByteStream> take() override {
    stream_->set_owner(nullptr);
    return std::move(stream_);
  }

 private:
  enum class Stage : std::uint8_t {
    Begin,
    LookUpTarget,
    LookUp,
    Connect,
    ProxyTls,
    Proxy,
    Tls,
    Done
  };
  enum class Step : std::uint8_t { Wait, Again };

  void on_stream_event() noexcept override { transport_.loop().wake(*this); }
  void advance() noexcept override {
    while (stage_ != Stage::Done) {
      const Result<Step> step = run();
      if (!step) {
        fail(step.error());
        return;
      }
      if (*step == Step::Wait) return;
    }
  }

  Result<Step> run() {
    switch (stage_) {
      case Stage::Begin:
        return begin();
      case Stage::LookUpTarget:
        return target_found();
      case Stage::LookUp:
        return found();
      case Stage::Connect:
        return connected();
      case Stage::ProxyTls:
      case Stage::Tls:
        return shaken_hands();
      case Stage::Proxy:
        return proxy_answered();
      case Stage::Done:
        break;
    }
    return Step::Wait;
  }

  Result<Step> begin() {
    if (endpoint_.host.size() > kHostBytesMax) {
      return Error{ErrorCode::ProviderConnect, "the host's name is too long"};
    }
    if (!endpoint_.proxy.empty()) {
      Result<Proxy> proxy = parse_proxy(endpoint_.proxy);
      if (!proxy) return std::move(proxy).error();
      proxy_ = std::move(*proxy);
    }
    if (proxy_ && proxy_->local_names) return look_up(endpoint_.host, Stage::LookUpTarget);
    return look_up(proxy_ ? proxy_->host : endpoint_.host, Stage::LookUp);
  }

  Result<Step> look_up(const std::string& host, Stage then) {
    lookup_ = transport_.resolver().look_up(host, static_cast<Wakeable&>(*this));
    stage_ = then;
    return Step::Again;
  }

  Result<Step> target_found() {
    const auto& answer = lookup_->answer();
    if (!answer) return Step::Wait;
    if (!*answer) return Error(answer->error()).at(endpoint_.host);
    target_ = answer->value().front().text();
    return look_up(proxy_->host, Stage::LookUp);
  }

  Result<Step> found() {
    const auto& answer = lookup_->answer();
    if (!answer) return Step::Wait;
    if (!*answer) return Error(answer->error()).at(proxy_ ? "proxy" : endpoint_.host);
    std::vector<net::Address> addresses = answer->value();
    for (net::Address& address : addresses) {
      address.set_port(proxy_ ? proxy_->port : endpoint_.port);
    }
    lookup_.reset();
    connector_ = std::make_unique<net::Connector>(transport_.loop(), std::move(addresses),
                                                  static_cast<Wakeable&>(*this));
    stage_ = Stage::Connect;
    return Step::Again;
  }

  Result<Step> connected() {
    switch (connector_->state()) {
      case net::Connector::State::Connecting:
        return Step::Wait;
      case net::Connector::State::Failed:
        return Error(connector_->error()).at(proxy_ ? "proxy" : endpoint_.host);
      case net::Connector::State::Connected:
        break;
    }
    stream_ = connector_->take();
    stream_->set_owner(this);
    connector_.reset();
    if (!proxy_) return begin_target();
    if (proxy_->tls) return begin_tls(Stage::ProxyTls, proxy_->host, proxy_->port);
    return begin_proxy();
  }

  Result<Step> begin_proxy() {
    handshake_ =
        make_handshake(*proxy_, target_.empty() ? endpoint_.host : target_, endpoint_.port);
    send(handshake_->hello());
    stage_ = Stage::Proxy;
    return Step::Again;
  }

  Result<Step> proxy_answered() {
    while (!handshake_->done() && !stream_->readable().empty()) {
      const Bytes readable = stream_->readable();
      Bytes input = readable;
      const Result<std::string> out = handshake_->feed(input);
      if (!out) return out.error();
      stream_->consume(readable.size() - input.size());
      send(*out);
    }
    if (handshake_->done()) {
      handshake_.reset();
      return begin_target();
    }
    if (stream_->state() != StreamState::Open) {
      return Error{ErrorCode::ProviderConnect, "the proxy closed the connection"};
    }
    return Step::Wait;
  }

  // TCP is through, and the proxy: what is sent from here on is for the target.
  Result<Step> begin_target() {
    if (!endpoint_.tls) return finish();
    phase_ = DialPhase::Handshaking;
    owner_.on_dial_event();
    return begin_tls(Stage::Tls, endpoint_.host, endpoint_.port);
  }

  Result<Step> begin_tls(Stage stage, const std::string& host, std::uint16_t port) {
    const Result<tls::ClientContext*> trust = transport_.trust(endpoint_);
    if (!trust) return trust.error();
    stream_->set_owner(nullptr);
    auto secured =
        tls::make_client_stream(transport_.loop(), std::move(stream_), **trust, host, port);
    tls_ = secured.get();
    stream_ = std::move(secured);
    stream_->set_owner(this);
    stage_ = stage;
    return Step::Again;
  }

  Result<Step> shaken_hands() {
    switch (tls_->handshake()) {
      case tls::Handshake::Running:
        return Step::Wait;
      case tls::Handshake::Failed:
        return Error{ErrorCode::ProviderTls, tls_->error().detail}.at(
            stage_ == Stage::ProxyTls ? "proxy" : endpoint_.host);
      case tls::Handshake::Ready:
        break;
    }
    if (stage_ == Stage::ProxyTls) return begin_proxy();
    return finish();
  }

  Step finish() {
    stage_ = Stage::Done;
    phase_ = DialPhase::Ready;
    owner_.on_dial_event();
    return Step::Wait;
  }

  void fail(Error error) {
    error_ = std::move(error);
    stage_ = Stage::Done;
    phase_ = DialPhase::Failed;
    lookup_.reset();
    connector_.reset();
    stream_.reset();
    owner_.on_dial_event();
  }

  void send(Bytes bytes) {
    if (!bytes.empty()) stream_->write(std::span(&bytes, 1));
  }

  NetTransport& transport_;
  DialOwner& owner_;
  const Endpoint endpoint_;
  Stage stage_ = Stage::Begin;
  DialPhase phase_ = DialPhase::Connecting;
  std::optional<Proxy> proxy_;
  std::string target_;  // the target's address, when the proxy wants one
  std::unique_ptr<net::Lookup> lookup_;
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<ProxyHandshake> handshake_;
  std::unique_ptr<ByteStream> stream_;
  tls::TlsStream* tls_ = nullptr;  // stream_, while its handshake runs
  Error error_;
};

}  // namespace

std::unique_ptr<Dial> NetTransport::connect(const Endpoint& endpoint, DialOwner& owner) {
  return std::make_unique<NetDial>(*this, endpoint, owner);
}

Result<tls::ClientContext*> NetTransport::trust(const Endpoint& endpoint) {
  const tls::Verify verify = endpoint.verify ? tls::Verify::On : tls::Verify::Off;
  std::unique_ptr<tls::ClientContext>& context = trust_[{verify, endpoint.ca_file}];
  if (!context) {
    auto made = tls::ClientContext::make({verify, endpoint.ca_file});
    if (!made) return std::move(made).error();  // the empty place stays, and is tried again
    context = std::move(made).value();
  }
  return context.get();
}

}  // namespace aip::upstream
