// The server's side of parser.h: rules R0-R6, R8 and R9.
#include <algorithm>
#include <array>

#include "core/http/body_reader.h"
#include "core/http/chars.h"
#include "core/http/fields.h"
#include "core/http/lines.h"
#include "core/http/parser.h"
#include "core/http/target.h"
#include "core/http/witness.h"

namespace aip::http {
namespace {

constexpr std::array<Bytes, 7> kMethods{"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"};
// A start line's bytes beside its target: the longest method, two spaces, the version.
constexpr std::size_t kStartLineExtraBytesMax = 32;
constexpr Fault kUriTooLong{FaultKind::UriTooLong, "a request target over its limit"};

ErrorCode caller_code(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::HeadTooLarge:
      return ErrorCode::CallerHeadTooLarge;
    case FaultKind::UriTooLong:
      return ErrorCode::CallerUriTooLong;
    case FaultKind::BodyTooLarge:
      return ErrorCode::CallerBodyTooLarge;
    case FaultKind::None:
    case FaultKind::Malformed:
    case FaultKind::Truncated:
      break;
  }
  return ErrorCode::CallerBadHttp;
}

}  // namespace

struct RequestParser::State {
  enum class At : std::uint8_t { StartLine, Fields, Body, Ended, Failed };

  explicit State(const ParserLimits& given) : limits(given) {}

  Parsed read_head(Bytes& input);
  Parsed read_body(Bytes& input);
  Parsed fail(const Fault& fault);
  Fault judge_start_line(Bytes line);
  Fault judge_field(Bytes line);
  Fault judge_head();
  void begin_message();

  const ParserLimits limits;
  Witness witness{Sender::Client};
  BodyReader body{witness};
  LineReader lines;

  At at = At::StartLine;
  LeadingBlank blank;
  std::size_t fields = 0;
  ControlFields control{Sender::Client};
  RequestHead head;
  bool last_message = false;  // this one says that it closes the connection
  bool closing = false;       // R9: and nothing is read behind it
  Error error;
};

RequestParser::RequestParser(const ParserLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;

RequestHead& RequestParser::head() noexcept {
  return state_->head;
}
const Error& RequestParser::error() const noexcept {
  return state_->error;
}
bool RequestParser::idle() const noexcept {
  return state_->at == State::At::StartLine && state_->lines.block().empty();
}

void RequestParser::reset() {
  // Else the rest of a body would pass for the next request.
  AIP_CHECK(state_->at == State::At::Ended ||
            (state_->at == State::At::Body && state_->body.complete()));
  state_->begin_message();
}

Parsed RequestParser::next(Bytes& input) {
  State& state = *state_;
  switch (state.at) {
    case State::At::StartLine:
    case State::At::Fields:
      return state.read_head(input);
    case State::At::Body:
      return state.read_body(input);
    case State::At::Ended:
      return {ParseEvent::End, {}};
    case State::At::Failed:
      break;
  }
  return {ParseEvent::Failed, {}};
}

void RequestParser::State::begin_message() {
  closing = last_message;
  at = At::StartLine;
  blank.reset();
  fields = 0;
  control = ControlFields(Sender::Client);
  Headers headers = std::move(head.headers);
  headers.clear();
  head = RequestHead{};
  head.headers = std::move(headers);  // keeps its room
  witness.reset();
}

Parsed RequestParser::State::fail(const Fault& fault) {
  at = At::Failed;
  error = Error{caller_code(fault.kind), std::string("HTTP request refused: ") + fault.why};
  return {ParseEvent::Failed, {}};
}

Parsed RequestParser::State::read_head(Bytes& input) {
  if (closing && !input.empty()) {
    return fail(malformed("bytes behind a request that closes the connection"));
  }
  if (!blank.passed()) {
    if (Fault fault = blank.skip(input)) return fail(fault);
  }
  while (!input.empty()) {
    const bool first = at == At::StartLine;
    const std::size_t start_line_max = limits.url_bytes_max + kStartLineExtraBytesMax;
    const bool start_line_decides = first && start_line_max < limits.head_bytes_max;
    const LineReader::Taken taken = start_line_decides
                                        ? lines.take(input, start_line_max, kUriTooLong)
                                        : lines.take(input, limits.head_bytes_max, kHeadTooLarge);
    if (taken.fault) return fail(taken.fault);
    if (!taken.complete) break;
    if (first) {
      if (Fault fault = judge_start_line(taken.line)) return fail(fault);
      at = At::Fields;
      continue;
    }
    if (!taken.line.empty()) {
      if (Fault fault = judge_field(taken.line)) return fail(fault);
      continue;
    }
    if (Fault fault = judge_head()) return fail(fault);
    body.start(head.framing, head.content_length, limits.body_bytes_max);
    lines.clear();
    at = At::Body;
    return {ParseEvent::Head, {}};
  }
  return {ParseEvent::NeedMore, {}};
}

// R3: exactly METHOD SP target SP version.
Fault RequestParser::State::judge_start_line(Bytes line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == Bytes::npos || first == last)
    return malformed("a request line of less than three parts");
  const Bytes method = line.substr(0, first);
  const Bytes target = line.substr(first + 1, last - first - 1);
  const Bytes version = line.substr(last + 1);
  if (target.size() > limits.url_bytes_max) return kUriTooLong;
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return malformed("a method that is not served");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return malformed("a version other than 1.0 and 1.1");
  const bool whole_server = target == "*" && method == "OPTIONS";
  if (!whole_server) {
    if (Fault fault = judge_target(target)) return fault;
  }
  head.method = method;
  head.target = target;
  const std::size_t mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != Bytes::npos) head.query = target.substr(mark + 1);
  head.minor_version = version.back() - '0';
  return {};
}

