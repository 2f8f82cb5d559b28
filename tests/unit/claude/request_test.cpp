// D1 and C15: cache marks, what Anthropic lacks, the remaining members, token counts.
#include "plugins/claude/request.h"

#include "tests/unit/claude/support.h"

namespace aip::claude_test {
namespace {

const std::string kMark = R"("cache_control":{"type":"ephemeral"})";

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("C15 cache marks: each stays at its logical position") {
  struct Row {
    const char* name;
    std::string chat, want;
  };
  const std::string call =
      R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},)";
  const std::vector<Row> rows{
      {"tool, outside",
       with_members(R"(,"tools":[{"type":"function",)" + kMark + R"(,"function":{"name":"f"}}])"),
       R"("properties":{}},)" + kMark + "}]"},
      {"tool, inside",
       with_members(R"(,"tools":[{"type":"function","function":{"name":"f",)" + kMark + "}}]"),
       R"("properties":{}},)" + kMark + "}]"},
      {"system message",
       with_messages(R"({"role":"system","content":"s",)" + kMark +
                     R"(},{"role":"user","content":"u"})"),
       R"("system":[{"type":"text","text":"s",)" + kMark + "}]"},
      {"system part",
       with_messages(R"({"role":"system","content":[{"type":"text","text":"s",)" + kMark +
                     R"(}]},{"role":"user","content":"u"})"),
       R"("system":[{"type":"text","text":"s",)" + kMark + "}]"},
      {"user message", with_messages(R"({"role":"user","content":"u",)" + kMark + "}"),
       R"({"type":"text","text":"u",)" + kMark + "}"},
      {"user part",
       with_messages(R"({"role":"user","content":[{"type":"text","text":"u",)" + kMark +
                     R"(},{"type":"text","text":"v"}]})"),
       R"([{"type":"text","text":"u",)" + kMark + R"(},{"type":"text","text":"v"}])"},
      {"image part",
       with_messages(R"({"role":"user","content":[{"type":"image_url",)" + kMark +
                     R"(,"image_url":{"url":"https://a"}}]})"),
       R"("url":"https://a"},)" + kMark + "}"},
      {"assistant message with a call",
       with_messages(
           R"({"role":"user","content":"u"},{"role":"assistant",)" + kMark +
           R"(,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"})"),
       R"("input":{},)" + kMark + "}"},
      {"tool message",
       with_messages(R"({"role":"user","content":"u"},)" + call +
                     R"({"role":"tool","tool_call_id":"c","content":"r",)" + kMark + "}"),
       R"("tool_use_id":"c","content":"r",)" + kMark + "}"},
      {"tool message's part",
       with_messages(R"({"role":"user","content":"u"},)" + call +
                     R"({"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r",)" +
                     kMark + "}]}"),
       R"("content":[{"type":"text","text":"r"}],)" + kMark + "}"},
      {"blank part: the block in front of it",
       with_messages(
           R"({"role":"user","content":[{"type":"text","text":"u"},{"type":"text","text":"",)" +
           kMark + "}]}"),
       R"([{"type":"text","text":"u",)" + kMark + "}]"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Outcome out = translate(row.chat);
    CHECK_MESSAGE(out.body.find(row.want) != std::string::npos, out.body);
    CHECK(count(out.body, "cache_control") == 1);
    CHECK(out.changed.empty());
  }
}

TEST_CASE("C15 cache marks: one on an empty first message has no block to stand on and is lost") {
  const Outcome out = translate(
      R"({"tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","cache_control":)"
      R"({"type":"ephemeral"}},{"role":"user","content":"u"}]})");
  CHECK(out.body.find("cache_control") == std::string::npos);
  CHECK(out["messages"] == R"([{"role":"user","content":[{"type":"text","text":"u"}]}])");
}

TEST_CASE("C15 cache marks: null is none, the ttl is kept") {
  CHECK(translate(with_messages(R"({"role":"user","content":"u","cache_control":null})"))
            .body.find("cache_control") == std::string::npos);
  CHECK(translate(
            with_messages(
                R"({"role":"user","content":"u","cache_control":{"type":"ephemeral","ttl":"1h"}})"))
            .body.find(R"({"type":"ephemeral","ttl":"1h"})") != std::string::npos);
}

TEST_CASE("C15 cache marks: four stay of five, six, and none too many of four") {
  for (std::size_t n = 3; n <= 7; ++n) {
    CAPTURE(n);
    std::string chat = R"({"messages":[{"role":"system","content":"s",)" + kMark + "}";
    for (std::size_t i = 1; i < n; ++i) {
      chat += R"(,{"role":"user","content":"u)" + std::to_string(i) + "\"," + kMark + "}";
    }
    const Outcome out = translate(chat + "]}");
    CHECK(count(out.body, "cache_control") == std::min<std::size_t>(n, 4));
    CHECK(out.changed.size() == (n > 4 ? n - 4 : 0));
    // The first and the last ones stay.
    CHECK(out["system"].find("cache_control") != std::string::npos);
    CHECK(out.body.find("\"u" + std::to_string(n - 1) + "\"," + kMark) != std::string::npos);
    if (n > 4) CHECK(out.changed.front() == "/messages/1/cache_control");
  }
}

TEST_CASE("C15 cache marks: automatic caching takes one of the four places") {
  std::string chat = R"({"cache_control":{"type":"ephemeral"},"messages":[)";
  for (int i = 0; i < 4; ++i)
    chat += std::string(i ? "," : "") + R"({"role":"user","content":"u",)" + kMark + "}";
  CHECK(count(translate(chat + "]}").body, "cache_control") == 4);
}

TEST_CASE("C15 cache marks: a longer lifetime behind a shorter one is shortened") {
  const Outcome out = translate(with_messages(
      R"({"role":"user","content":"a","cache_control":{"type":"ephemeral","ttl":"5m"}},)"
      R"({"role":"user","content":"b","cache_control":{"type":"ephemeral","ttl":"1h"}})"));
  CHECK(out.body.find("1h") == std::string::npos);
  CHECK(out.changed == Texts{"/messages/1/cache_control/ttl"});
}

TEST_CASE("C15 cache marks: one on a prefill whose end is cut stays where it was") {
  const Outcome out = translate(with_messages(
      R"({"role":"user","content":"u"},{"role":"assistant","content":"So  ",)" + kMark + "}"));
  CHECK(out.body.find(R"({"type":"text","text":"So",)" + kMark + "}") != std::string::npos);
}

TEST_CASE("D1 lacks: members that change the answer refuse, or drop if the host says so") {
  struct Row {
    const char *member, *pointer;
  };
  const std::vector<Row> rows{
      {R"(,"n":2)", "/n"},
      {R"(,"logprobs":true)", "/logprobs"},
      {R"(,"top_logprobs":3)", "/top_logprobs"},
      {R"(,"logit_bias":{"50256":-100})", "/logit_bias"},
      {R"(,"frequency_penalty":0.5)", "/frequency_penalty"},
      {R"(,"presence_penalty":-0.5)", "/presence_penalty"},
      {R"(,"modalities":["text","audio"])", "/modalities"},
      {R"(,"audio":{"voice":"alloy","format":"mp3"})", "/audio"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.member);
    const Outcome refused = translate(with_members(row.member));
    CHECK(refused.body.empty());
    CHECK(refused.failure.code == AIP_E_UNSUPPORTED);
    CHECK(refused.failure.flags == AIP_ERR_UNSUPPORTED);
    CHECK(refused.failure.param == row.pointer);
    const Outcome dropped = translate(with_members(row.member), {.drops = true});
    CHECK(dropped.asked == Texts{row.pointer});
    CHECK_FALSE(dropped.body.empty());
  }
}

TEST_CASE("D1 lacks: their harmless values ask nobody") {
  const Outcome out = translate(with_members(
      R"(,"n":1,"logprobs":false,"top_logprobs":0,"logit_bias":{},"frequency_penalty":0,"presence_penalty":0.0,)"
      R"("modalities":["text"],"audio":null,"seed":null,"stream":false,"stream_options":{"include_usage":true},)"
      R"("provider":"claude","openai":{},"claude":{"type":"api","index":"1"})"));
  CHECK(out.asked.empty());
  CHECK(out.changed.empty());
}

TEST_CASE("D1 lacks: members without influence, and unknown ones, are left out and disclosed") {
  const Outcome out = translate(with_members(
      R"(,"seed":7,"store":true,"prediction":{"type":"content","content":"x"},"verbosity":"low","a/b~c":1)"));
  CHECK(out.asked.empty());
  CHECK(out.changed == Texts{"/seed", "/store", "/prediction", "/verbosity", "/a~1b~0c"});
}

TEST_CASE("D1 user: user, safety_identifier and metadata.user_id become metadata.user_id") {
  CHECK(translate(with_members(R"(,"user":"u")"))["metadata"] == R"({"user_id":"u"})");
  CHECK(translate(with_members(R"(,"user":"u","safety_identifier":"s")"))["metadata"] ==
        R"({"user_id":"s"})");
  const Outcome all =
      translate(with_members(R"(,"user":"u","metadata":{"user_id":"m","team":"x"})"));
  CHECK(all["metadata"] == R"({"user_id":"m"})");
  CHECK(all.changed == Texts{"/metadata"});
}

TEST_CASE("D1 service_tier: auto and default are known, others are disclosed") {
  CHECK(translate(with_members(R"(,"service_tier":"auto")"))["service_tier"] == "\"auto\"");
  CHECK(translate(with_members(R"(,"service_tier":"default")"))["service_tier"] ==
        "\"standard_only\"");
  CHECK(translate(with_members(R"(,"service_tier":"flex")")).changed == Texts{"/service_tier"});
}

TEST_CASE("request: Anthropic's own members pass, output_config goes before what was translated") {
  const Outcome out = translate(
      with_members(
          R"(,"container":"c","inference_geo":"eu","reasoning_effort":"high","output_config":{"effort":"low"})"),
      {.model = kAdaptiveModel});
  CHECK(out["container"] == "\"c\"");
  CHECK(out["inference_geo"] == "\"eu\"");
  CHECK(out["output_config"] == R"({"effort":"low"})");
}

TEST_CASE("request: the model is the host's, the stream is asked for, stream_options is not") {
  const Outcome out =
      translate(with_members(R"(,"model":"alias","stream":true,"stream_options":{})"),
                {.purpose = claude::Purpose::AnswerStream});
  CHECK(out["model"] == "\"claude-sonnet-4-5\"");
  CHECK(out["stream"] == "true");
  CHECK(translate(with_members(""))["stream"].empty());
}

TEST_CASE("request: a token count has no member that only an answer needs") {
  const Outcome out = translate(
      with_members(
          R"(,"max_tokens":5,"temperature":0.5,"stop":"x","user":"u","tools":[{"type":"function","function":{"name":"f"}}],"reasoning_effort":"low")"),
      {.purpose = claude::Purpose::CountTokens});
  CHECK(out["max_tokens"].empty());
  CHECK_FALSE(out["tools"].empty());  // the validator has seen the rest
}

TEST_CASE("request: claude.ai sessions get a clear refusal") {
  const Outcome out = translate(with_members(R"(,"claude":{"type":"web","index":"1"})"));
  CHECK(out.failure.param == "/claude/type");
  CHECK(out.failure.flags == AIP_ERR_UNSUPPORTED);
  CHECK(out.failure.message == "Sessions of claude.ai are not served yet; use the API.");
}

TEST_CASE("request: both ways to read the members agree") {
  const std::string chat = with_members(R"(,"max_tokens":5,"weird":1,"top_k":3)");
  std::vector<aip_member> members;
  std::vector<std::string> names;
  names.reserve(8);
  for (const auto& m : json::Value(chat).members()) {
    names.push_back(m.key());
    members.push_back({sdk::span(names.back()), sdk::span(m.value().raw()), 0, 0});
  }
  const claude::Chat a = claude::read_chat(json::Value(chat));
  aip_request request{};
  request.members = members.data();
  request.member_count = members.size();
  const claude::Chat b = claude::read_chat(request);
  CHECK(a.messages.raw() == b.messages.raw());
  CHECK(a.max_tokens.raw() == b.max_tokens.raw());
  CHECK(a.top_k.raw() == b.top_k.raw());
  CHECK(a.others == b.others);
}

}  // namespace aip::claude_test
