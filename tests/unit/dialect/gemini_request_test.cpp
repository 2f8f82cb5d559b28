#include "core/dialect/gemini_request.h"

#include <doctest/doctest.h>

#include <aiproxy/json.hpp>

#include "core/base/json.h"
#include "core/dialect/gemini_carrier.h"

using namespace aip;
using namespace aip::dialect;
using json::Value;

namespace gemini_request_test {
namespace {

const std::string kHi = R"([{"role":"user","parts":[{"text":"hi"}]}])";

struct Made {
  std::string json;   // canonical chat; or "param: words" of the error
  std::string lacks;  // "pointer" refused, "(pointer)" disclosed
};

Made canonical(const std::string& body, Outside outside = {"m", false, ""}) {
  const Result<ParsedChat> chat = parse_chat(Kind::Gemini, body, limits::kJsonDepthMax, outside);
  REQUIRE_MESSAGE(chat.ok(), body);
  const Result<Canonical> made = to_canonical(Kind::Gemini, *chat, body);
  if (!made) {
    CHECK(traits(made.error().code).status == 400);
    return {made.error().param + ": " + made.error().detail, ""};
  }
  CHECK_MESSAGE(json::check(made->json).ok(), made->json);
  // It has to be what OpenAI's own clients could have sent.
  const Result<ParsedChat> again = parse_chat(Kind::OpenAiChat, made->json);
  CHECK_MESSAGE(again.ok(), made->json);
  Made out{made->json, ""};
  for (const Lack& lack : made->lacks) {
    if (!out.lacks.empty()) out.lacks += " ";
    const bool refuse = lack.weight == Lack::Weight::Refuse;
    out.lacks += refuse ? lack.pointer : "(" + lack.pointer + ")";
  }
  return out;
}

std::string messages_of(const std::string& contents, const std::string& more = "") {
  const Made made = canonical("{\"contents\":" + contents + more + "}");
  const Value messages = Value(made.json)["messages"];
  return messages ? std::string(messages.raw()) : made.json;
}

// What stands behind the messages.
std::string rest_of(const std::string& members) {
  const Made made = canonical("{\"contents\":" + kHi + "," + members + "}");
  const std::size_t end = made.json.find("\"hi\"}]}]");
  REQUIRE_MESSAGE(end != std::string::npos, made.json);
  const std::string rest = made.json.substr(end + 8);
  return rest.substr(0, rest.size() - 1) + (made.lacks.empty() ? "" : " " + made.lacks);
}

struct Row {
  const char *google, *canonical;
};

}  // namespace

TEST_CASE(
    "gemini request: the model and the stream come from the path, the framing from the query") {
  const std::string body = "{\"model\":\"models/body\",\"contents\":" + kHi + "}";
  for (const bool stream : {false, true}) {
    for (const char* query : {"", "alt=sse", "key=x&alt=sse", "alt=json", "xalt=sse"}) {
      const auto chat = parse_chat(Kind::Gemini, body, 64, {"path", stream, query});
      REQUIRE(chat.ok());
      CHECK(chat->model == "path");
      CHECK(chat->stream == stream);
      const bool sse = std::string_view(query).find("alt=sse") != std::string_view::npos &&
                       std::string_view(query).front() != 'x';
      CHECK((chat->framing == Framing::Events) == (sse || !stream));
    }
  }
  CHECK(canonical(body, {"m\"x", true, ""}).json ==
        R"({"model":"m\"x","stream":true,"stream_options":{"include_usage":true},)"
        R"("messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})");
}

TEST_CASE("gemini request: a body that is no JSON object is refused before anything else") {
  for (const char* body : {"", "[]", "{", "{\"contents\":1,\"contents\":2}"}) {
    CHECK_FALSE(parse_chat(Kind::Gemini, body, 64, {"m", false, ""}).ok());
  }
}

TEST_CASE("gemini request: what Google would judge is not judged for Google") {
  CHECK(parse_chat(Kind::Gemini, R"({"contents":5,"new":true})", 64, {"m", false, ""}).ok());
}

