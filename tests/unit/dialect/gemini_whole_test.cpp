#include "core/base/limits.h"
#include "tests/unit/dialect/gemini_support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::dialect::Kind;
using aip::dialect::make_encoder;

TEST_CASE("gemini whole: neighbours become one part, others keep their order") {
  const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Whole));
  std::string out;
  for (const aip_event& e :
       {event::reasoning("a"), event::reasoning("b"), event::text("c"), event::text("d"),
        event::tool_begin(0, "i", "f"), event::block_end(0), event::text("e"), event::refusal("no"),
        event::finish(AIP_FINISH_TOOLS)}) {
    encoder->event(e, out);
  }
  CHECK(out.empty());
  encoder->end(out);
  CHECK(
      out ==
      R"({"candidates":[{"content":{"parts":[{"thought":true,"text":"ab"},{"text":"cd"},{"functionCall":{"id":"i","name":"f","args":{}}},{"text":"eno"}],"role":"model"},"finishReason":"STOP","index":0}],"modelVersion":"asked","responseId":"own"})");
}

TEST_CASE("gemini whole: raw bytes are the answer") {
  const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Whole));
  std::string out;
  encoder->raw("{\"candidates\":", out);
  encoder->raw("[]}", out);
  encoder->event(event::text("beside"), out);
  CHECK(encoder->finish() == 0);
  encoder->event(event::finish(AIP_FINISH_STOP), out);
  CHECK(encoder->finish() == AIP_FINISH_STOP);
  encoder->end(out);
  CHECK(out == "{\"candidates\":[]}");
}

TEST_CASE("gemini whole: an answer one below, at and one above the limit") {
  const std::string mebi(1024 * 1024, 'x');
  for (const int more : {-1, 0, 1}) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Whole));
    std::string out;
    std::size_t left = aip::limits::kWholeAnswerBytesMax + static_cast<std::size_t>(more + 1) - 1;
    while (left > 0) {
      const std::size_t size = std::min(left, mebi.size());
      encoder->event(event::text(std::string_view(mebi).substr(0, size)), out);
      left -= size;
    }
    CHECK(encoder->too_large() == (more > 0));
  }
}

TEST_CASE("gemini whole: parts of one letter count with what stands around them") {
  const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Whole));
  std::string out;
  std::size_t letters = 0;
  for (; letters < aip::limits::kWholeAnswerBytesMax && !encoder->too_large(); letters += 2) {
    encoder->event(event::reasoning("a"), out);
    encoder->event(event::text("b"), out);
  }
  CHECK(encoder->too_large());
  CHECK(letters < aip::limits::kWholeAnswerBytesMax / 32);
}
