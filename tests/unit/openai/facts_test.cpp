#include "plugins/openai/facts.h"

#include <doctest/doctest.h>

#include <map>

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::json::Value;

namespace {

std::map<std::uint32_t, std::uint64_t> usage_of(const std::string& json) {
  aip::sdk::Usage usage;
  read_usage(Value(json), usage);
  std::map<std::uint32_t, std::uint64_t> out;
  for (std::size_t i = 0; i < usage.size(); ++i) out[usage.data()[i].kind] = usage.data()[i].count;
  return out;
}
using Counts = std::map<std::uint32_t, std::uint64_t>;

}  // namespace

TEST_CASE("facts: usage as OpenAI tells it") {
  CHECK(usage_of(R"({"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,
    "prompt_tokens_details":{"cached_tokens":4,"audio_tokens":1,"cache_write_tokens":2},
    "completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":3,"accepted_prediction_tokens":5,
      "rejected_prediction_tokens":6}})") == Counts{{AIP_USAGE_INPUT, 12},
                                                    {AIP_USAGE_OUTPUT, 7},
                                                    {AIP_USAGE_CACHE_READ, 4},
                                                    {AIP_USAGE_CACHE_WRITE, 2},
                                                    {AIP_USAGE_AUDIO_INPUT, 1},
                                                    {AIP_USAGE_REASONING, 2},
                                                    {AIP_USAGE_AUDIO_OUTPUT, 3},
                                                    {AIP_USAGE_ACCEPTED_PREDICTION, 5},
                                                    {AIP_USAGE_REJECTED_PREDICTION, 6}});
}

TEST_CASE("facts: output that only the total tells is output") {
  // xAI: reasoning beside completion_tokens. Gemini's compatible surface: hidden thoughts.
  CHECK(usage_of(R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,
    "completion_tokens_details":{"reasoning_tokens":20}})")[AIP_USAGE_OUTPUT] == 25);
  CHECK(usage_of(
            R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":15})")[AIP_USAGE_OUTPUT] ==
        5);
  CHECK(usage_of(R"({"prompt_tokens":10,"total_tokens":10})")[AIP_USAGE_OUTPUT] == 0);
}

TEST_CASE("facts: usage as others tell it") {
  CHECK(usage_of(R"({"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":8})")
            [AIP_USAGE_CACHE_READ] == 8);
  CHECK(
      usage_of(
          R"({"prompt_tokens":9,"completion_tokens":1,"cached_tokens":7})")[AIP_USAGE_CACHE_READ] ==
      7);
  CHECK(usage_of(R"({"prompt_tokens":12.0,"completion_tokens":-1,"prompt_tokens_details":null})") ==
        Counts{{AIP_USAGE_INPUT, 12}, {AIP_USAGE_OUTPUT, 0}});
  CHECK(usage_of("null").empty());
  CHECK(usage_of("[1]").empty());
  CHECK(usage_of(R"({"prompt_tokens":1e300,"completion_tokens":"7"})") ==
        Counts{{AIP_USAGE_INPUT, 0}, {AIP_USAGE_OUTPUT, 0}});
}

TEST_CASE("facts: finish reasons, known and unknown") {
  CHECK(finish_of("stop") == AIP_FINISH_STOP);
  CHECK(finish_of("eos") == AIP_FINISH_STOP);
  CHECK(finish_of("whatever comes next") == AIP_FINISH_STOP);
  CHECK(finish_of("length") == AIP_FINISH_LENGTH);
  CHECK(finish_of("model_length") == AIP_FINISH_LENGTH);
  CHECK(finish_of("tool_calls") == AIP_FINISH_TOOLS);
  CHECK(finish_of("function_call") == AIP_FINISH_TOOLS);
  CHECK(finish_of("content_filter") == AIP_FINISH_FILTER);
  CHECK(finish_of("") == 0);
}

TEST_CASE("facts: the members of a chunk, and where usage may stand") {
  CHECK(Chunk(Value(R"({"choices":[],"usage":{"prompt_tokens":1}})")).is_usage_only());
  CHECK_FALSE(Chunk(Value(R"({"choices":[],"usage":null})")).is_usage_only());
  CHECK_FALSE(Chunk(Value(R"({"choices":[{}],"usage":{}})")).is_usage_only());
  CHECK_FALSE(Chunk(Value(R"({"usage":{}})")).is_usage_only());
  CHECK(Chunk(Value(R"({"x_groq":{"usage":{"prompt_tokens":1}}})")).usage.is_object());
  CHECK_FALSE(Chunk(Value(R"({"error":null})")).error);
  CHECK(Chunk(Value(R"({"error":"x"})")).error);
}

TEST_CASE("facts: an answer is complete when each choice that began has its finish") {
  Progress progress;
  CHECK_FALSE(progress.complete());
  progress.begin(0);
  CHECK_FALSE(progress.complete());
  CHECK(progress.finish(0));
  CHECK_FALSE(progress.finish(0));
  CHECK(progress.complete());
  progress.begin(2);
  CHECK_FALSE(progress.complete());
  CHECK(progress.open(2));
  CHECK_FALSE(progress.open(1));
  CHECK(progress.finish(2));
  CHECK(progress.complete());
}

TEST_CASE("facts: a choice's number one below, at and one above the bound") {
  CHECK(index_of(Value(std::to_string(kChoicesMax - 2))) == kChoicesMax - 2);
  CHECK(index_of(Value(std::to_string(kChoicesMax - 1))) == kChoicesMax - 1);
  CHECK(index_of(Value(std::to_string(kChoicesMax))) == kChoicesMax - 1);
  CHECK(index_of(Value("-1")) == 0);
  CHECK(index_of(Value("1.5")) == 0);
  CHECK(index_of(Value()) == 0);
}
