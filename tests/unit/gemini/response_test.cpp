#include <algorithm>

#include "plugins/gemini/signatures.h"
#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

// A chunk with these parts of candidate 0, and these members of it behind them.
std::string chunk(const std::string& parts, const std::string& more = "") {
  return R"({"candidates":[{"content":{"role":"model","parts":[)" + parts + "]}" + more +
         R"(}],"responseId":"r1","modelVersion":"m1"})";
}
const std::string kStop = R"(,"finishReason":"STOP")";

std::string id_of(const std::string& line) {
  const std::string rest = line.substr(line.find(' ', line.find("TOOL ") + 5) + 1);
  return rest.substr(0, rest.find(' '));
}

}  // namespace

TEST_CASE("response: text and thoughts, in the order in which they come") {
  const Told told = read_answer({chunk(R"({"text":"hm","thought":true})"),
                                 chunk(R"({"text":"a\n\ud83d"},{"text":"\ude00"})", kStop)});

  CHECK(told.lines == Texts{"START r1 m1", "REASONING hm", "TEXT a\n\xEF\xBF\xBD",
                            "TEXT \xEF\xBF\xBD", "FINISH 1 STOP"});
}

TEST_CASE("response: usage sums thoughts into the output and tool prompts into the input") {
  const Told told = read_answer(
      {R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{)"
       R"("promptTokenCount":10,"totalTokenCount":10}})",
       R"({"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,)"
       R"("toolUsePromptTokenCount":5,"cachedContentTokenCount":4,"candidatesTokenCount":3,)"
       R"("thoughtsTokenCount":2,"totalTokenCount":20,"promptTokensDetails":[{"modality":"AUDIO",)"
       R"("tokenCount":7}]}})"});

  CHECK(told.lines == Texts{"START  ", "TEXT a", "USAGE 1=10 2=0", "USAGE 1=15 2=5 3=4 6=2 7=7",
                            "FINISH 1 STOP"});
}

TEST_CASE("response: counts before the first word wait for it") {
  const Told told =
      read_answer({R"({"usageMetadata":{"promptTokenCount":3}})", chunk(R"({"text":"a"})", kStop)});

  CHECK(told.lines == Texts{"START r1 m1", "TEXT a", "USAGE 1=3 2=0", "FINISH 1 STOP"});
}

TEST_CASE("C11 response: calls are numbered over the whole answer, and it ends with tool_calls") {
  const std::string call = R"({"functionCall":{"name":"f","args":{ "a" : [1, "x y"] }}})";
  const Told told = read_answer({chunk(call), chunk(call + "," + call), chunk("", kStop)});

  Texts kinds;
  std::vector<std::string> ids;
  for (const std::string& line : told.lines) {
    kinds.push_back(line.substr(0, line.find(' ', line.find(' ') + 1)));
    if (line.substr(0, 4) == "TOOL") ids.push_back(id_of(line));
  }
  CHECK(kinds == Texts{"START r1", "TOOL 0", "ARGS 0", "END 0", "TOOL 1", "ARGS 1", "END 1",
                       "TOOL 2", "ARGS 2", "END 2", "FINISH 3"});
  CHECK(ids.at(0) != ids.at(1));
  CHECK(ids.at(1) != ids.at(2));
  CHECK(told.lines.at(2) == R"(ARGS 0 {"a":[1,"x y"]})");
}

TEST_CASE("C19 response: a call without arguments has {}, once") {
  for (const char* call :
       {R"({"functionCall":{"name":"f"}})", R"({"functionCall":{"name":"f","args":{}}})"}) {
    CHECK(read_answer({chunk(call, kStop)}).lines.at(2) == "ARGS 0 {}");
  }
}

TEST_CASE("C8 response: a call's signature travels in its id, Gemini's own id in front of it") {
  const Told told =
      read_answer({chunk(R"({"functionCall":{"id":"own1","name":"f"},"thoughtSignature":"a+b/c="},)"
                         R"({"functionCall":{"name":"f"}})",
                         kStop)});

  const gemini::ToolId id = gemini::read_tool_id(id_of(told.lines.at(1)));
  CHECK(id.own == "own1");
  CHECK(id.signature == "a+b/c=");
  CHECK(gemini::read_tool_id(id_of(told.lines.at(4))).signature.empty());

  gemini::Reading plain;
  plain.signature_in_ids = false;
  CHECK(id_of(read_answer({chunk(R"({"functionCall":{"id":"own1","name":"f"},)"
                                 R"("thoughtSignature":"QUJD"})",
                                 kStop)},
                          Ended::Stream, plain)
                  .lines.at(1)) == "own1");
}

TEST_CASE("response: a text's signature is told redacted; a thought's is not told") {
  CHECK(read_answer({chunk(R"({"text":"a","thoughtSignature":"QUJD"})"),
                     chunk(R"({"text":"","thoughtSignature":"REVG"})"),
                     chunk(R"({"text":"x","thought":true,"thoughtSignature":"R0hJ"})", kStop)})
            .lines == Texts{"START r1 m1", "TEXT a", "REDACTED gemini:text:QUJD",
                            "REDACTED gemini:empty:REVG", "REASONING x", "FINISH 1 STOP"});
}

