// The Gemini plugin's translators over any JSON, and its cutting of arrays over any bytes.
//
// The first byte chooses: bits 0-1 what is tried, the others a model and the host's mood.
//   request   the rest is a chat. What comes out is JSON, its turns alternate from the user's on,
//             and each call has its one response, whatever the chat was.
//   answer    the rest is a stream, a chunk a line. Tools count up from 0; FINISH comes once a
//             choice; text that claims to be escaped is the inside of a JSON string; a signature
//             comes back out of its id.
//   schema    the rest is a schema. Its subset holds only what Gemini knows.
//   records   the rest is a stream of bytes: cut in two anywhere, its elements are the same.
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "plugins/gemini/records.h"
#include "plugins/gemini/request.h"
#include "plugins/gemini/response.h"
#include "plugins/gemini/schema.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/questions.h"
#include "tests/unit/gemini/validator.h"

using namespace aip;

namespace {

using Host = test::ListedQuestions;

void check_body(const std::string& body) {
  const gemini_test::Validator validator(body);
  // What a client wrote into names and media is its own affair; these are ours.
  for (const std::string& broken : validator.violations()) {
    for (const std::string_view rule :
         {"the body is not JSON", "contents is empty", "the role", "two turns", "the first turn",
          "a turn without parts", "the responses", "calls without", "a part without", "an empty",
          "args are", "a response", "parameters", "responseSchema", "generationConfig",
          "more than 5", "budget and level", "systemInstruction", "a system text"}) {
      AIP_CHECK(!std::string_view(broken).starts_with(rule));
    }
  }
}

void translate(unsigned choice, Bytes chat) {
  static constexpr std::string_view kModels[] = {"gemini-2.0-flash", "gemini-2.5-pro",
                                                 "gemini-3-pro-preview", "gemini-2.5-flash-lite"};
  if (!json::check(chat)) return;
  Host host;
  host.drops = (choice & 4) != 0;
  gemini::Target target;
  target.model = kModels[choice >> 3 & 3];
  target.traits = gemini::traits_of(target.model, {});
  target.purpose = (choice & 32) != 0 ? gemini::Purpose::CountTokens : gemini::Purpose::Answer;
  target.web_files = (choice & 64) != 0;
  const auto made = gemini::translate(gemini::read_chat(json::Value(chat)), target, host);
  const auto* good = std::get_if<gemini::Translated>(&made);
  if (good != nullptr) check_body(good->body);
}

void answer(unsigned choice, Bytes text) {
  gemini::Reading how;
  how.grounded = (choice & 4) != 0;
  how.native = (choice & 8) != 0;
  gemini::AnswerReader reader(how);
  std::vector<std::uint32_t> tools(gemini::AnswerReader::kChoicesMax);
  std::vector<bool> finished(gemini::AnswerReader::kChoicesMax);
  bool started = false;
  const auto take = [&] {
    for (const aip_event& e : reader.events()) {
      AIP_CHECK(started == (e.type != AIP_EV_START));
      started = true;
      AIP_CHECK(!finished.at(e.choice) || e.type == AIP_EV_USAGE);
      if (e.type == AIP_EV_FINISH) finished.at(e.choice) = true;
      if (e.type == AIP_EV_TOOL_BEGIN) AIP_CHECK(e.block == tools.at(e.choice)++);
      if (e.type == AIP_EV_TOOL_ARGS) {
        AIP_CHECK(e.block + 1 == tools.at(e.choice));
        AIP_CHECK(json::check(sdk::text(e.text)));
      }
      if ((e.flags & AIP_EVF_ESCAPED) != 0) {
        AIP_CHECK(json::check("\"" + std::string(sdk::text(e.text)) + "\""));
      }
      if (e.json.len != 0) AIP_CHECK(json::check(sdk::text(e.json)));
    }
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    // The chunk's bytes die with its turn of the loop, as the host's do.
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!json::check(line)) continue;
    if (reader.chunk(json::Value(line))) return;
    take();
  }
  if ((choice & 16) != 0) reader.assume_finished();
  const bool whole = reader.complete();
  AIP_CHECK(reader.end().has_value() == !whole);
  if (whole) take();
}

void schema(Bytes text) {
  if (!json::check(text)) return;
  const std::string subset = gemini::subset_of(json::Value(text));
  if (subset.empty()) return;
  check_body(R"({"contents":[{"role":"user","parts":[{"text":"x"}]}],"tools":[)"
             R"({"functionDeclarations":[{"name":"f","parameters":)" +
             subset + "}]}]}");
}

struct Cut {
  std::vector<std::string> records;
  std::string whole;
  void feed(gemini::Records& cutter, Bytes bytes) {
    const gemini::Records::Fed fed = cutter.feed(bytes);
    for (const std::string_view record : fed.records) records.emplace_back(record);
    whole += fed.whole;
  }
};

void records(unsigned choice, Bytes text) {
  gemini::Records once, twice;
  Cut all, halves;
  all.feed(once, text);
  const std::size_t at = text.empty() ? 0 : choice * 7919 % text.size();
  halves.feed(twice, text.substr(0, at));
  halves.feed(twice, text.substr(at));
  AIP_CHECK(all.records == halves.records);
  AIP_CHECK(all.whole == halves.whole);
  AIP_CHECK(std::string(once.rest()) == std::string(twice.rest()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::whole(data, size);
  switch (data[0] & 3) {
    case 0:
      translate(data[0], rest);
      break;
    case 1:
      answer(data[0], rest);
      break;
    case 2:
      schema(rest);
      break;
    default:
      records(data[0], rest);
      break;
  }
  return 0;
}
