#include <algorithm>

#include "core/http/body_guard.h"
#include "core/http/grammar.h"
#include "core/http/head_guard.h"
#include "core/http/llhttp_driver.h"
#include "core/http/parser.h"

namespace aip::http {
namespace {

constexpr std::size_t kStatusLineBytesMax = 1024;

Error bad(std::string what) {
  return {ErrorCode::ProviderProtocol, std::move(what)};
}

HeadGuard::Limits head_limits(const ParserLimits& limits) {
  return {limits.head_bytes_max,       limits::kUpstreamHeaderFieldsMax,
          kStatusLineBytesMax,         0,
          ErrorCode::ProviderTooLarge, ErrorCode::ProviderTooLarge,
          ErrorCode::ProviderProtocol, ErrorCode::ProviderProtocol};
}

}  // namespace

struct ResponseParser::State {
  explicit State(const ParserLimits& l) : limits(l), guard(head_limits(l)), driver(HTTP_RESPONSE) {}

  Status read_head();
  Status read_status_line(std::string_view line);
  Status judge_framing();
  Status judge_switch() const;
  [[nodiscard]] bool bodiless() const noexcept {
    return head.status < 200 || head.status == 204 || head.status == 304 || head_request;
  }
  void next_message() {
    guard.reset();
    driver.reset();
    head = ResponseHead();
    head_done = ended = interim = false;
  }

  const ParserLimits limits;
  HeadGuard guard;
  BodyGuard body;
  LlhttpDriver driver;
  ResponseHead head;
  Error error;
  std::size_t interim_answers = 0;
  bool head_request = false;
  bool upgrade_asked = false;
  bool head_done = false;
  bool interim = false;
  bool failed = false;
  bool ended = false;
};

// Q1: HTTP/1.x SP 3DIGIT, then the end or SP and a printable reason.
Status ResponseParser::State::read_status_line(std::string_view line) {
  if (line.size() < 12 || !(line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 "))) {
    return bad("The status line is malformed.");
  }
  const std::string_view code = line.substr(9, 3);
  if (code.find_first_not_of("0123456789") != std::string_view::npos || code.front() < '1' ||
      code.front() > '5' || (line.size() > 12 && line[12] != ' ')) {
    return bad("The status line is malformed.");
  }
  head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  head.minor_version = line[7] - '0';
  return {};
}

// Q2, Q3: framing is chunked alone, or one Content-Length, or the connection's end. An answer that
// has no body by its nature declares none (304 and answers to HEAD may tell the length).
Status ResponseParser::State::judge_framing() {
  const std::size_t codings = head.headers.count("transfer-encoding");
  const std::size_t lengths = head.headers.count("content-length");
  if (codings > 0 && (codings > 1 || lengths > 0 || head.minor_version == 0 ||
                      !same_name(head.headers.get("transfer-encoding"), "chunked"))) {
    return bad("The Transfer-Encoding is not understood.");
  }
  if (lengths > 0) {
    const auto length = parse_length(head.headers.get("content-length"));
    if (lengths > 1 || !length) return bad("The Content-Length is malformed.");
    head.content_length = *length;
  }
  if ((head.status < 200 || head.status == 204) && codings + lengths > 0) {
    return bad("An answer without a body declares one.");
  }
  if (bodiless()) {
    head.framing = Framing::None;
  } else if (codings > 0) {
    head.framing = Framing::Chunked;
  } else if (lengths > 0) {
    head.framing = head.content_length > 0 ? Framing::Length : Framing::None;
  } else {
    head.framing = Framing::UntilClose;
  }
  return {};
}

Status ResponseParser::State::judge_switch() const {
  if (head.status != 101) return {};
  if (!upgrade_asked || !head.headers.find("upgrade")) return bad("101 was not asked for.");
  return {};
}

Status ResponseParser::State::read_head() {
  const std::string_view text = guard.text();
  if (Status line = read_status_line(text.substr(0, text.find('\r'))); !line) return line;
  if (!driver.head(text, head.headers, bodiless())) return bad("The head is malformed.");
  if (Status framing = judge_framing(); !framing) return framing;
  if (Status upgrade = judge_switch(); !upgrade) return upgrade;
  interim = head.status < 200 && head.status != 101;
  if (interim && ++interim_answers > limits::kInterimAnswersMax) {
    return bad("There are too many interim answers.");
  }
  head.keep_alive = head.minor_version == 1 && head.framing != Framing::UntilClose;
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const Headers::Field field = head.headers[i];
    if (same_name(field.name, "connection") && list_holds(field.value, "close"))
      head.keep_alive = false;
  }
  body.begin(head.framing, head.content_length, limits.body_bytes_max, ErrorCode::ProviderProtocol,
             ErrorCode::ProviderTooLarge);
  return {};
}

ResponseParser::ResponseParser(const ParserLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::expect(std::string_view method, bool upgrade_asked) {
  state_->head_request = method == "HEAD";
  state_->upgrade_asked = upgrade_asked;
}

Parsed ResponseParser::next(Bytes& input) {
  State& s = *state_;
  const auto fail = [&s](Error error) {
    s.failed = true;
    s.error = std::move(error);
    return Parsed{ParseEvent::Failed, {}};
  };
  if (s.failed) return {ParseEvent::Failed, {}};
  if (s.interim) s.next_message();
  if (!s.head_done) {
    Result<bool> complete = s.guard.feed(input);
    if (!complete) return fail(std::move(complete).error());
    if (!*complete) return {};
    if (Status head = s.read_head(); !head) return fail(std::move(head).error());
    s.head_done = true;
    return {s.interim ? ParseEvent::Interim : ParseEvent::Head, {}};
  }
  if (s.ended) return {ParseEvent::End, {}};
  Result<BodyGuard::Piece> piece = s.body.next(input);
  if (!piece) return fail(std::move(piece).error());
  if (s.head.framing != Framing::None && !s.driver.body(piece->framed, piece->data.size())) {
    return fail(bad("The body is malformed."));
  }
  s.ended = piece->ended;
  if (!piece->data.empty()) return {ParseEvent::Body, piece->data};
  return {s.ended ? ParseEvent::End : ParseEvent::NeedMore, {}};
}

// Q4: only a body that runs until the end of the connection may end with it.
Parsed ResponseParser::finish() {
  State& s = *state_;
  if (s.failed) return {ParseEvent::Failed, {}};
  if (s.head_done && !s.interim && s.body.complete_at_eof()) return {ParseEvent::End, {}};
  s.failed = true;
  s.error = s.head_done && !s.interim
                ? Error{ErrorCode::ProviderTruncated, "the connection ended within the body"}
                : Error{ErrorCode::ProviderTruncated, "the connection ended before an answer"};
  return {ParseEvent::Failed, {}};
}

ResponseHead& ResponseParser::head() noexcept {
  return state_->head;
}
const Error& ResponseParser::error() const noexcept {
  return state_->error;
}

void ResponseParser::reset() {
  state_->next_message();
  state_->interim_answers = 0;
}

}  // namespace aip::http