TEST_CASE("response: each reason for an end") {
  const auto finish = [](const std::string& reason) {
    return read_answer({chunk(R"({"text":"a"})", R"(,"finishReason":)" + reason)}).lines.back();
  };
  CHECK(finish(R"("MAX_TOKENS")") == "FINISH 2 MAX_TOKENS");
  for (const char* filtered :
       {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
        "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR"}) {
    CHECK(finish("\"" + std::string(filtered) + "\"") == "FINISH 4 " + std::string(filtered));
  }
  for (const char* other : {"OTHER", "NO_IMAGE", "SOMETHING_NEW", "MALFORMED_FUNCTION_CALL"}) {
    CHECK(finish("\"" + std::string(other) + "\"") == "FINISH 1 " + std::string(other));
  }
  CHECK(finish("2") == "FINISH 2 MAX_TOKENS");
  CHECK(finish("77") == "FINISH 1 77");
}

TEST_CASE("response: a reason in every chunk ends the answer once") {
  CHECK(read_answer({chunk(R"({"text":"a"})", kStop), chunk(R"({"text":"b"})", kStop)}).lines ==
        Texts{"START r1 m1", "TEXT a", "TEXT b", "FINISH 1 STOP"});
}

TEST_CASE("response: a broken function call of which nothing was told is worth another try") {
  const Told told = read_answer(
      {chunk("", R"(,"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed.")")});

  REQUIRE(told.failure);
  CHECK(told.failure->message == "Malformed.");
  CHECK(told.failure->type == "MALFORMED_FUNCTION_CALL");
  CHECK((told.failure->flags & AIP_ERR_RETRYABLE) != 0);
  CHECK(told.lines.empty());

  gemini::Reading native;
  native.native = true;
  CHECK_FALSE(read_answer({chunk("", R"(,"finishReason":"MALFORMED_FUNCTION_CALL")")},
                          Ended::Stream, native)
                  .failure);
}

TEST_CASE("response: a blocked prompt is an answer of nothing, filtered") {
  for (const Ended how : {Ended::Stream, Ended::Whole}) {
    CHECK(read_answer({R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":)"
                       R"({"promptTokenCount":4},"modelVersion":"m1"})"},
                      how)
              .lines == Texts{"START  m1", "USAGE 1=4 2=0", "FINISH 4 SAFETY"});
  }
}

TEST_CASE("response: candidates without content, and none at all") {
  CHECK(read_answer({R"({"candidates":[{"finishReason":"MAX_TOKENS"}]})"}).lines ==
        Texts{"START  ", "FINISH 2 MAX_TOKENS"});
  CHECK(read_answer({R"({"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]})"})
            .lines == Texts{"START  ", "FINISH 1 STOP"});
  const std::string none = R"({"candidates":[],"usageMetadata":{"promptTokenCount":1}})";
  CHECK(read_answer({none}, Ended::Whole).lines.back() == "FINISH 1 STOP");
  CHECK((read_answer({none}).failure->flags & AIP_ERR_TRUNCATED) != 0);
  CHECK(read_answer({"{}"}, Ended::Whole).failure);
}

TEST_CASE("C4 response: an end without a reason is a truncation") {
  CHECK((read_answer({chunk(R"({"text":"a"})")}).failure->flags & AIP_ERR_TRUNCATED) != 0);
  CHECK((read_answer({}).failure->flags & AIP_ERR_TRUNCATED) != 0);
  // One of two candidates has none.
  CHECK(read_answer({R"({"candidates":[{"index":0,"finishReason":"STOP"},)"
                     R"({"index":1,"content":{"parts":[{"text":"a"}]}}]})"})
            .failure);
}

TEST_CASE("response: several candidates have a state each") {
  const std::string call = R"({"functionCall":{"name":"f"}})";
  const Told told = read_answer(
      {R"({"candidates":[{"index":1,"content":{"parts":[)" + call + R"(]}}]})",
       R"({"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},)"
       R"({"index":1,"content":{"parts":[)" +
           call + R"(]},"finishReason":"STOP"}]})"});

  Texts kinds;
  for (const std::string& line : told.lines) {
    kinds.push_back(line.find("TOOL") == std::string::npos ? line : line.substr(0, 9));
  }
  CHECK(kinds == Texts{"START  ", "1: TOOL 0", "1: ARGS 0 {}", "1: END 0", "TEXT a", "1: TOOL 1",
                       "1: ARGS 1 {}", "1: END 1", "FINISH 1 STOP", "1: FINISH 3 STOP"});
}

TEST_CASE("response: images, sounds and code") {
  CHECK(read_answer({chunk(R"({"inlineData":{"mimeType":"image/png","data":"AAAA"}})", kStop)})
            .lines.at(1) == R"(IMAGE {"mime_type":"image/png","data":"AAAA"})");
  CHECK(read_answer(
            {chunk(R"({"inlineData":{"mimeType":"audio/L16;rate=24000","data":"AAAA"}})", kStop)})
            .lines.at(1) == R"(AUDIO {"id":"audio_0","data":"AAAA","transcript":""})");
  CHECK(read_answer({chunk(R"({"executableCode":{"language":"PYTHON","code":"1+1"}},)"
                           R"({"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}})",
                           kStop)})
            .lines == Texts{"START r1 m1", "TEXT \n```python\n1+1\n```\n", "TEXT \n```\n2\n```\n",
                            "FINISH 1 STOP"});
}

