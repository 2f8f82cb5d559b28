// Anthropic's dialect, both ways. The first byte chooses.
//   even   the rest is a request: what is taken becomes canonical chat, which is JSON and passes
//          the check that every plugin relies on; pointers into it can be told in the client's
//          words
//   odd    the rest is a script of events in any order, sensible or not: the stream keeps to the
//          rules of tests/support/anthropic_validator.h, wherever it ends, and the whole answer is
//          JSON with the same words
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <aiproxy/events.hpp>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "core/dialect/token_count.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/anthropic_validator.h"

using namespace aip;
namespace event = aip::sdk::event;

namespace {

// What a client may nest is limits::kJsonDepthMax; written anew it may be a little deeper.
constexpr std::size_t kDepthMore = 8;

void check_request(Bytes body) {
  const Result<dialect::ParsedChat> chat = dialect::parse_chat(dialect::Kind::Anthropic, body);
  if (!chat) return;
  const Result<dialect::Canonical> made =
      dialect::to_canonical(dialect::Kind::Anthropic, *chat, body);
  if (!made) {
    AIP_CHECK(!made.error().param.empty() || !made.error().detail.empty());
    return;
  }
  AIP_CHECK(
      dialect::parse_chat(dialect::Kind::OpenAiChat, made->json, limits::kJsonDepthMax + kDepthMore)
          .ok());
  static_cast<void>(dialect::estimate_chat(json::Value(made->json)));
  std::size_t i = 0;
  for ([[maybe_unused]] const json::Value m : json::Value(made->json)["messages"].items()) {
    const std::string pointer = "/messages/" + std::to_string(i++) + "/content/0";
    AIP_CHECK(!dialect::client_pointer(dialect::Kind::Anthropic, *made, pointer).empty());
  }
  AIP_CHECK(i == made->messages.size());
}

std::unique_ptr<dialect::AnswerEncoder> encoder(bool stream) {
  dialect::AnswerOptions options;
  options.stream = stream;
  options.id = "own";
  options.model = "m";
  return dialect::make_encoder(dialect::Kind::Anthropic, options);
}

// Events by their numbers; the strings live as long as the script.
class Script {
 public:
  explicit Script(Bytes bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
      add(static_cast<unsigned char>(bytes[i]), static_cast<unsigned char>(bytes[i + 1]));
    }
  }
  [[nodiscard]] const std::vector<aip_event>& events() const noexcept { return events_; }

 private:
  static aip_event escaped(aip_event e, bool is) { return is ? event::escaped(e) : e; }

  void add(unsigned what, unsigned how) {
    static constexpr std::string_view kWords[] = {
        "",  "a", "\\ud83d",   "\\ude00",          "\"", "\\", "\n",
        "{", "}", "{\"a\":1}", "\xF0\x9F\x98\x80", "\\n"};
    const std::string_view word = kWords[how % std::size(kWords)];
    const bool is_escaped = (how & 0x80) != 0;
    const std::uint32_t tool = how >> 4 & 3;
    switch (what % 12) {
      case 0:
        return events_.push_back(event::start("msg_1", "m"));
      case 1:
        return events_.push_back(escaped(event::text(word), is_escaped));
      case 2:
        return events_.push_back(escaped(event::reasoning(word), is_escaped));
      case 3:
        return events_.push_back(escaped(event::refusal(word), is_escaped));
      case 4:
        ids_.push_back("t" + std::to_string(ids_.size()));
        return events_.push_back(event::tool_begin(tool, ids_.at(ids_.size() - 1), "f"));
      case 5:
      case 6:
        return events_.push_back(escaped(event::tool_args(tool, word), is_escaped));
      case 7:
        return events_.push_back(event::block_end(tool));
      case 8:
        if ((how & 1) != 0) return events_.push_back(event::redacted("data"));
        return events_.push_back(event::signature("SIG"));
      case 9:
        return events_.push_back(
            event::citation(R"({"type":"url_citation","url_citation":{"url":"u","title":"t"}})"));
      case 10:
        return events_.push_back(event::image(R"({"url":"u"})"));
      default:
        // An early end is rare, so that scripts grow.
        if (how < 0xF0) return events_.push_back(event::with_choice(event::text("no"), 1));
        return events_.push_back(event::finish(how & 7, "end_turn", "S"));
    }
  }
  std::deque<std::string> ids_;
  std::vector<aip_event> events_;
};

void check_answer(Bytes bytes) {
  const Script script(bytes);
  const auto stream = encoder(true), whole = encoder(false);
  std::string out, object;
  for (const aip_event& e : script.events()) {
    stream->event(e, out);
    whole->event(e, object);
  }
  std::string failed = out;
  stream->fail(dialect::ErrorReply{500, {}, {}, "words", {}, 0, {}}, failed);
  const test::AnthropicStreamed cut = test::read_anthropic_stream(failed);
  AIP_CHECK(cut.fault.empty() && !cut.complete && cut.error_type == "api_error");

  const aip_event finish = event::finish(AIP_FINISH_STOP);
  stream->event(finish, out);
  whole->event(finish, object);
  stream->end(out);
  whole->end(object);
  const test::AnthropicStreamed got = test::read_anthropic_stream(out);
  AIP_CHECK(got.fault.empty() && got.complete);
  AIP_CHECK(json::check(object).ok());
  const json::Value message(object);
  AIP_CHECK(message["stop_reason"].str() == got.stop_reason);
  std::string text, thinking;
  std::size_t blocks = 0;
  for (const json::Value block : message["content"].items()) {
    AIP_CHECK(blocks < got.blocks.size() && block["type"].str() == got.blocks[blocks]);
    ++blocks;
    text += block["text"].str();
    thinking += block["thinking"].str();
  }
  AIP_CHECK(blocks == got.blocks.size() && text == got.text && thinking == got.thinking);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::whole(data, size);
  if ((data[0] & 1) == 0) {
    check_request(rest);
  } else {
    check_answer(rest);
  }
  return 0;
}
