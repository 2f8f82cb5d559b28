#include <algorithm>
#include <array>

#include "core/http/body_guard.h"
#include "core/http/grammar.h"
#include "core/http/head_guard.h"
#include "core/http/llhttp_driver.h"
#include "core/http/parser.h"

namespace aip::http {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET",   "HEAD",   "POST",   "PUT",
                                                   "PATCH", "DELETE", "OPTIONS"};
// Fields that Connection may not declare to be hop-by-hop: that would take them from the request.
constexpr std::array<std::string_view, 9> kNotHopByHop{
    "content-length", "host",   "authorization", "x-api-key",   "x-goog-api-key",
    "api-key",        "cookie", "content-type",  "x-request-id"};
// Room for the method, the version and the blanks around the target.
constexpr std::size_t kStartLineRoom = 32;

Error bad(std::string what) {
  return {ErrorCode::CallerBadHttp, std::move(what)};
}

HeadGuard::Limits head_limits(const ParserLimits& limits) {
  return {limits.head_bytes_max,
          limits.fields_max,
          limits.url_bytes_max + kStartLineRoom,
          limits::kBlankBytesBeforeStartMax,
          ErrorCode::CallerHeadTooLarge,
          ErrorCode::CallerHeadTooLarge,
          ErrorCode::CallerUriTooLong,
          ErrorCode::CallerBadHttp};
}

}  // namespace

struct RequestParser::State {
  explicit State(const ParserLimits& l) : limits(l), guard(head_limits(l)), driver(HTTP_REQUEST) {}

  Status read_head();
  Status read_start_line(std::string_view line);
  Status judge_host() const;
  Status judge_framing();
  Status judge_connection();

  const ParserLimits limits;
  HeadGuard guard;
  BodyGuard body;
  LlhttpDriver driver;
  RequestHead head;
  Error error;
  bool head_done = false;
  bool failed = false;
  bool ended = false;
};

// R3: METHOD SP target SP HTTP/1.x, each exactly once.
Status RequestParser::State::read_start_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("The start line is malformed.");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("The HTTP version is not served.");
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return bad("The method is not served.");
  }
  if (target.size() > limits.url_bytes_max) {
    return Error{ErrorCode::CallerUriTooLong, "The request target is longer than " +
                                                  std::to_string(limits.url_bytes_max) + " bytes."};
  }
  if (!is_target(method, target)) return bad("The request target is malformed.");
  head.method = method;
  head.target = target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  head.path = target.substr(0, mark);
  head.query = target.substr(std::min(mark + 1, target.size()));
  head.minor_version = version.back() - '0';
  return {};
}

Status RequestParser::State::judge_host() const {
  const std::size_t hosts = head.headers.count("host");
  if (hosts > 1 || (hosts == 0 && head.minor_version == 1))
    return bad("One Host field is required.");
  if (hosts == 1 && !is_host(head.headers.get("host"))) return bad("The Host field is malformed.");
  return {};
}

// R5, R6: a Transfer-Encoding, even an empty one, is the single word chunked, or the message is
// refused; it never stands beside a Content-Length.
Status RequestParser::State::judge_framing() {
  const std::size_t codings = head.headers.count("transfer-encoding");
  const std::size_t lengths = head.headers.count("content-length");
  if (codings > 0) {
    if (codings > 1 || lengths > 0 || head.minor_version == 0 ||
        !same_name(head.headers.get("transfer-encoding"), "chunked")) {
      return bad("The Transfer-Encoding is not served.");
    }
    head.framing = Framing::Chunked;
    return {};
  }
  if (lengths == 0) return {};
  const auto length = parse_length(head.headers.get("content-length"));
  if (lengths > 1 || !length) return bad("The Content-Length is malformed.");
  if (*length > limits.body_bytes_max) {
    return Error{ErrorCode::CallerBodyTooLarge,
                 "The body is larger than " + std::to_string(limits.body_bytes_max) + " bytes."};
  }
  head.framing = *length > 0 ? Framing::Length : Framing::None;
  head.content_length = *length;
  return {};
}

// R8, R9: what Connection says is read here; llhttp's opinion is not asked.
Status RequestParser::State::judge_connection() {
  head.keep_alive = head.minor_version == 1;
  bool upgrade = false;
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const Headers::Field field = head.headers[i];
    if (!same_name(field.name, "connection")) continue;
    for (const std::string_view name : kNotHopByHop) {
      if (list_holds(field.value, name))
        return bad("Connection names a field that it may not name.");
    }
    if (list_holds(field.value, "keep-alive")) head.keep_alive = true;
    if (list_holds(field.value, "upgrade")) upgrade = true;
  }
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const Headers::Field field = head.headers[i];
    if (same_name(field.name, "connection") && list_holds(field.value, "close"))
      head.keep_alive = false;
  }
  head.expect_continue =
      head.minor_version == 1 && same_name(head.headers.get("expect"), "100-continue");
  head.upgrade_websocket = upgrade && head.method == "GET" && head.framing == Framing::None &&
                           same_name(head.headers.get("upgrade"), "websocket");
  return {};
}

Status RequestParser::State::read_head() {
  const std::string_view text = guard.text();
  if (Status start = read_start_line(text.substr(0, text.find('\r'))); !start) return start;
  Headers all;
  if (!driver.head(text, all, false)) return bad("The head is malformed.");
  // An underscore is a dash to some programs behind us, so such a name never passes (R2).
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Headers::Field field = all[i];
    if (field.name.find('_') == std::string_view::npos) head.headers.add(field.name, field.value);
  }
  if (Status host = judge_host(); !host) return host;
  if (Status framing = judge_framing(); !framing) return framing;
  if (Status connection = judge_connection(); !connection) return connection;
  body.begin(head.framing, head.content_length, limits.body_bytes_max, ErrorCode::CallerBadHttp,
             ErrorCode::CallerBodyTooLarge);
  return {};
}

RequestParser::RequestParser(const ParserLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;

Parsed RequestParser::next(Bytes& input) {
  State& s = *state_;
  const auto fail = [&s](Error error) {
    s.failed = true;
    s.error = std::move(error);
    return Parsed{ParseEvent::Failed, {}};
  };
  if (s.failed) return {ParseEvent::Failed, {}};
  if (!s.head_done) {
    Result<bool> complete = s.guard.feed(input);
    if (!complete) return fail(std::move(complete).error());
    if (!*complete) return {};
    if (Status head = s.read_head(); !head) return fail(std::move(head).error());
    s.head_done = true;
    return {ParseEvent::Head, {}};
  }
  if (s.ended) return {ParseEvent::End, {}};
  Result<BodyGuard::Piece> piece = s.body.next(input);
  if (!piece) return fail(std::move(piece).error());
  if (!s.driver.body(piece->framed, piece->data.size())) return fail(bad("The body is malformed."));
  if (piece->ended && !s.driver.message_complete()) return fail(bad("The body is malformed."));
  s.ended = piece->ended;
  if (!piece->data.empty()) return {ParseEvent::Body, piece->data};
  return {s.ended ? ParseEvent::End : ParseEvent::NeedMore, {}};
}

RequestHead& RequestParser::head() noexcept {
  return state_->head;
}
const Error& RequestParser::error() const noexcept {
  return state_->error;
}

void RequestParser::reset() {
  State& s = *state_;
  s.guard.reset();
  s.driver.reset();
  s.head = RequestHead();
  s.head_done = s.ended = false;
}

bool RequestParser::idle() const noexcept {
  return !state_->head_done && state_->guard.idle();
}

}  // namespace aip::http
