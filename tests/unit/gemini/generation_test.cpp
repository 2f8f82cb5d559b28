#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

std::string thinking(const std::string& members, std::string_view model) {
  const Outcome out = translate(with_members(members), {model});
  return out.body.empty() ? "refused at " + out.failure.param : out.config("thinkingConfig");
}
std::string effort(const std::string& word, std::string_view model) {
  return thinking(R"(,"reasoning_effort":")" + word + "\"", model);
}

}  // namespace

TEST_CASE("generation: limits and sampling keep their digits") {
  CHECK(translate(with_members(
            R"(,"max_tokens":100,"temperature":0.50,"top_p":1,"top_k":40,"n":2,"seed":7,)"
            R"("presence_penalty":0.1,"frequency_penalty":-0.1,"logprobs":true,"top_logprobs":3)"))
            ["generationConfig"] ==
        R"({"maxOutputTokens":100,"temperature":0.50,"topP":1,"topK":40,"candidateCount":2,)"
        R"("seed":7,"presencePenalty":0.1,"frequencyPenalty":-0.1,"responseLogprobs":true,)"
        R"("logprobs":3})");
  CHECK(translate(with_members(R"(,"max_tokens":5,"max_completion_tokens":6)"))
            .config("maxOutputTokens") == "6");
  CHECK(translate(with_members(R"(,"max_tokens":0)")).failure.param == "/max_tokens");
  CHECK(translate(with_members(""))["generationConfig"].empty());
}

TEST_CASE("generation: a seed of 64 bits is folded, and disclosed") {
  const auto out = translate(with_members(R"(,"seed":4294967297)"));

  CHECK(out.config("seed") == "1");
  CHECK(out.changed == Texts{"/seed"});
}

TEST_CASE("generation: stop sequences, one below, at and above what Gemini takes") {
  const auto stops = [](int n) {
    std::string list = R"("s0")";
    for (int i = 1; i < n; ++i) list += R"(,"s)" + std::to_string(i) + "\"";
    return translate(with_members(R"(,"stop":[)" + list + "]"));
  };

  CHECK(json::Value(stops(4).config("stopSequences")).size() == 4);
  CHECK(json::Value(stops(5).config("stopSequences")).size() == 5);
  CHECK(stops(6).failure.param == "/stop");
  CHECK(translate(with_members(R"(,"stop":"x")")).config("stopSequences") == R"(["x"])");
  CHECK(translate(with_members(R"(,"stop":["",""])"))["generationConfig"].empty());
}

TEST_CASE("generation: effort is a budget on the second generation") {
  CHECK(effort("low", "gemini-2.5-flash") == R"({"thinkingBudget":1024,"includeThoughts":true})");
  CHECK(effort("medium", "gemini-2.5-pro") == R"({"thinkingBudget":8192,"includeThoughts":true})");
  CHECK(effort("high", "gemini-2.5-pro") == R"({"thinkingBudget":24576,"includeThoughts":true})");
  CHECK(effort("none", "gemini-2.5-flash") == R"({"thinkingBudget":0})");
  CHECK(effort("none", "gemini-2.5-pro") == R"({"thinkingBudget":128,"includeThoughts":true})");
  CHECK(effort("xhigh", "gemini-2.5-flash") ==
        R"({"thinkingBudget":24576,"includeThoughts":true})");
}

TEST_CASE("generation: effort is a level on the third") {
  CHECK(effort("minimal", "gemini-3-flash-preview") ==
        R"({"thinkingLevel":"minimal","includeThoughts":true})");
  CHECK(effort("minimal", "gemini-3-pro-preview") ==
        R"({"thinkingLevel":"low","includeThoughts":true})");
  CHECK(effort("medium", "gemini-3-pro-preview") ==
        R"({"thinkingLevel":"high","includeThoughts":true})");
  CHECK(effort("medium", "gemini-3.1-pro-preview") ==
        R"({"thinkingLevel":"medium","includeThoughts":true})");
  CHECK(effort("none", "gemini-3-flash-preview") ==
        R"({"thinkingLevel":"minimal","includeThoughts":true})");
}

TEST_CASE("generation: models that do not think refuse to be asked") {
  CHECK(effort("low", "gemini-2.0-flash") == "refused at /reasoning_effort");
  CHECK(effort("none", "gemini-2.0-flash").empty());
  CHECK(effort("somewhat", "gemini-2.5-flash") == "refused at /reasoning_effort");
}

TEST_CASE("generation: Anthropic's words for thinking, and Gemini's own as they are") {
  CHECK(thinking(R"(,"thinking":{"type":"enabled","budget_tokens":2000})", "gemini-2.5-pro") ==
        R"({"thinkingBudget":2000,"includeThoughts":true})");
  CHECK(thinking(R"(,"thinking":{"type":"enabled","budget_tokens":2000})", kNewModel) ==
        R"({"thinkingLevel":"medium","includeThoughts":true})");
  CHECK(thinking(R"(,"thinking":{"type":"disabled"})", "gemini-2.5-flash") ==
        R"({"thinkingBudget":0})");
  CHECK(thinking(R"(,"thinking":{"type":"adaptive"})", "gemini-2.5-flash") ==
        R"({"includeThoughts":true})");
  CHECK(thinking(R"(,"extra_body":{"google":{"thinking_config":{"thinking_budget":5}}})",
                 "gemini-2.5-flash") == R"({"thinking_budget":5})");
}

TEST_CASE("generation: modalities and a voice") {
  CHECK(translate(with_members(R"(,"modalities":["text","image"])")).config("responseModalities") ==
        R"(["TEXT","IMAGE"])");
  CHECK(translate(with_members(R"(,"modalities":["text"])"))["generationConfig"].empty());
  const auto spoken = translate(
      with_members(R"(,"modalities":["text","audio"],"audio":{"voice":"Kore","format":"wav"})"));
  CHECK(spoken.config("responseModalities") == R"(["AUDIO"])");
  CHECK(spoken.config("speechConfig") ==
        R"({"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"}}})");
  CHECK(translate(with_members(R"(,"modalities":["smell"])")).failure.param == "/modalities/0");
}

TEST_CASE("generation: what Gemini lacks is refused or dropped, what it does not need disclosed") {
  CHECK(translate(with_members(R"(,"logit_bias":{"1":2})")).failure.param == "/logit_bias");
  CHECK(translate(with_members(R"(,"prediction":{"type":"content"})")).failure.param ==
        "/prediction");
  CHECK(translate(with_members(R"(,"logit_bias":{})")).asked.empty());
  CHECK(translate(with_members(R"(,"user":"u","metadata":{"a":"b"},"store":true)")).changed ==
        Texts{"/user", "/metadata", "/store"});
}

TEST_CASE("generation: Gemini's own members pass in both spellings") {
  const auto out = translate(with_members(
      R"(,"safety_settings":[{"category":"c","threshold":"t"}],"cachedContent":"cachedContents/x",)"
      R"("labels":{"a":"b"})"));

  CHECK(out["safetySettings"] == R"([{"category":"c","threshold":"t"}])");
  CHECK(out["cachedContent"] == R"("cachedContents/x")");
  CHECK(out["labels"] == R"({"a":"b"})");
}

TEST_CASE("generation: a count wraps the request on AI Studio and not on Vertex") {
  Ask ask;
  ask.purpose = gemini::Purpose::CountTokens;
  const auto wrapped = translate(with_members(""), ask);
  CHECK(json::Value(wrapped["generateContentRequest"])["model"].equals("models/gemini-2.5-flash"));
  ask.vertex = true;
  CHECK_FALSE(translate(with_members(""), ask)["contents"].empty());
}