TEST_CASE("gemini request: turns") {
  const Row rows[] = {
      {R"("hi")", R"([{"role":"user","content":[{"type":"text","text":"hi"}]}])"},
      {R"({"parts":[{"text":"hi"}]})",
       R"([{"role":"user","content":[{"type":"text","text":"hi"}]}])"},
      {R"([{"parts":{"text":"hi"}}])",
       R"([{"role":"user","content":[{"type":"text","text":"hi"}]}])"},
      // Neighbours of one role are one turn; a stream's pieces are joined without a seam.
      {R"([{"role":"user","parts":[{"text":"a"},{"text":""}]},{"role":"user","parts":[{"text":"b"}]}])",
       R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}])"},
      {R"(["q",{"role":"model","parts":[{"text":"Hel"}]},{"role":"model","parts":[{"text":"lo\n"}]},{"role":"model","parts":[{"text":""}]}])",
       R"([{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":"Hello\n"}])"},
      {R"(["q",{"role":"model","parts":[{"text":"hm","thought":true},{"text":"yes"}]}])",
       R"([{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":"yes","reasoning_content":"hm"}])"},
      {R"(["q",{"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}}]}])",
       R"([{"role":"user","content":[{"type":"text","text":"q"}]},{"role":"assistant","content":"\n```\n1\n```\n\n```\n2\n```\n"}])"},
  };
  for (const Row& row : rows) CHECK(messages_of(row.google) == row.canonical);
}

TEST_CASE("gemini request: the system's instruction in every shape") {
  for (const char* shape :
       {R"("system_instruction":{"parts":[{"text":"a"},{"text":"b"}]})",
        R"("systemInstruction":{"role":"x","parts":[{"text":"a"},{"text":""},{"text":"b"}]})",
        R"("systemInstruction":{"parts":{"text":"a\nb"}})", R"("systemInstruction":"a\nb")",
        R"("systemInstruction":["a",{"text":"b"}])", R"("systemInstruction":{"text":"a\nb"})"}) {
    CHECK(messages_of(kHi, "," + std::string(shape)) ==
          R"([{"role":"system","content":"a\nb"},)"
          R"({"role":"user","content":[{"type":"text","text":"hi"}]}])");
  }
  CHECK(messages_of(kHi, R"(,"systemInstruction":{"parts":[{"inlineData":{}}]})")
            .find("systemInstruction: ") == 0);
  CHECK(messages_of(kHi, R"(,"systemInstruction":null)").find("[{\"role\":\"user\"") == 0);
}

TEST_CASE(
    "gemini request: calls without ids are named by their place, results found by name and order") {
  const std::string contents = R"([
    {"role":"user","parts":[{"text":"q"}]},
    {"role":"model","parts":[{"functionCall":{"name":"f","args":{"i":1e3}}},{"functionCall":{"name":"f","args":null}},{"function_call":{"id":"own","name":"g"}}]},
    {"role":"function","parts":[{"functionResponse":{"name":"f","response":{"output":"one"}}},{"functionResponse":{"name":"f","response":{"n":2}}}]},
    {"role":"user","parts":[{"text":"and?"},{"function_response":{"id":"own","name":"g","response":{"error":"no"}}}]}])";
  CHECK(
      messages_of(contents) ==
      R"([{"role":"user","content":[{"type":"text","text":"q"}]},)"
      R"({"role":"assistant","content":null,"tool_calls":[)"
      R"({"id":"call_by_place_0","type":"function","function":{"name":"f","arguments":"{\"i\":1e3}"}},)"
      R"({"id":"call_by_place_1","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"own","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"call_by_place_0","content":"one"},)"
      R"({"role":"tool","tool_call_id":"call_by_place_1","content":"{\"n\":2}"},)"
      R"({"role":"tool","tool_call_id":"own","content":"no","is_error":true},)"
      R"({"role":"user","content":[{"type":"text","text":"and?"}]}])");
}