TEST_CASE("response: what nobody knows is nothing") {
  CHECK(read_answer({chunk(R"({"hologram":{"x":1}},{"text":"a","videoMetadata":{}})",
                           R"(,"finishReason":"STOP","newThing":[1])")})
            .lines == Texts{"START r1 m1", "TEXT a", "FINISH 1 STOP"});
}

TEST_CASE("response: grounding is told in characters, though Gemini counts bytes") {
  gemini::Reading grounded;
  grounded.grounded = true;
  const Told told = read_answer(
      {chunk(R"({"text":"Köln "},{"text":"liegt."})",
             R"(,"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["q1","q2"],)"
             R"("groundingChunks":[{"web":{"uri":"https://a","title":"A"}}],"groundingSupports":[)"
             R"({"segment":{"startIndex":0,"endIndex":12},"groundingChunkIndices":[0,9]}]})")},
      Ended::Stream, grounded);

  CHECK(told.lines.at(3) ==
        R"(CITATION {"type":"url_citation","url_citation":{"start_index":0,"end_index":11,)"
        R"("url":"https://a","title":"A"}})");
}

TEST_CASE("response: recited sources are citations") {
  const Told told = read_answer({chunk(
      R"({"text":"a"})",
      R"(,"finishReason":"STOP","citationMetadata":{"citationSources":[{"uri":"https://b"},{}]})")});

  CHECK(told.lines.at(2) == R"(CITATION {"type":"url_citation","url_citation":)"
                            R"({"start_index":0,"end_index":0,"url":"https://b"}})");
}

TEST_CASE("response: a source that every chunk repeats is told once, and at most 256 are") {
  const auto sources = [](int from, int to) {
    std::string out = R"(,"citationMetadata":{"citations":[)";
    for (int i = from; i < to; ++i) {
      out += (i == from ? "" : ",") + (R"({"uri":"https://)" + std::to_string(i) + "\"}");
    }
    return out + "]}";
  };
  const auto count = [&](int in_first, int in_second) {
    const Told told = read_answer({chunk(R"({"text":"a"})", sources(0, in_first)),
                                   chunk(R"({"text":"b"})", sources(0, in_second) + kStop)});
    return std::count_if(told.lines.begin(), told.lines.end(),
                         [](const std::string& line) { return line.substr(0, 9) == "CITATION "; });
  };
  CHECK(count(1, 1) == 1);
  CHECK(count(1, 3) == 3);
  CHECK(count(100, 255) == 255);
  CHECK(count(100, 256) == 256);
  CHECK(count(100, 257) == 256);
  CHECK(count(257, 257) == 256);
}

TEST_CASE("response: logprobs come before the text that they belong to") {
  const Told told = read_answer({chunk(
      R"({"text":"a"})",
      R"(,"finishReason":"STOP","logprobsResult":{"chosenCandidates":[{"token":"a","tokenId":1,)"
      R"("logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"b",)"
      R"("logProbability":-1}]}]})")});

  CHECK(told.lines.at(1) ==
        R"(LOGPROBS {"content":[{"token":"a","logprob":-0.5,"bytes":null,"top_logprobs":)"
        R"([{"token":"b","logprob":-1,"bytes":null}]}]})");
  CHECK(told.lines.at(2) == "TEXT a");
}

TEST_CASE("response: an error where an answer was due") {
  const Told told = read_answer(
      {chunk(R"({"text":"a"})"),
       R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})"});

  REQUIRE(told.failure);
  CHECK(told.failure->http_status == 503);
  CHECK((told.failure->flags & AIP_ERR_OVERLOADED) != 0);
}

TEST_CASE("response: arguments that come in pieces are told whole") {
  const Told told = read_answer(
      {chunk(R"({"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"QUJD"})"),
       chunk(R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x",)"
             R"("willContinue":true}],"willContinue":true}})"),
       chunk(R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"\"y"},)"
             R"({"jsonPath":"$.b[0].c","numberValue":1e3},{"jsonPath":"$.b[1]","nullValue":null}],)"
             R"("willContinue":true}})"),
       chunk(R"({"functionCall":{}})"),
       chunk(R"({"functionCall":{"name":"g","args":{}}})", kStop)});

  CHECK(told.lines.at(2) == R"(ARGS 0 {"a":"x\"y","b":[{"c":1e3},null]})");
  CHECK(told.lines.at(5) == "ARGS 1 {}");
  CHECK(told.lines.back() == "FINISH 3 STOP");
}

TEST_CASE("response: the seed's block comes behind START") {
  gemini::Reading seed;
  seed.provider_block = R"({"type":"api","index":"1"})";
  CHECK(read_answer({chunk(R"({"text":"a"})", kStop)}, Ended::Stream, seed).lines.at(1) ==
        R"(PROVIDER gemini {"type":"api","index":"1"})");
}
