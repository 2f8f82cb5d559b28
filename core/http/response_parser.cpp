// The upstream's side of parser.h: rules Q1-Q4, with R0-R2 and R5-R7.
#include "core/http/body_reader.h"
#include "core/http/chars.h"
#include "core/http/fields.h"
#include "core/http/lines.h"
#include "core/http/parser.h"
#include "core/http/witness.h"

namespace aip::http {
namespace {

ErrorCode provider_code(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::HeadTooLarge:
    case FaultKind::UriTooLong:
    case FaultKind::BodyTooLarge:
      return ErrorCode::ProviderTooLarge;
    case FaultKind::Truncated:
      return ErrorCode::ProviderTruncated;
    case FaultKind::None:
    case FaultKind::Malformed:
      break;
  }
  return ErrorCode::ProviderProtocol;
}

enum class Asked : std::uint8_t { Ordinary, Head, Connect };

}  // namespace

struct ResponseParser::State {
  enum class At : std::uint8_t { StatusLine, Fields, Body, Ended, Failed };

  explicit State(const ParserLimits& given) : limits(given) {}

  Parsed read_head(Bytes& input);
  Parsed read_body(Bytes& input);
  Parsed fail(const Fault& fault);
  Fault judge_status_line(Bytes line);
  Fault judge_field(Bytes line);
  Fault judge_head();
  Fault judge_interim() const;
  [[nodiscard]] Framing framing() const noexcept;
  void begin_head();
  [[nodiscard]] bool interim() const noexcept {
    return head.status / 100 == 1 && head.status != 101;
  }

  const ParserLimits limits;
  Asked asked = Asked::Ordinary;
  bool upgrade_asked = false;
  Witness witness{Sender::Upstream};
  BodyReader body{witness};
  LineReader lines;

  At at = At::StatusLine;
  LeadingBlank blank;
  std::size_t interim_answers = 0;
  bool interim_told = false;  // head holds a 1xx that the caller has seen
  std::size_t fields = 0;
  ControlFields control{Sender::Upstream};
  ResponseHead head;
  Error error;
};