TEST_CASE("gemini request: results out of order find their calls, orphans keep an id") {
  const std::string contents = R"(["q",
    {"role":"model","parts":[{"functionCall":{"name":"a"}},{"functionCall":{"name":"b"}}]},
    {"parts":[{"functionResponse":{"name":"b","response":{}}},{"functionResponse":{"id":"x","name":"a","response":{"result":"r"}}},{"functionResponse":{"name":"c","response":{"result":5}}},{"functionResponse":{"id":"y","name":"c"}}]}])";
  const std::string messages = messages_of(contents);
  const std::string tail =
      R"({"role":"tool","tool_call_id":"call_by_place_1","content":"{}"},)"
      R"({"role":"tool","tool_call_id":"call_by_place_0","content":"r"},)"
      R"({"role":"tool","tool_call_id":"call_unknown_c","content":"{\"result\":5}"},)"
      R"({"role":"tool","tool_call_id":"y","content":"{}"}])";
  CHECK(messages.find(tail) == messages.size() - tail.size());
}

TEST_CASE(
    "gemini request: a hundred thousand calls and their results cost no more than their number") {
  constexpr int kCalls = 100'000;
  std::string calls, results;
  for (int i = 0; i < kCalls; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    calls += comma + R"({"functionCall":{"name":"f"}})";
    results += comma + R"({"functionResponse":{"name":"f","response":{}}})";
  }
  const std::string messages = messages_of(R"([{"role":"model","parts":[)" + calls +
                                           R"(]},{"role":"user","parts":[)" + results + "]}]");
  int in_order = -1;  // the first message holds the calls
  for (const Value message : Value(messages).items()) {
    if (in_order < 0 ||
        message["tool_call_id"].equals("call_by_place_" + std::to_string(in_order))) {
      ++in_order;
    }
  }
  CHECK(in_order == kCalls);
}

TEST_CASE("gemini request: of many functions only the allowed ones are offered") {
  constexpr int kFunctions = 100'000;
  std::string functions, allowed;
  for (int i = 0; i < kFunctions; ++i) {
    const std::string name = "\"f" + std::to_string(i) + "\"";
    functions += (i == 0 ? "" : ",") + (R"({"name":)" + name + "}");
    if (i % 2 != 0) allowed += (i == 1 ? "" : ",") + name;
  }
  const Made made = canonical(
      "{\"contents\":" + kHi + R"(,"tools":[{"functionDeclarations":[)" + functions +
      R"(]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":[)" +
      allowed + "]}}}");
  CHECK(Value(made.json)["tools"].size() == kFunctions / 2);
  CHECK(Value(made.json)["tool_choice"].equals("required"));
}

TEST_CASE("gemini request: signatures go back to who made them") {
  std::string ours;
  append_carrier(R"({"type":"thinking","thinking":"t","signature":"s"})", ours);
  const std::string messages = messages_of(
      R"(["q",{"role":"model","parts":[{"thought":true,"text":"t"},{"text":"a","thoughtSignature":"R29vZ2xl"},{"functionCall":{"name":"f"},"thought_signature":")" +
      ours + R"("},{"functionCall":{"name":"g"},"thoughtSignature":"Z2c="}]}])");
  CHECK(
      messages.find(R"("thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}])") !=
      std::string::npos);
  CHECK(messages.find("reasoning_content") == std::string::npos);
  CHECK(messages.find(R"("provider_state":{"provider":"gemini","data":"R29vZ2xl"},"tool_calls")") !=
        std::string::npos);
  CHECK(
      messages.find(
          R"("name":"g","arguments":"{}"},"provider_state":{"provider":"gemini","data":"Z2c="}})") !=
      std::string::npos);
  CHECK(messages.find(R"("name":"f","arguments":"{}"}},{)") != std::string::npos);
}

