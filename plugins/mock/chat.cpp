#include "chat.h"

#include <optional>

namespace mock {
namespace {

using aip::sdk::Failure;
using aip::sdk::text;
using aip::sdk::Usage;
namespace event = aip::sdk::event;

constexpr std::uint32_t kRetryAfterMs = 7'000;

// The status that a model's name asks for: mock-429, mock-503; 0: none.
std::uint16_t status_in(std::string_view model) noexcept {
  constexpr std::string_view kPrefix = "mock-";
  if (model.size() != kPrefix.size() + 3 || model.substr(0, kPrefix.size()) != kPrefix) return 0;
  std::uint16_t status = 0;
  for (const char c : model.substr(kPrefix.size())) {
    if (c < '0' || c > '9') return 0;
    status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
  }
  return status >= 400 && status <= 599 ? status : std::uint16_t{0};
}

Failure failure_of(std::uint16_t status, std::string_view model) {
  Failure f(AIP_E_UPSTREAM, "The model " + std::string(model) + " always fails.");
  f.http_status = status;
  f.type = status < 500 ? "invalid_request_error" : "server_error";
  if (status == 401) f.flags = AIP_ERR_AUTH;
  if (status == 403) f.flags = AIP_ERR_PERMISSION;
  if (status == 429) {
    f.flags = AIP_ERR_RATE | AIP_ERR_RETRYABLE;
    f.type = "requests";
    f.reason = "rate_limit_exceeded";
    f.retry_after_ms = kRetryAfterMs;
  }
  if (status >= 500) f.flags = AIP_ERR_RETRYABLE;
  if (status == 503 || status == 529) f.flags |= AIP_ERR_OVERLOADED;
  return f;
}

// The same request gets the same id (FNV-1a).
std::string id_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : body) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  std::string out = "chatcmpl-mock-";
  for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(hash >> shift) & 15];
  return out;
}

aip_event event_of(const Step& s) noexcept {
  switch (s.type) {
    case AIP_EV_REASONING:
      return event::reasoning(s.text);
    case AIP_EV_SIGNATURE:
      return event::signature(s.text);
    case AIP_EV_TOOL_BEGIN:
      return event::tool_begin(0, s.id, s.name);
    case AIP_EV_TOOL_ARGS:
      return event::tool_args(0, s.text);
    case AIP_EV_BLOCK_END:
      return event::block_end(0);
    case AIP_EV_FINISH:
      return event::finish(s.finish, s.name, s.text);
    default:
      return event::text(s.text);
  }
}

}  // namespace

aip_status Chat::begin(const aip_request& request) {
  const std::string_view model = text(request.model);
  if (const std::uint16_t status = status_in(model)) return fail(failure_of(status, model));
  const Ask ask = read_ask(text(request.body));
  prompt_words_ = ask.prompt_words;
  script_ = Script(model, ask, pace_.lines);
  if (model == "mock-slow") delay_ms_ = pace_.delay_ms;
  if (model == "mock-cut") delay_ms_ = 1;  // in turns of its own, so that it dies in mid-stream
  const std::string id = id_of(text(request.body));
  if (const aip_status s = stream().emit(event::start(id, model)); s < 0) return s;
  return delay_ms_ > 0 ? stream().timer(delay_ms_) : play();
}

aip_status Chat::on_wake(std::uint32_t why, std::uint64_t /*user*/) {
  if (why == AIP_WAKE_WRITABLE && !blocked_) return AIP_OK;
  blocked_ = false;
  return play();
}

aip_status Chat::play() {
  for (int said = 0; said < kStepsPerTurn; ++said) {
    const std::optional<Step> step = script_.next();
    if (!step) return close();
    const aip_status status = say(*step);
    if (status < 0) return status;
    if (status == AIP_BLOCKED) {
      blocked_ = true;
      return AIP_OK;
    }
    if (delay_ms_ > 0) return stream().timer(delay_ms_);
  }
  return stream().timer(0);
}

aip_status Chat::say(const Step& step) {
  return stream().emit(event::with_choice(event_of(step), step.choice));
}

aip_status Chat::close() {
  if (!script_.ends_well()) return stream().finish();  // no FINISH was said: truncated
  Usage usage;
  usage.set(AIP_USAGE_INPUT, prompt_words_).set(AIP_USAGE_OUTPUT, script_.words());
  if (script_.reasoning_words() > 0) usage.set(AIP_USAGE_REASONING, script_.reasoning_words());
  if (const aip_status s = stream().emit(event::usage(usage)); s < 0) return s;
  return stream().finish();
}

}  // namespace mock
