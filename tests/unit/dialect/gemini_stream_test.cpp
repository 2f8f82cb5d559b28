#include "core/base/limits.h"
#include "core/dialect/gemini_carrier.h"
#include "core/dialect/gemini_json.h"
#include "core/dialect/thinking.h"
#include "tests/unit/dialect/gemini_support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::dialect::ErrorReply;
using aip::dialect::Kind;
using aip::dialect::make_encoder;
using aip::sdk::Usage;

namespace gemini_stream_test {
namespace {

std::vector<aip_event> a_bit_of_everything() {
  static const Usage kUsage = Usage()
                                  .set(AIP_USAGE_INPUT, 12)
                                  .set(AIP_USAGE_OUTPUT, 9)
                                  .set(AIP_USAGE_REASONING, 4)
                                  .set(AIP_USAGE_CACHE_READ, 3);
  return {
      event::start("resp-1", "model-1", 1700000000),
      event::reasoning("Let me"),
      event::reasoning(" think."),
      event::signature("sig=="),
      event::text("Grüße \"you\"\n"),
      event::citation(R"({"type":"url_citation","url_citation":{"url":"https://x","title":"X"}})"),
      event::tool_begin(0, "call_a", "look"),
      event::tool_args(0, "{\"q\":"),
      event::tool_begin(1, "", "find"),
      event::tool_args(1, "{\n\"i\": 1e3}"),
      event::block_end(1),
      event::tool_args(0, "\"x\"}"),
      event::block_end(0),
      event::image(R"({"mime_type":"image/png","data":"AAAA"})"),
      event::with_choice(event::text("other"), 1),
      event::with_choice(event::finish(AIP_FINISH_LENGTH), 1),
      event::finish(AIP_FINISH_TOOLS),
      event::usage(kUsage)};
}

}  // namespace

TEST_CASE("gemini: the bytes of a short answer in both framings") {
  for (const Shape shape : {Shape::Events, Shape::Array}) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
    const Usage usage = Usage().set(AIP_USAGE_INPUT, 2).set(AIP_USAGE_OUTPUT, 1);
    std::string out;
    encoder->event(event::start("r", "m"), out);
    CHECK(out.empty());
    encoder->event(event::text("Hi \"you\""), out);
    encoder->event(event::finish(AIP_FINISH_STOP, "stop"), out);
    encoder->event(event::usage(usage), out);
    encoder->end(out);

    const std::string tail = R"(,"modelVersion":"m","responseId":"r"})";
    const std::string first =
        R"({"candidates":[{"content":{"parts":[{"text":"Hi \"you\""}],"role":"model"},"index":0}])" +
        tail;
    const std::string last =
        R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":1,"totalTokenCount":3})" +
        tail;
    if (shape == Shape::Events) {
      CHECK(out == "data: " + first + "\r\n\r\ndata: " + last + "\r\n\r\n");
      CHECK(encoder->content_type() == "text/event-stream; charset=utf-8");
    } else {
      CHECK(out == "[" + first + ",\r\n" + last + "\n]");
      CHECK(encoder->content_type() == "application/json; charset=utf-8");
    }
    CHECK(encoder->finish() == AIP_FINISH_STOP);
  }
}

TEST_CASE("gemini: all shapes of an answer say the same") {
  for (const Shape shape : kShapes) {
    const GeminiAnswer answer = gemini_answer(shape, a_bit_of_everything());

    REQUIRE(answer.whole());
    CHECK(answer.id == "resp-1");
    CHECK(answer.model == "model-1");
    CHECK(
        answer.usage ==
        R"({"promptTokenCount":12,"candidatesTokenCount":5,"thoughtsTokenCount":4,"cachedContentTokenCount":3,"totalTokenCount":21})");
    const GeminiCandidateRead& zero = answer.candidates.at(0);
    CHECK(zero.text == "Grüße \"you\"\n");
    CHECK(zero.thoughts == "Let me think.");
    REQUIRE(zero.calls.size() == 2);
    CHECK(zero.calls[0] == "call_a look {\"q\":\"x\"}");
    CHECK(zero.calls[1] == "call_resp-1_0_1 find { \"i\": 1e3}");
    CHECK(zero.media == std::vector<std::string>{R"({"mimeType":"image/png","data":"AAAA"})"});
    CHECK(zero.finish == "STOP");
    CHECK(answer.candidates.at(1).text == "other");
    CHECK(answer.candidates.at(1).finish == "MAX_TOKENS");
  }
}

