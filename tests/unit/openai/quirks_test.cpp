#include "plugins/openai/quirks.h"

#include <doctest/doctest.h>

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::json::Value;

TEST_CASE("quirks: an entry is laid over what is known, and others' members are left alone") {
  Quirks quirks;
  lay_over(
      Value(R"({"drop":["a"],"max_tokens":"max_tokens","no_stream_options":true,"vision":true})"),
      quirks);
  lay_over(Value(R"({"drop":["b"],"max_tokens":"max_completion_tokens","no_stream_options":false,
    "system_role":"system","no_finish_reason":true,"reasoning_content":true,"cache_control":true,
    "reasoning_effort":true})"),
           quirks);
  lay_over(Value(), quirks);
  lay_over(Value("{}"), quirks);

  CHECK(quirks.drop == std::vector<std::string>{"a", "b"});
  CHECK(quirks.max_tokens == "max_completion_tokens");
  CHECK(quirks.system_role == "system");
  CHECK_FALSE(quirks.no_stream_options);
  CHECK(quirks.no_finish_reason);
  CHECK(quirks.reasoning_content);
  CHECK(quirks.cache_control);
  CHECK(quirks.reasoning_effort);
}

TEST_CASE("quirks: values of the wrong type change nothing") {
  Quirks quirks;
  lay_over(Value(R"({"drop":"a","max_tokens":5,"no_stream_options":"yes","system_role":null})"),
           quirks);
  CHECK(quirks.drop.empty());
  CHECK(quirks.max_tokens.empty());
  CHECK_FALSE(quirks.no_stream_options);
  CHECK(quirks.system_role.empty());
}

TEST_CASE("quirks: OpenAI's reasoning models are known by name") {
  for (const char* model : {"o1", "o1-mini", "o3", "o4-mini", "gpt-5", "gpt-5.1-chat"})
    CHECK(is_reasoning_model(model));
  for (const char* model : {"gpt-4o", "gpt-4.1", "chatgpt-4o-latest", "llama"})
    CHECK_FALSE(is_reasoning_model(model));
  CHECK(usual_quirks("o3").max_tokens == "max_completion_tokens");
  CHECK(usual_quirks("gpt-4o").max_tokens.empty());
}