TEST_CASE("gemini request: media") {
  const Row rows[] = {
      {R"({"inlineData":{"mimeType":"image/jpg","data":"AA=="}})",
       R"({"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AA=="}})"},
      {R"({"inline_data":{"mime_type":"IMAGE/PNG","data":"AA=="}})",
       R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}})"},
      {R"({"inlineData":{"mimeType":"video/mp4","data":"AA=="}})",
       R"({"type":"video_url","video_url":{"url":"data:video/mp4;base64,AA=="}})"},
      {R"({"inlineData":{"mimeType":"audio/x-wav","data":"AA=="}})",
       R"({"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}})"},
      {R"({"inlineData":{"mimeType":"audio/mpeg","data":"AA=="}})",
       R"({"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}})"},
      {R"({"inlineData":{"mimeType":"application/pdf","data":"AA==","displayName":"a.pdf"}})",
       R"({"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}})"},
      {R"({"inlineData":{"mimeType":"text/plain","data":"aMOk"}})",
       R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"hä"}})"},
      {R"({"inlineData":{"mimeType":"text/plain","data":"/w=="}})",
       R"({"type":"file","file":{"filename":"document.pdf","file_data":"data:text/plain;base64,/w=="}})"},
      {R"({"fileData":{"mimeType":"image/png","fileUri":"https://x/a.png"}})",
       R"({"type":"image_url","image_url":{"url":"https://x/a.png"}})"},
      {R"({"fileData":{"fileUri":"https://www.youtube.com/watch?v=1"}})",
       R"({"type":"video_url","video_url":{"url":"https://www.youtube.com/watch?v=1"}})"},
      {R"({"file_data":{"mime_type":"application/pdf","file_uri":"https://x/a.pdf"}})",
       R"({"type":"document","source":{"type":"url","url":"https://x/a.pdf"}})"},
  };
  for (const Row& row : rows) {
    CHECK(messages_of(R"([{"parts":[)" + std::string(row.google) + "]}]") ==
          R"([{"role":"user","content":[)" + std::string(row.canonical) + "]}]");
  }
}

TEST_CASE("gemini request: a result may bring pictures") {
  const std::string messages = messages_of(
      R"(["q",{"role":"model","parts":[{"functionCall":{"id":"i","name":"f"}}]},{"parts":[{"functionResponse":{"id":"i","name":"f","response":{"result":"see"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}}]}])");
  CHECK(
      messages.find(
          R"({"role":"tool","tool_call_id":"i","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]})") !=
      std::string::npos);
}

TEST_CASE("gemini request: the settings, in both spellings") {
  const Row rows[] = {
      {R"("generationConfig":{"temperature":0.50,"topP":1e-1,"topK":40,"candidateCount":2,"maxOutputTokens":100,"stopSequences":["a"],"seed":5,"presencePenalty":1,"frequencyPenalty":-1,"responseLogprobs":true,"logprobs":3})",
       R"(,"temperature":0.50,"top_p":1e-1,"top_k":40,"n":2,"max_tokens":100,"stop":["a"],"seed":5,"presence_penalty":1,"frequency_penalty":-1,"logprobs":true,"top_logprobs":3)"},
      {R"("generation_config":{"top_p":0.1,"top_k":4,"max_output_tokens":9,"stop_sequences":[],"candidate_count":1,"response_logprobs":false})",
       R"(,"top_p":0.1,"top_k":4,"max_tokens":9,"n":1,"logprobs":false)"},
      {R"("generationConfig":{"temperature":null})", ""},
      {R"("generationConfig":{"thinkingConfig":{"thinkingBudget":0}})",
       R"(,"thinking":{"type":"disabled"})"},
      {R"("generationConfig":{"thinkingConfig":{"thinkingBudget":-1,"includeThoughts":true}})",
       R"(,"thinking":{"type":"adaptive"})"},
      {R"("generationConfig":{"thinking_config":{"thinking_budget":2048}})",
       R"(,"thinking":{"type":"enabled","budget_tokens":2048})"},
      {R"("generationConfig":{"thinkingConfig":{"thinkingLevel":"HIGH"}})",
       R"(,"reasoning_effort":"high")"},
      {R"("generationConfig":{"thinkingConfig":{"includeThoughts":true}})", ""},
      {R"("generationConfig":{"responseMimeType":"application/json"})",
       R"(,"response_format":{"type":"json_object"})"},
      {R"("generationConfig":{"responseMimeType":"text/plain"})", ""},
      {R"("generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"type":{"type":"STRING"}}}})",
       R"(,"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object","properties":{"type":{"type":"string"}}}}})"},
      {R"("generationConfig":{"responseJsonSchema":{"type":"object","x":{"$ref":"#"}}})",
       R"(,"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object","x":{"$ref":"#"}}}})"},
      {R"("generationConfig":{"responseModalities":["TEXT"]})", ""},
      {R"("generationConfig":{"responseModalities":["TEXT","AUDIO"]})",
       R"(,"modalities":["text","audio"])"},
      {R"("serviceTier":"FLEX")", R"(,"service_tier":"flex")"},
      {R"("provider":"claude","coze":{"bot":"1"})", R"(,"provider":"claude","coze":{"bot":"1"})"},
  };
  for (const Row& row : rows) CHECK_MESSAGE(rest_of(row.google) == row.canonical, row.google);
}