TEST_CASE("gemini: a failure after each event is the last thing said, in both framings") {
  const std::vector<aip_event> events = a_bit_of_everything();
  ErrorReply reply;
  reply.status = 503;
  reply.message = "The provider is overloaded.";
  reply.retry_after_ms = 1500;
  for (const Shape shape : {Shape::Events, Shape::Array}) {
    for (std::size_t told = 0; told <= events.size(); ++told) {
      const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
      std::string out;
      for (std::size_t i = 0; i < told; ++i) {
        encoder->event(events[i], out);
        if (i % 3 == 0) encoder->keep_alive(out);
      }
      encoder->fail(reply, out);

      const GeminiAnswer answer = read_gemini(shape, out);
      CHECK_MESSAGE(answer.good(), answer.fault << ": " << out);
      CHECK(answer.error == "UNAVAILABLE");
      CHECK_FALSE(answer.whole());
      CHECK(out.find("\"retryDelay\":\"2s\"") != std::string::npos);
      for (const auto& [index, candidate] : answer.candidates) CHECK(candidate.finish.empty());
    }
  }
}

TEST_CASE("gemini: signs of life stand between events only, and say nothing") {
  for (const Shape shape : {Shape::Events, Shape::Array}) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
    std::string out;
    encoder->keep_alive(out);
    CHECK_FALSE(out.empty());
    for (const aip_event& e : a_bit_of_everything()) {
      encoder->event(e, out);
      encoder->keep_alive(out);
    }
    encoder->end(out);
    const GeminiAnswer answer = read_gemini(shape, out);
    CHECK_MESSAGE(answer.whole(), answer.fault);
    CHECK(answer.candidates.at(0).text == "Grüße \"you\"\n");
  }
}

TEST_CASE("gemini: thoughts are shown to those who ask, their signature goes to all") {
  for (const Shape shape : kShapes) {
    for (const bool asked : {false, true}) {
      const GeminiAnswer answer = gemini_answer(
          shape,
          {event::reasoning("a \"b\""), event::signature("sig"), event::redacted("opaque"),
           event::tool_begin(0, "c", "f"), event::block_end(0), event::finish(AIP_FINISH_TOOLS)},
          asked);
      const GeminiCandidateRead& c = answer.candidates.at(0);
      CHECK(c.thoughts == (asked ? "a \"b\"" : ""));
      REQUIRE_FALSE(c.signatures.empty());
      const auto blocks =
          aip::dialect::read_carrier(c.signatures.substr(0, c.signatures.find(';')));
      REQUIRE(blocks);
      CHECK(
          *blocks ==
          R"({"type":"thinking","thinking":"a \"b\"","signature":"sig"},{"type":"redacted_thinking","data":"opaque"})");
    }
  }
}

TEST_CASE("gemini: a signature that no part follows stands on an empty text at the end") {
  for (const Shape shape : kShapes) {
    const GeminiAnswer answer = gemini_answer(
        shape, {event::text("a"), event::reasoning("r"), event::signature("s"), event::finish(1)});
    CHECK_FALSE(answer.candidates.at(0).signatures.empty());
    CHECK(answer.candidates.at(0).text == "a");
  }
}

