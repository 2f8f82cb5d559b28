#include "core/upstream/proxy.h"

#include <charconv>
#include <optional>

#include "core/base/base64.h"
#include "core/http/chars.h"
#include "core/http/parser.h"
#include "core/http/url.h"
#include "core/http/write.h"
#include "core/net/address.h"

namespace aip::upstream {
namespace {

// ---- the URL
// -------------------------------------------------------------------------------------

Error bad_url(const char* what) {
  return {ErrorCode::GatewayConfig, std::string("proxy URL: ") + what};
}

// A '%' that begins no escape is a mistake: nobody knows what password was meant.
std::optional<std::string> decoded(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('%', at)) != std::string_view::npos; at += 3) {
    const std::string_view digits = text.substr(at + 1, 2);
    if (digits.size() != 2 || !http::chars::all(digits, http::chars::kHex)) return std::nullopt;
  }
  return http::percent_decoded(text);
}

std::optional<Proxy> by_scheme(std::string_view scheme) {
  Proxy proxy;
  if (scheme == "http") {
    proxy.port = 80;
  } else if (scheme == "https") {
    proxy.tls = true;
    proxy.port = 443;
  } else if (scheme == "socks5" || scheme == "socks5h") {
    proxy.kind = Proxy::Kind::Socks5;
    proxy.local_names = scheme == "socks5";
    proxy.port = 1080;
  } else {
    return std::nullopt;
  }
  return proxy;
}

bool read_user(std::string_view text, Proxy& proxy) {
  const std::size_t colon = text.find(':');
  auto user = decoded(text.substr(0, colon));
  auto password =
      decoded(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password || user->size() > 255 || password->size() > 255) return false;
  proxy.user = std::move(*user);
  proxy.password = std::move(*password);
  return true;
}

bool read_host(std::string_view text, Proxy& proxy) {
  std::size_t host_end = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    proxy.host = std::string(text.substr(1, bracket - 1));
    if (!net::parse_address(proxy.host, 0)) return false;
    host_end = bracket + 1;
  } else {
    proxy.host = std::string(text.substr(0, host_end));
  }
  if (proxy.host.empty() || proxy.host.find_first_of(" \t\r\n/\\?#@%") != std::string::npos) {
    return false;
  }
  if (host_end >= text.size()) return true;
  if (text[host_end] != ':') return false;
  const std::string_view digits = text.substr(host_end + 1);
  const auto [end, cause] =
      std::from_chars(digits.data(), digits.data() + digits.size(), proxy.port);
  return cause == std::errc() && end == digits.data() + digits.size() && proxy.port != 0;
}

// ---- HTTP CONNECT
// --------------------------------------------------------------------------------

class HttpConnect final : public ProxyHandshake {
 public:
  HttpConnect(const Proxy& proxy, const std::string& host, std::uint16_t port) {
    const bool ipv6 = host.find(':') != std::string::npos;
    const std::string authority = (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    http::write_request_line(hello_, "CONNECT", authority);
    http::write_field(hello_, "host", authority);
    if (!proxy.user.empty() || !proxy.password.empty()) {
      http::write_field(hello_, "proxy-authorization",
                        "Basic " + base64(proxy.user + ":" + proxy.password));
    }
    http::end_head(hello_);
    parser_.expect("CONNECT", false);
  }

  std::string hello() override { return std::move(hello_); }
  [[nodiscard]] bool done() const noexcept override { return done_; }

  Result<std::string> feed(Bytes& input) override {
    for (;;) {
      switch (parser_.next(input).event) {
        case http::ParseEvent::Interim:
          break;
        case http::ParseEvent::Head: {
          const int status = parser_.head().status;
          if (status / 100 == 2) {
            done_ = true;
            return std::string();
          }
          return Error{ErrorCode::ProviderConnect, "the proxy answered " + std::to_string(status)};
        }
        case http::ParseEvent::Failed:
          return Error{ErrorCode::ProviderConnect, "the proxy does not speak HTTP"};
        case http::ParseEvent::NeedMore:
        case http::ParseEvent::Body:  // never before a head
        case http::ParseEvent::End:
          return std::string();
      }
    }
  }

 private:
  http::ResponseParser parser_;
  std::string hello_;
  bool done_ = false;
};

// ---- SOCKS5
// --------------------------------------------------------------------------------------

constexpr char kVersion = 5;
constexpr char kNoAuthentication = 0;
constexpr char kUserAndPassword = 2;

const char* reply_text(int code) noexcept {
  static constexpr const char* kTexts[] = {"succeeded",
                                           "general failure",
                                           "not allowed by its rules",
                                           "network unreachable",
                                           "host unreachable",
                                           "refused",
                                           "time to live expired",
                                           "command not supported",
                                           "address type not supported"};
  return code >= 0 && code < static_cast<int>(std::size(kTexts)) ? kTexts[code] : "unknown reply";
}

class Socks5 final : public ProxyHandshake {
 public:
  Socks5(const Proxy& proxy, const std::string& host, std::uint16_t port)
      : user_(proxy.user), password_(proxy.password), host_(host), port_(port) {}

