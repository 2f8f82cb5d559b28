// Gemini for clients. Any bytes as a request: what is let through becomes canonical chat that
// OpenAI's dialect takes. Any bytes as a list of events: stream, array and whole answer keep the
// rules of a strict reader and say the same. Any bytes as raw events: the cut changes nothing.
#include <string>
#include <vector>

#include <aiproxy/events.hpp>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "core/dialect/gemini_carrier.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/gemini_answer.h"

using namespace aip;
namespace event = aip::sdk::event;

namespace {

constexpr std::size_t kDeeper = 8;  // what is written anew may be deeper than what came

void check_request(Bytes body) {
  const dialect::Outside outside{"m", true, "alt=sse"};
  const auto chat =
      dialect::parse_chat(dialect::Kind::Gemini, body, limits::kJsonDepthMax, outside);
  if (!chat) return;
  const auto made = dialect::to_canonical(dialect::Kind::Gemini, *chat, body);
  if (!made) return;
  const std::size_t depth = limits::kJsonDepthMax + kDeeper;
  AIP_CHECK(json::check(made->json, depth).ok());
  const auto again = dialect::parse_chat(dialect::Kind::OpenAiChat, made->json, depth);
  // One setting in two spellings is a member that stands twice.
  AIP_CHECK(again.ok() || again.error().code == ErrorCode::CallerBadJson);
  if (again) AIP_CHECK(json::Value(made->json)["messages"].size() == made->messages.size());
  for (const dialect::Lack& lack : made->lacks) AIP_CHECK(lack.pointer.front() == '/');
}

// Each event is a byte for its type, one for choice and block, one for the length of its text.
std::vector<aip_event> script(Bytes bytes) {
  std::vector<aip_event> out;
  std::size_t at = 0;
  const auto next = [&]() -> unsigned {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at++]) : 0;
  };
  while (at < bytes.size()) {
    const unsigned type = next(), place = next(), size = next() % 32;
    const Bytes text = bytes.substr(std::min(at, bytes.size()), size);
    at += text.size();
    // The host lets no other text through.
    if (!json::check("\"" + std::string(text) + "\"").ok()) continue;
    const std::uint32_t block = place >> 2 & 3;
    aip_event e = event::ping();
    switch (type % 11) {
      case 0:
        e = event::text(text);
        break;
      case 1:
        e = event::escaped(event::text(text));
        break;
      case 2:
        e = event::reasoning(text);
        break;
      case 3:
        e = event::signature(text);
        break;
      case 4:
        e = event::redacted(text);
        break;
      case 5:
        e = event::tool_begin(block, "", "f");
        break;
      case 6:
        e = event::escaped(event::tool_args(block, text));
        break;
      case 7:
        e = event::block_end(block);
        break;
      case 8:
        e = event::image(R"({"mime_type":"image/png","data":"AAAA"})");
        break;
      case 9:
        e = event::finish(place % 7, text);
        break;
      default:
        e = event::start("id", "model");
        break;
    }
    out.push_back(event::with_choice(e, place & 3));
  }
  for (std::uint32_t choice = 0; choice < 4; ++choice) {
    out.push_back(event::with_choice(event::finish(AIP_FINISH_STOP), choice));
  }
  return out;
}

enum class Shape { Whole, Events, Array };

dialect::AnswerOptions options_of(Shape shape) {
  dialect::AnswerOptions options;
  options.stream = shape != Shape::Whole;
  options.framing = shape == Shape::Array ? dialect::Framing::Array : dialect::Framing::Events;
  options.id = "own";
  options.model = "asked";
  return options;
}

test::GeminiAnswer answer_in(Shape shape, const std::vector<aip_event>& events) {
  const auto encoder = dialect::make_encoder(dialect::Kind::Gemini, options_of(shape));
  std::string out;
  for (const aip_event& e : events) encoder->event(e, out);
  encoder->end(out);
  test::GeminiReader reader;
  test::GeminiAnswer answer = shape == Shape::Whole    ? reader.whole(out)
                              : shape == Shape::Events ? reader.events(out)
                                                       : reader.array(out);
  AIP_CHECK(answer.whole());
  return answer;
}

void check_events(Bytes bytes) {
  const std::vector<aip_event> events = script(bytes);
  const test::GeminiAnswer whole = answer_in(Shape::Whole, events);
  for (const Shape shape : {Shape::Events, Shape::Array}) {
    const test::GeminiAnswer streamed = answer_in(shape, events);
    for (const auto& [index, candidate] : whole.candidates) {
      const test::GeminiCandidateRead& same = streamed.candidates.at(index);
      AIP_CHECK(same.text == candidate.text && same.thoughts == candidate.thoughts);
      AIP_CHECK(same.calls == candidate.calls && same.finish == candidate.finish);
      AIP_CHECK(same.signatures == candidate.signatures && same.media == candidate.media);
    }
  }
}

std::string reframed(const test::Pieces& pieces) {
  const auto encoder = dialect::make_encoder(dialect::Kind::Gemini, options_of(Shape::Array));
  std::string out;
  for (const Bytes piece : pieces) encoder->raw(piece, out);
  encoder->end(out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes whole = fuzz::whole(data, size);
  check_request(whole);
  check_events(whole);
  AIP_CHECK(reframed({whole}) == reframed(fuzz::cut_as_told(data, size)));
  static_cast<void>(dialect::read_carrier(whole));
  return 0;
}