TEST_CASE("gemini: calls come whole and in the order in which they began") {
  const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Events));
  std::string out;
  for (const aip_event& e : {event::tool_begin(3, "a", "one"), event::tool_begin(5, "b", "two"),
                             event::tool_args(5, "{}"), event::block_end(5)}) {
    encoder->event(e, out);
  }
  CHECK(out.empty());  // the first one is not complete
  encoder->event(event::block_end(3), out);
  const GeminiAnswer answer = read_gemini(Shape::Events, out);
  CHECK_MESSAGE(answer.good(), answer.fault);
  CHECK(answer.candidates.at(0).calls == std::vector<std::string>{"a one {}", "b two {}"});
}

TEST_CASE("gemini: arguments that are no object are Google's malformed call, not a broken stream") {
  for (const Shape shape : kShapes) {
    for (const char* arguments : {"{\"a\":", "[1]", "5", "nonsense", "{} {}", "null"}) {
      const GeminiAnswer answer =
          gemini_answer(shape, {event::tool_begin(0, "c", "f"), event::tool_args(0, arguments),
                                event::block_end(0), event::finish(AIP_FINISH_TOOLS)});
      CHECK(answer.candidates.at(0).calls.empty());
      CHECK(answer.candidates.at(0).finish == "MALFORMED_FUNCTION_CALL");
    }
    for (const char* arguments : {"", " ", "{}", "\n{}\n"}) {
      const GeminiAnswer answer =
          gemini_answer(shape, {event::tool_begin(0, "c", "f"), event::tool_args(0, arguments),
                                event::finish(AIP_FINISH_TOOLS)});
      CHECK(answer.candidates.at(0).calls.size() == 1);
      CHECK(answer.candidates.at(0).finish == "STOP");
    }
  }
}

TEST_CASE("gemini: the arguments of open calls one below, at and one above the limit") {
  const std::size_t limit = aip::limits::kEventBytesMax;
  for (const std::size_t size : {limit - 1, limit, limit + 1}) {
    const std::string arguments = "{\"a\":\"" + std::string(size - 8, 'x') + "\"}";
    REQUIRE(arguments.size() == size);
    const GeminiAnswer answer = gemini_answer(
        Shape::Whole,
        {event::tool_begin(0, "c", "f"), event::tool_args(0, arguments), event::finish(1)});
    CHECK(answer.candidates.at(0).calls.size() == (size <= limit ? 1 : 0));
  }
}

TEST_CASE("gemini: every end has a reason of Google's") {
  struct Row {
    std::uint32_t finish;
    const char *upstream, *google;
  };
  const Row rows[] = {
      {AIP_FINISH_STOP, "stop", "STOP"},
      {AIP_FINISH_STOP, "", "STOP"},
      {AIP_FINISH_LENGTH, "length", "MAX_TOKENS"},
      {AIP_FINISH_TOOLS, "tool_use", "STOP"},
      {AIP_FINISH_FILTER, "content_filter", "SAFETY"},
      {AIP_FINISH_FILTER, "RECITATION", "RECITATION"},
      {AIP_FINISH_STOP, "MALFORMED_FUNCTION_CALL", "MALFORMED_FUNCTION_CALL"},
      {AIP_FINISH_STOP_SEQUENCE, "stop_sequence", "STOP"},
      {AIP_FINISH_PAUSE, "pause_turn", "OTHER"},
      {99, "new", "STOP"},
  };
  for (const Row& row : rows) {
    CHECK(aip::dialect::google_finish(row.finish, row.upstream) == row.google);
    for (const Shape shape : kShapes) {
      const GeminiAnswer answer =
          gemini_answer(shape, {event::finish(row.finish, row.upstream, "END")});
      CHECK(answer.candidates.at(0).finish == row.google);
    }
  }
}