Fault RequestParser::State::judge_field(Bytes line) {
  const std::optional<FieldLine> field = split_field(line);
  if (!field) return malformed("a malformed header field");
  if (field->name.size() > limits::kFieldNameBytesMax) return kNameTooLong;
  if (++fields > limits.fields_max) return kTooManyFields;
  // R2: names with '_' are dropped, because CGI-like upstreams read it as '-'. Dropping, not
  // refusing: OpenAI's Codex sends session_id.
  if (field->name.find('_') != Bytes::npos) return {};
  if (Fault fault = control.note(*field)) return fault;
  if (head.headers.empty()) head.headers.reserve(16, 1024);
  head.headers.add(field->name, field->value);
  return {};
}

Fault RequestParser::State::judge_head() {
  const bool modern = head.minor_version == 1;
  if (modern && !control.host) return malformed("no Host field");
  if (control.chunked && (!modern || control.length_given)) {
    return malformed("a Transfer-Encoding beside a Content-Length or on HTTP/1.0");
  }
  const Framing framing = control.chunked        ? Framing::Chunked
                          : control.length_given ? Framing::Length
                                                 : Framing::None;
  const bool has_body = control.chunked || control.length > 0;
  head.framing = has_body ? framing : Framing::None;
  head.content_length = control.length;
  head.keep_alive = !control.close && (modern || control.keep_alive);
  last_message = !head.keep_alive;
  head.expect_continue = modern && has_body && control.expect_continue;
  // R8: other protocols to upgrade to (h2c) are ignored, as RFC 9110 7.8 allows.
  if (modern && control.upgrade_websocket && control.connection_upgrade) {
    if (head.method != "GET" || has_body) return malformed("a WebSocket upgrade with a body");
    head.upgrade_websocket = true;
  }
  if (control.length > limits.body_bytes_max) {
    return {FaultKind::BodyTooLarge, "a body over its limit"};
  }
  if (!witness.head(lines.block(), framing, control.length)) {
    return malformed("a head that two readers read in two ways");
  }
  return {};
}

Parsed RequestParser::State::read_body(Bytes& input) {
  switch (body.next(input)) {
    case BodyReader::Step::NeedMore:
      return {ParseEvent::NeedMore, {}};
    case BodyReader::Step::Body:
      return {ParseEvent::Body, body.piece()};
    case BodyReader::Step::End:
      at = At::Ended;
      return {ParseEvent::End, {}};
    case BodyReader::Step::Failed:
      break;
  }
  return fail(body.fault());
}

}  // namespace aip::http