TEST_CASE("gemini request: tools and their choice") {
  const std::string f =
      R"({"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","properties":{"i":{"type":"INTEGER","format":"int32"}}}},{"name":"g","parametersJsonSchema":{"type":"object","additionalProperties":false}},{"name":"h"}]})";
  const std::string made_f =
      R"({"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"i":{"type":"integer","format":"int32"}}}}})";
  const std::string made_g =
      R"({"type":"function","function":{"name":"g","parameters":{"type":"object","additionalProperties":false}}})";
  const std::string made_h =
      R"({"type":"function","function":{"name":"h","parameters":{"type":"object","properties":{}}}})";
  const std::string all = ",\"tools\":[" + made_f + "," + made_g + "," + made_h + "]";
  const auto with = [&](const std::string& config) {
    return rest_of("\"tools\":[" + f + "],\"toolConfig\":{\"functionCallingConfig\":" + config +
                   "}");
  };
  CHECK(rest_of("\"tools\":[" + f + "]") == all);
  CHECK(rest_of("\"tools\":" + f) == all);
  CHECK(with(R"({"mode":"AUTO"})") == all + R"(,"tool_choice":"auto")");
  CHECK(with(R"({"mode":"NONE"})") == all + R"(,"tool_choice":"none")");
  CHECK(with(R"({"mode":"any"})") == all + R"(,"tool_choice":"required")");
  CHECK(with(R"({"mode":"VALIDATED"})") == all + R"(,"tool_choice":"auto")");
  CHECK(with(R"({"mode":"ANY","allowedFunctionNames":["g"]})") ==
        ",\"tools\":[" + made_g + R"(],"tool_choice":{"type":"function","function":{"name":"g"}})");
  CHECK(with(R"({"mode":"ANY","allowed_function_names":["g","h"]})") ==
        ",\"tools\":[" + made_g + "," + made_h + R"(],"tool_choice":"required")");
  CHECK(rest_of(R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}})").empty());
  CHECK(rest_of(R"("tools":[{"googleSearch":{}},{"google_search_retrieval":{}}])") ==
        ",\"web_search_options\":{}");
}

TEST_CASE("gemini request: what only Google has is said, and refused where it changes the answer") {
  const Row rows[] = {
      {R"("tools":[{"codeExecution":{}},{"url_context":{}}])",
       " /tools/0/codeExecution /tools/1/urlContext"},
      {R"("cachedContent":"cachedContents/1")", " /cachedContent"},
      {R"("labels":{"a":"b"},"store":false)", " (/labels) (/store)"},
      {R"("safetySettings":[{"category":"C","threshold":"BLOCK_NONE"},{"category":"D","threshold":"OFF"}])",
       " (/safetySettings)"},
      {R"("safety_settings":[{"category":"C","threshold":"BLOCK_LOW_AND_ABOVE"}])",
       " /safetySettings"},
      {R"("safetySettings":[])", ""},
      {R"("generationConfig":{"speechConfig":{},"mediaResolution":"M"})",
       " /generationConfig/speechConfig (/generationConfig/mediaResolution)"},
      {R"("generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{}})",
       " /generationConfig/responseMimeType"},
      {R"("tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{},"response":{}}]}])",
       R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{}}}] (/tools/0/functionDeclarations/0/response))"},
  };
  for (const Row& row : rows) CHECK_MESSAGE(rest_of(row.google) == row.canonical, row.google);
  CHECK(canonical(R"({"contents":[{"parts":[{"fileData":{"fileUri":"gs://b/o"}},{"text":"x"}]}]})")
            .lacks == "/contents/0/parts/0/fileData/fileUri");
  CHECK(canonical(R"({"contents":[{"parts":[{"new":1},{"text":"x"}]}]})").lacks ==
        "/contents/0/parts/0/new");
}