TEST_CASE("gemini: a half of a character waits for the other one, or becomes U+FFFD") {
  for (const Shape shape : kShapes) {
    const GeminiAnswer joined =
        gemini_answer(shape, {event::escaped(event::text("a\\ud83d")),
                              event::escaped(event::text("\\ude00b")), event::finish(1)});
    CHECK(joined.candidates.at(0).text == "a😀b");
    const GeminiAnswer lone =
        gemini_answer(shape, {event::escaped(event::text("a\\ud83d")), event::finish(1)});
    CHECK(lone.candidates.at(0).text == "a\xEF\xBF\xBD");
  }
}

TEST_CASE("gemini: log probabilities stand beside their text, and all of them in a whole answer") {
  const std::string logprobs =
      R"({"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-1.5}]}]})";
  for (const Shape shape : kShapes) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
    std::string out;
    for (const aip_event& e : {event::logprobs(logprobs), event::text("a"), event::finish(1)}) {
      encoder->event(e, out);
    }
    encoder->end(out);
    CHECK(read_gemini(shape, out).whole());
    CHECK(
        out.find(
            R"("logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"a","logProbability":-0.5},{"token":"b","logProbability":-1.5}]}]})") !=
        std::string::npos);
  }
}

TEST_CASE("gemini: sources become grounding chunks of the end") {
  for (const Shape shape : kShapes) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
    std::string out;
    for (const aip_event& e :
         {event::text("a"),
          event::citation(
              R"({"type":"url_citation","url_citation":{"url":"https:\/\/x","title":"X"}})"),
          event::citation(R"({"type":"file_citation","file_citation":{"index":0}})"),
          event::finish(1)}) {
      encoder->event(e, out);
    }
    encoder->end(out);
    CHECK(read_gemini(shape, out).whole());
    CHECK(
        out.find(
            R"("groundingMetadata":{"groundingChunks":[{"web":{"uri":"https:\/\/x","title":"X"}}]})") !=
        std::string::npos);
  }
}

TEST_CASE("gemini: an image is its data, a data URL is too, an address is a file") {
  for (const Shape shape : kShapes) {
    const GeminiAnswer answer =
        gemini_answer(shape, {event::image(R"({"mime_type":"image/png","data":"AAAA"})"),
                              event::image(R"({"url":"data:image/webp;base64,BBBB"})"),
                              event::image(R"({"url":"https://x/y.png"})"),
                              event::audio(R"({"id":"a","data":"CCCC"})"), event::finish(1)});
    CHECK(answer.candidates.at(0).media ==
          std::vector<std::string>{
              R"({"mimeType":"image/png","data":"AAAA"})",
              R"({"mimeType":"image/webp","data":"BBBB"})", R"({"fileUri":"https://x/y.png"})",
              R"({"mimeType":"audio/L16;codec=pcm;rate=24000","data":"CCCC"})"});
  }
}

TEST_CASE("gemini: a provider block stands at the end of the answer") {
  for (const Shape shape : kShapes) {
    const GeminiAnswer answer = gemini_answer(
        shape, {event::provider("coze", "{\"id\":\n1}"), event::text("a"), event::finish(1)}, true,
        {"coze"});
    CHECK(answer.whole());
  }
}

TEST_CASE("gemini: an answer without a finish for each candidate that began is not whole") {
  for (const Shape shape : kShapes) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
    std::string out;
    CHECK(encoder->finish() == 0);
    encoder->event(event::text("a"), out);
    encoder->event(event::with_choice(event::text("b"), 2), out);
    encoder->event(event::finish(AIP_FINISH_STOP), out);
    CHECK(encoder->finish() == 0);
    encoder->event(event::with_choice(event::finish(AIP_FINISH_LENGTH), 2), out);
    CHECK(encoder->finish() == AIP_FINISH_STOP);
  }
}

