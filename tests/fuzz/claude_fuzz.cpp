// The Claude plugin's two translators over any JSON.
//
// The first byte chooses: bit 0 the direction, the others a model, a purpose and the host's mood.
//   request   the rest is a chat. What comes out is JSON, its turns alternate from the user's on,
//   and
//             each tool_use has its one result, whatever the chat was.
//   answer    the rest is a stream, an event a line; lines that are no JSON are left out, as the
//             host would. The short cut says what the walker says; tools count up from 0; FINISH
//             comes once and last; text that claims to be escaped is the inside of a JSON string.
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "plugins/claude/request.h"
#include "plugins/claude/response.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/questions.h"
#include "tests/unit/claude/events.h"
#include "tests/unit/claude/validator.h"

using namespace aip;

namespace {

using Host = test::ListedQuestions;

void translate(unsigned choice, Bytes chat) {
  static constexpr std::string_view kModels[] = {"claude-3-haiku", "claude-sonnet-4-5",
                                                 "claude-opus-4-6", "claude-opus-4-8"};
  if (!json::check(chat)) return;
  Host host;
  host.drops = (choice & 2) != 0;
  claude::Target target;
  target.model = kModels[choice >> 2 & 3];
  target.traits = claude::traits_of(target.model, {});
  target.purpose = (choice & 16) != 0 ? claude::Purpose::CountTokens : claude::Purpose::Answer;
  const auto made = claude::translate(claude::read_chat(json::Value(chat)), target, host);
  const auto* good = std::get_if<claude::Translated>(&made);
  if (good == nullptr) return;
  AIP_CHECK(json::check(good->body));
  const claude_test::Validator validator(good->body, (choice & 16) != 0
                                                         ? claude_test::Endpoint::CountTokens
                                                         : claude_test::Endpoint::Messages);
  // What a client wrote into schemas and names is its own affair; these are ours.
  for (const std::string& broken : validator.violations()) {
    for (const std::string_view rule :
         {"the body is not JSON", "messages is empty", "the first role", "two turns",
          "a turn without content", "tool_use", "a tool_result", "a text block is blank",
          "a system block is blank", "member ", "a 1h mark", "more than 4", "prefill"}) {
      AIP_CHECK(!std::string_view(broken).starts_with(rule));
    }
  }
}

claude_test::Told read(const std::vector<std::string>& events, claude::AnswerReader::Shape shape,
                       claude_test::Path path) {
  claude::AnswerReader reader(shape);
  claude_test::Told told;
  std::uint32_t tools = 0;
  bool finished = false;
  const auto take = [&] {
    for (const aip_event& e : reader.events()) {
      AIP_CHECK(!finished || e.type == AIP_EV_PING || e.type == AIP_EV_USAGE);
      if (e.type == AIP_EV_FINISH) finished = true;
      if (e.type == AIP_EV_TOOL_BEGIN) AIP_CHECK(e.block == tools++);
      if (e.type == AIP_EV_TOOL_ARGS) AIP_CHECK(e.block + 1 == tools);
      if ((e.flags & AIP_EVF_ESCAPED) != 0) {
        AIP_CHECK(json::check("\"" + std::string(sdk::text(e.text)) + "\""));
      }
      if (e.json.len != 0) AIP_CHECK(json::check(sdk::text(e.json)));
    }
    told.take(reader);
  };
  for (const std::string& event : events) {
    // The event's bytes die with its turn of the loop, as the host's do.
    const std::string lent = event;
    told.failure = path == claude_test::Path::ShortCut ? reader.stream_event(lent)
                                                       : reader.walk_event(json::Value(lent));
    if (told.failure) return told;
    take();
  }
  told.failure = reader.end();
  if (!told.failure) take();
  AIP_CHECK(told.failure.has_value() != finished);
  return told;
}

void answer(unsigned choice, Bytes text) {
  std::vector<std::string> events;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Bytes line = text.substr(0, end);
    if (json::check(line)) events.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto shape = (choice & 2) != 0 ? claude::AnswerReader::Shape::JsonTool
                                       : claude::AnswerReader::Shape::Plain;
  const auto fast = read(events, shape, claude_test::Path::ShortCut);
  const auto slow = read(events, shape, claude_test::Path::Walker);
  AIP_CHECK(fast.lines == slow.lines && fast.failure.has_value() == slow.failure.has_value());
  for (const std::string& event : events) static_cast<void>(claude_test::read_whole(event, shape));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::whole(data, size);
  if ((data[0] & 1) != 0) {
    translate(data[0], rest);
  } else {
    answer(data[0], rest);
  }
  return 0;
}
