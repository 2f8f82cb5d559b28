// The Bing plugin's translators over any JSON.
//
// The first byte chooses: bit 0 what is read, bit 1 the answer's shape, bit 2 the host's mood.
//   records   the rest is what the hub says, a record a line. Text is UTF-8 whatever came, the
//             block's extras are JSON, and a turn has one end.
//   request   the rest is a chat. The question is one record of JSON; a conversation that was read
//             is read again as it was written.
#include <string>
#include <variant>

#include "core/base/check.h"
#include "core/base/json.h"
#include "plugins/bing/hub.h"
#include "plugins/bing/invocation.h"
#include "plugins/bing/request.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/questions.h"

using namespace aip;

namespace {

std::string written(const bing::Conversation& conversation) {
  std::string text;
  json::Writer out(text);
  out.object();
  bing::write_conversation(conversation, out);
  out.end_object();
  AIP_CHECK(json::check(text));
  return text;
}

void request(unsigned choice, Bytes chat) {
  if (!json::check(chat)) return;
  test::ListedQuestions host;
  host.drops = (choice & 4) != 0;
  const auto read = bing::read_turn(json::Value(chat), host);
  const auto* turn = std::get_if<bing::Turn>(&read);
  if (turn == nullptr) return;
  const bing::Conversation conversation = turn->conversation.value_or(bing::Conversation());
  if (turn->conversation) {
    const std::string text = written(conversation);
    const auto again = bing::read_conversation(json::Value(text));
    AIP_CHECK(again.has_value());
    AIP_CHECK(written(*again) == text);
  }
  bing::Question question;
  question.turn = turn;
  question.conversation = &conversation;
  question.style = bing::style_of("bing");
  question.locale = "en-US";
  const std::string record = bing::invocation(question);
  AIP_CHECK(record.find(bing::kRecordEnd) == record.size() - 1);
  AIP_CHECK(json::check(Bytes(record).substr(0, record.size() - 1)));
}

void records(bing::Shape shape, Bytes text) {
  bing::HubAnswer answer(shape, "https://b.test");
  std::string told;
  auto step = bing::HubAnswer::Step::Go;
  while (!text.empty() && step != bing::HubAnswer::Step::Failed &&
         step != bing::HubAnswer::Step::Done) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));  // dies with its turn, as the host's do
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!json::check(line)) continue;
    step = answer.take(json::Value(line));
    told += answer.take_text();
  }
  std::string extras;
  json::Writer out(extras);
  out.object().member("told", told);
  answer.write_extras(out);
  out.end_object();
  AIP_CHECK(json::check(extras));
  if (step == bing::HubAnswer::Step::Failed) AIP_CHECK(!answer.failure().message.empty());
  if (step == bing::HubAnswer::Step::Done) AIP_CHECK(!told.empty() || answer.filtered());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::whole(data, size);
  if ((data[0] & 1) != 0) {
    request(data[0], rest);
  } else {
    records((data[0] & 2) != 0 ? bing::Shape::Whole : bing::Shape::Stream, rest);
  }
  return 0;
}