  std::string hello() override {
    if (user_.empty()) return {kVersion, 1, kNoAuthentication};
    return {kVersion, 2, kNoAuthentication, kUserAndPassword};
  }
  [[nodiscard]] bool done() const noexcept override { return stage_ == Stage::Done; }

  Result<std::string> feed(Bytes& input) override {
    std::string out;
    while (stage_ != Stage::Done) {
      const std::size_t n = std::min(need_ - in_.size(), input.size());
      in_.append(input.substr(0, n));
      input.remove_prefix(n);
      if (in_.size() < need_) break;
      Result<std::string> step = take();
      if (!step) return step;
      out += *step;
    }
    return out;
  }

 private:
  enum class Stage : std::uint8_t { Method, Password, Reply, ReplyRest, Done };

  static Error refused(std::string why) {
    return Error{ErrorCode::ProviderConnect, "the proxy: " + std::move(why)};
  }
  [[nodiscard]] int in(std::size_t i) const noexcept { return static_cast<unsigned char>(in_[i]); }
  std::string go(Stage to, std::size_t need, std::string out) {
    stage_ = to;
    need_ = need;
    in_.clear();
    return out;
  }

  // in_ holds exactly the bytes that the stage needs.
  Result<std::string> take() {
    switch (stage_) {
      case Stage::Method:
        if (in(0) != kVersion) return refused("not SOCKS5");
        if (in(1) == kNoAuthentication) return go(Stage::Reply, kReplyBytesMin, request());
        if (in(1) != kUserAndPassword || user_.empty()) return refused("it wants to know who asks");
        return go(Stage::Password, 2, password());
      case Stage::Password:
        if (in(1) != 0) return refused("user or password is wrong");
        return go(Stage::Reply, kReplyBytesMin, request());
      case Stage::Reply:
        if (in(0) != kVersion) return refused("not SOCKS5");
        if (in(1) != 0) return refused(reply_text(in(1)));
        return rest_of_reply();
      case Stage::ReplyRest:
        return go(Stage::Done, 0, {});
      case Stage::Done:
        break;
    }
    return std::string();
  }

  // The address that the proxy bound is of no use, but its bytes must not be taken for the
  // target's. The first of it came with the fixed part: version, reply, reserved, type, one byte.
  Result<std::string> rest_of_reply() {
    constexpr std::size_t kPort = 2;
    switch (in(3)) {
      case kIpv4:
        return go(Stage::ReplyRest, 4 - 1 + kPort, {});
      case kIpv6:
        return go(Stage::ReplyRest, 16 - 1 + kPort, {});
      case kName:
        return go(Stage::ReplyRest, static_cast<std::size_t>(in(4)) + kPort, {});
      default:
        return refused("not SOCKS5");
    }
  }

  [[nodiscard]] std::string password() const {
    std::string out(1, 1);
    out.push_back(static_cast<char>(user_.size()));
    out += user_;
    out.push_back(static_cast<char>(password_.size()));
    out += password_;
    return out;
  }

  [[nodiscard]] std::string request() const {
    std::string out{kVersion, 1, 0};
    if (const auto literal = net::parse_address(host_, port_)) {
      const bool v4 = literal->storage.ss_family == AF_INET;
      const Bytes raw = literal->raw();
      out.push_back(static_cast<char>(v4 ? kIpv4 : kIpv6));
      out.append(raw);
    } else {
      out.push_back(static_cast<char>(kName));
      out.push_back(static_cast<char>(host_.size()));
      out += host_;
    }
    out.push_back(static_cast<char>(port_ >> 8));
    out.push_back(static_cast<char>(port_ & 0xff));
    return out;
  }

  static constexpr std::size_t kReplyBytesMin = 5;
  static constexpr int kIpv4 = 1, kName = 3, kIpv6 = 4;
  const std::string user_, password_, host_;
  const std::uint16_t port_;
  Stage stage_ = Stage::Method;
  std::size_t need_ = 2;
  std::string in_;
};

}  // namespace

Result<Proxy> parse_proxy(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return bad_url("no scheme");
  std::optional<Proxy> proxy = by_scheme(url.substr(0, colon));
  if (!proxy) return bad_url("the scheme is none of http, https, socks5, socks5h");
  std::string_view rest = url.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    if (!read_user(rest.substr(0, at), *proxy)) return bad_url("user or password");
    rest.remove_prefix(at + 1);
  }
  if (!read_host(rest, *proxy)) return bad_url("host or port");
  return *proxy;
}

std::unique_ptr<ProxyHandshake> make_handshake(const Proxy& proxy, const std::string& host,
                                               std::uint16_t port) {
  switch (proxy.kind) {
    case Proxy::Kind::Http:
      return std::make_unique<HttpConnect>(proxy, host, port);
    case Proxy::Kind::Socks5:
      return std::make_unique<Socks5>(proxy, host, port);
  }
  return nullptr;
}

}  // namespace aip::upstream
