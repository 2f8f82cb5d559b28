// The dialect of OpenAI's Responses: a body that it lets through becomes canonical chat that the
// chat dialect takes; any order of events becomes a stream without a fault, and the same answer
// whole; a failure anywhere is told once.
#include <aiproxy/events.hpp>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/responses_validator.h"

using namespace aip;

namespace {

constexpr auto kKind = dialect::Kind::OpenAiResponses;
namespace event = sdk::event;

void check_request(Bytes body) {
  const auto chat = dialect::parse_chat(kKind, body);
  if (!chat) return;
  AIP_CHECK(json::check("{" + chat->echo + "}", limits::kJsonDepthMax + 1).ok());
  AIP_CHECK(chat->echo.find('\n') == std::string::npos);
  const auto made = dialect::to_canonical(kKind, *chat, body);
  if (!made) return;
  const std::size_t depth = limits::kJsonDepthMax + 8;
  AIP_CHECK(json::check(made->json, depth).ok());
  AIP_CHECK(dialect::parse_chat(dialect::Kind::OpenAiChat, made->json, depth).ok());
  const std::size_t count = json::Value(made->json)["messages"].size();
  AIP_CHECK(count == made->messages.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string pointer = "/messages/" + std::to_string(i) + "/content";
    AIP_CHECK(!dialect::client_pointer(kKind, *made, pointer).empty());
  }
}

// Each byte chooses an event, the next one what is in it.
std::vector<aip_event> events_of(Bytes script) {
  static constexpr std::string_view kTexts[] = {
      "a", "", "\"\\\n", "\\ud83d", "\\ude00x", "\xf0\x9f\x98\x80", "{\"input\":\"x\"}", "\\\"}"};
  std::vector<aip_event> out;
  for (std::size_t i = 0; i + 1 < script.size(); i += 2) {
    const auto kind = static_cast<unsigned char>(script[i]);
    const auto what = static_cast<unsigned char>(script[i + 1]);
    const std::string_view text = kTexts[what % 8];
    const std::uint32_t block = (what >> 3) % 4;
    aip_event e = event::make(static_cast<std::uint16_t>(kind % 17));
    e.text = sdk::span(text);
    e.block = block;
    e.choice = what == 255 ? 1 : 0;
    e.name = sdk::span(block == 1 ? "custom" : "f");
    e.finish = 1 + what % 6;
    if ((kind & 0x20) != 0) e.flags |= AIP_EVF_ESCAPED;
    if ((kind & 0x40) != 0) e.flags |= AIP_EVF_REDACTED;
    e.json = sdk::span((what & 1) != 0 ? R"({"type":"url_citation","url_citation":{"url":"u"}})"
                                       : R"({"url":"u","content":[{"token":"t"}]})");
    out.push_back(e);
  }
  return out;
}

dialect::AnswerOptions options_of(bool stream) {
  dialect::AnswerOptions options;
  options.stream = stream;
  options.id = "id";
  options.model = "m";
  options.echo = R"("instructions":null,"metadata":{},"parallel_tool_calls":true,)"
                 R"("temperature":null,"tool_choice":"auto","top_p":null,)"
                 R"("tools":[{"type":"custom","name":"custom"}])";
  return options;
}

void check_answer(Bytes script) {
  const auto stream = dialect::make_encoder(kKind, options_of(true));
  const auto failing = dialect::make_encoder(kKind, options_of(true));
  const auto whole = dialect::make_encoder(kKind, options_of(false));
  std::string events, failed, object;
  const std::vector<aip_event> told = events_of(script);
  for (const aip_event& e : told) {
    stream->event(e, events);
    whole->event(e, object);
    if (e.type != AIP_EV_FINISH) failing->event(e, failed);
  }
  failing->fail(dialect::ErrorReply{}, failed);
  const test::ResponsesValidator failure(failed);
  AIP_CHECK(failure.fault().empty() && failure.ending() == "failed");
  AIP_CHECK(stream->finish() == whole->finish());
  if (stream->finish() == 0) return;
  stream->end(events);
  whole->end(object);
  const test::ResponsesValidator v(events);
  AIP_CHECK(v.fault().empty());
  AIP_CHECK(json::check(object).ok());
  AIP_CHECK(json::Value(object)["output"].raw() == v.response()["output"].raw());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes text = fuzz::whole(data, size);
  check_request(text);
  check_answer(text);
  return 0;
}