TEST_CASE("gemini request: the member at fault is named") {
  const Row rows[] = {
      {R"({})", "contents: "},
      {R"({"contents":[]})", "contents: "},
      {R"({"contents":[5]})", "contents[0]: "},
      {R"({"contents":[{"parts":[]},{"role":"model","parts":[{"text":""}]}]})", "contents: "},
      {R"({"contents":[{"parts":[{"new":1}]}]})", "/contents/0/parts/0/new: "},
      {R"({"contents":[{"role":"system","parts":[]}]})", "contents[0].role: "},
      {R"({"contents":[{"parts":5}]})", "contents[0].parts: "},
      {R"({"contents":[{"parts":[5]}]})", "contents[0].parts[0]: "},
      {R"({"contents":[{"parts":[{"text":5}]}]})", "contents[0].parts[0].text: "},
      {R"({"contents":[{"role":"model","parts":[{"functionCall":{}}]}]})",
       "contents[0].parts[0].functionCall.name: "},
      {R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":"{}"}}]}]})",
       "contents[0].parts[0].functionCall.args: "},
      {R"({"contents":[{"parts":[{"functionResponse":{"name":"f","response":"x"}}]}]})",
       "contents[0].parts[0].functionResponse.response: "},
      {R"({"contents":[{"parts":[{"inlineData":{"data":"AA=="}}]}]})",
       "contents[0].parts[0].inlineData: "},
      {R"({"contents":"x","generationConfig":5})", "generationConfig: "},
      {R"({"contents":"x","tools":5})", "tools: "},
      {R"({"contents":"x","tools":[{"functionDeclarations":[{}]}]})",
       "tools[0].functionDeclarations[0].name: "},
  };
  for (const Row& row : rows) {
    const std::string made = canonical(row.google).json;
    CHECK_MESSAGE(made.find(row.canonical) == 0, row.google << " gave " << made);
  }
}

TEST_CASE("gemini request: countTokens may wrap the request") {
  CHECK(canonical(R"({"generateContentRequest":{"model":"models/x","contents":"hi"}})").json ==
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})");
}

TEST_CASE("gemini request: pointers of canonical chat are the client's own again") {
  const std::string body =
      R"({"systemInstruction":"s","contents":["a",{"parts":[{"text":"b"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"parts":[{"functionResponse":{"name":"f"}},{"text":"c"}]}]})";
  const auto chat = parse_chat(Kind::Gemini, body, 64, {"m", false, ""});
  const auto made = to_canonical(Kind::Gemini, *chat, body);
  REQUIRE(made.ok());
  const Row rows[] = {
      {"/systemInstruction", "/messages/0/content"},
      {"/contents/0", "/messages/1/content/1"},
      {"/contents/2", "/messages/2/tool_calls/0"},
      {"/contents/3", "/messages/3/content"},
      {"/contents/3", "/messages/4"},
      {"/contents", "/messages/5"},
      {"/contents", "/messages/x"},
      {"/contents", "/messages"},
      {"/generationConfig/topK", "/top_k"},
      {"/generationConfig/maxOutputTokens", "/max_tokens"},
      {"/generationConfig/thinkingConfig", "/thinking/budget_tokens"},
      {"/generationConfig/thinkingConfig", "/reasoning_effort"},
      {"/generationConfig/responseSchema", "/response_format"},
      {"/tools/0", "/tools/0"},
      {"/messagesx", "/messagesx"},
      {"", ""},
  };
  for (const Row& row : rows) {
    CHECK_MESSAGE(client_pointer(Kind::Gemini, *made, row.canonical) == row.google, row.canonical);
  }
}

}  // namespace gemini_request_test