TEST_CASE("gemini: raw events go through as they are, or become items of the array") {
  const std::string one = R"({"candidates":[{"index":0}]})", two = R"({"usageMetadata":{}})";
  const std::string bytes = "data: " + one + "\r\n\r\n: sign of life\n\ndata: " + two + "\n\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    for (const Shape shape : {Shape::Events, Shape::Array}) {
      const auto encoder = make_encoder(Kind::Gemini, gemini_options(shape));
      std::string out;
      encoder->raw(std::string_view(bytes).substr(0, cut), out);
      encoder->event(event::text("told beside, not rendered"), out);
      encoder->raw(std::string_view(bytes).substr(cut), out);
      CHECK(encoder->finish() == 0);
      encoder->event(event::finish(AIP_FINISH_STOP), out);
      CHECK(encoder->finish() == AIP_FINISH_STOP);
      encoder->end(out);
      CHECK(out == (shape == Shape::Events ? bytes : "[" + one + ",\r\n" + two + "\n]"));
    }
  }
}

TEST_CASE("gemini: nothing of ours comes between the CR and the LF of a raw event") {
  ErrorReply reply;
  reply.status = 502;
  reply.message = "cut";
  for (const bool fails : {false, true}) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Events));
    std::string out;
    encoder->raw("data: {\"a\":1}\r\n\r", out);
    if (fails) {
      encoder->fail(reply, out);
      CHECK(out.find("data: {\"a\":1}\r\n\r\ndata: {\"error\"") == 0);
    } else {
      encoder->keep_alive(out);
      encoder->raw("\ndata: {\"b\":2}\r\n\r\n", out);
      CHECK(out == "data: {\"a\":1}\r\n\r\n: keep-alive\r\n\r\n\ndata: {\"b\":2}\r\n\r\n");
    }
  }
}

TEST_CASE("gemini: a raw array goes through, and is closed if nobody else closes it") {
  const std::string one = "[{\r\n \"a\": [1]\r\n}", two = ",\r\n{\"b\":2}", end = "\n]\n";
  for (const bool closed : {false, true}) {
    for (const bool fails : {false, true}) {
      if (closed && fails) continue;  // nothing comes behind the end
      const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Array));
      std::string out;
      encoder->raw(one, out);
      encoder->keep_alive(out);
      encoder->raw(two, out);
      if (closed) encoder->raw(end, out);
      if (fails) {
        encoder->fail({}, out);
      } else {
        encoder->end(out);
      }
      CHECK_MESSAGE(aip::json::check(out).ok(), out);
      CHECK(aip::json::Value(out).size() == (fails ? 3 : 2));
      if (closed) CHECK(out == one + "\n" + two + end);
    }
  }
}

TEST_CASE("gemini: a failure behind raw events closes the array") {
  ErrorReply reply;
  reply.status = 502;
  reply.message = "cut";
  const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Array));
  std::string out;
  encoder->raw("data: {\"a\":1}\n\n", out);
  encoder->fail(reply, out);
  CHECK(aip::json::check(out).ok());
  CHECK(out.find(R"([{"a":1},)") == 0);
}

TEST_CASE("gemini: candidates and calls one below, at and one above the limit") {
  for (const std::uint32_t choice : {aip::dialect::kChoicesMax - 1, aip::dialect::kChoicesMax}) {
    const auto encoder = make_encoder(Kind::Gemini, gemini_options(Shape::Events));
    std::string out;
    encoder->event(event::with_choice(event::text("a"), choice), out);
    CHECK(out.empty() == (choice >= aip::dialect::kChoicesMax));
  }
  for (const std::size_t more : {0, 1, 2}) {
    const std::size_t count = aip::dialect::kToolsMax - 1 + more;
    std::vector<aip_event> events;
    for (std::uint32_t i = 0; i < count; ++i) events.push_back(event::tool_begin(i, "", "f"));
    events.push_back(event::finish(AIP_FINISH_TOOLS));
    CHECK(gemini_answer(Shape::Whole, events).candidates.at(0).calls.size() ==
          std::min(count, aip::dialect::kToolsMax));
  }
}

}  // namespace gemini_stream_test