ResponseParser::ResponseParser(const ParserLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
ResponseParser::~ResponseParser() = default;

ResponseHead& ResponseParser::head() noexcept {
  return state_->head;
}
const Error& ResponseParser::error() const noexcept {
  return state_->error;
}

void ResponseParser::expect(std::string_view method, bool upgrade_asked) {
  state_->asked = method == "HEAD"      ? Asked::Head
                  : method == "CONNECT" ? Asked::Connect
                                        : Asked::Ordinary;
  state_->upgrade_asked = upgrade_asked;
}

void ResponseParser::reset() {
  // Else the rest of a body would pass for the next answer.
  AIP_CHECK(state_->at == State::At::Ended ||
            (state_->at == State::At::Body && state_->body.complete()));
  state_->begin_head();
  state_->interim_answers = 0;
  state_->asked = Asked::Ordinary;
  state_->upgrade_asked = false;
}

Parsed ResponseParser::next(Bytes& input) {
  State& state = *state_;
  if (state.interim_told) state.begin_head();
  switch (state.at) {
    case State::At::StatusLine:
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

// Q4: only a body without a length may end with the connection.
Parsed ResponseParser::finish() {
  State& state = *state_;
  switch (state.at) {
    case State::At::StatusLine:
    case State::At::Fields:
      return state.fail({FaultKind::Truncated, "the answer ended before its head did"});
    case State::At::Body:
      if (state.body.finish() == BodyReader::Step::Failed) return state.fail(state.body.fault());
      state.at = State::At::Ended;
      return {ParseEvent::End, {}};
    case State::At::Ended:
      return {ParseEvent::End, {}};
    case State::At::Failed:
      break;
  }
  return {ParseEvent::Failed, {}};
}

void ResponseParser::State::begin_head() {
  at = At::StatusLine;
  blank.reset();
  interim_told = false;
  fields = 0;
  control = ControlFields(Sender::Upstream);
  Headers headers = std::move(head.headers);
  headers.clear();
  head = ResponseHead{};
  head.headers = std::move(headers);  // keeps its room
  witness.reset();
}

Parsed ResponseParser::State::fail(const Fault& fault) {
  at = At::Failed;
  error = Error{provider_code(fault.kind), fault.why};
  return {ParseEvent::Failed, {}};
}

Parsed ResponseParser::State::read_head(Bytes& input) {
  if (!blank.passed()) {
    if (Fault fault = blank.skip(input)) return fail(fault);
  }
  while (!input.empty()) {
    const LineReader::Taken taken = lines.take(input, limits.head_bytes_max, kHeadTooLarge);
    if (taken.fault) return fail(taken.fault);
    if (!taken.complete) break;
    if (at == At::StatusLine) {
      if (Fault fault = judge_status_line(taken.line)) return fail(fault);
      at = At::Fields;
      continue;
    }
    if (!taken.line.empty()) {
      if (Fault fault = judge_field(taken.line)) return fail(fault);
      continue;
    }
    if (Fault fault = judge_head()) return fail(fault);
    lines.clear();
    if (interim()) {
      interim_told = true;
      return {ParseEvent::Interim, {}};
    }
    body.start(head.framing, head.content_length, limits.body_bytes_max);
    at = At::Body;
    return {ParseEvent::Head, {}};
  }
  return {ParseEvent::NeedMore, {}};
}

// Q1: exactly HTTP/1.[01] SP 3DIGIT, then SP and a reason or nothing. LineReader has refused
// control bytes, so the reason is printable; it goes no further than this.
Fault ResponseParser::State::judge_status_line(Bytes line) {
  constexpr std::size_t kCodeAt = 9;
  constexpr std::size_t kReasonAt = 12;
  if (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 ")) {
    return malformed("a status line of another protocol");
  }
  const Bytes code = line.substr(kCodeAt, 3);
  if (code.size() != 3 || !chars::all(code, chars::kDigit) || code[0] < '1' || code[0] > '5' ||
      (line.size() > kReasonAt && line[kReasonAt] != ' ')) {
    return malformed("a status that is none");
  }
  head.minor_version = line[7] - '0';
  head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  return {};
}

Fault ResponseParser::State::judge_field(Bytes line) {
  const std::optional<FieldLine> field = split_field(line);
  if (!field) return malformed("a malformed header field");
  if (field->name.size() > limits::kFieldNameBytesMax) return kNameTooLong;
  if (++fields > limits.fields_max) return kTooManyFields;
  if (Fault fault = control.note(*field)) return fault;
  if (head.headers.empty()) head.headers.reserve(24, 1024);
  head.headers.add(field->name, field->value);
  return {};
}

// Q3.
Fault ResponseParser::State::judge_interim() const {
  if (interim_answers > limits::kInterimAnswersMax) return malformed("too many interim answers");
  if (head.status == 101 && !(upgrade_asked && control.upgrade)) {
    return malformed("a switch of protocols that nobody asked for");
  }
  return {};
}

Framing ResponseParser::State::framing() const noexcept {
  const bool tunnel = asked == Asked::Connect && head.status / 100 == 2;
  const bool bodyless = asked == Asked::Head || tunnel || head.status / 100 == 1 ||
                        head.status == 204 || head.status == 304;
  if (bodyless) return Framing::None;
  if (control.chunked) return Framing::Chunked;
  return control.length_given ? Framing::Length : Framing::UntilClose;
}

Fault ResponseParser::State::judge_head() {
  const bool framed = control.chunked || control.length_given;
  if (control.chunked && (head.minor_version == 0 || control.length_given)) {
    return malformed("a Transfer-Encoding beside a Content-Length or on HTTP/1.0");
  }
  if (framed && (head.status / 100 == 1 || head.status == 204)) {
    return malformed("framing on a status that has no body");
  }
  if (head.status / 100 == 1) {
    if (interim()) ++interim_answers;
    if (Fault fault = judge_interim()) return fault;
  }
  const Framing framed_as = framing();
  const bool empty = framed_as == Framing::Length && control.length == 0;
  head.framing = empty ? Framing::None : framed_as;
  head.content_length = head.framing == Framing::Length ? control.length : 0;
  const bool persistent = !control.close && (head.minor_version == 1 || control.keep_alive);
  const bool tunnel = head.status == 101 || (asked == Asked::Connect && head.status / 100 == 2);
  head.keep_alive = persistent && !tunnel && head.framing != Framing::UntilClose;
  if (head.content_length > limits.body_bytes_max) {
    return {FaultKind::BodyTooLarge, "a body over its limit"};
  }
  if (!witness.head(lines.block(), framed_as, head.content_length)) {
    return malformed("a head that two readers read in two ways");
  }
  return {};
}

Parsed ResponseParser::State::read_body(Bytes& input) {
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
