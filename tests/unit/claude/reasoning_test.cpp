// D1: max_tokens, temperature, stop, reasoning_effort and thinking.
#include "plugins/claude/reasoning.h"

#include "tests/unit/claude/support.h"

namespace aip::claude_test {

TEST_CASE("D1 max_tokens: the newer name, the older name, the model's default, in this order") {
  struct Row {
    std::string members, want;
    std::string_view model;
  };
  const std::vector<Row> rows{
      {R"(,"max_completion_tokens":7,"max_tokens":9)", "7", kModel},
      {R"(,"max_tokens":9)", "9", kModel},
      {R"(,"max_tokens":null,"max_completion_tokens":null)", "16384", kModel},
      {R"(,"max_tokens":1e3)", "1000", kModel},
      {R"(,"max_tokens":10.0)", "10", kModel},
      {R"(,"max_tokens":1)", "1", kModel},
      {"", "8192", kOldModel},
      {"", "4096", "claude-3-haiku-20240307"},
      {"", "4096", "somebody-else"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.members);
    CHECK(translate(with_members(row.members), {.model = row.model})["max_tokens"] == row.want);
  }
  CHECK(translate(with_members(R"(,"max_tokens":0)")).failure.param == "/max_tokens");
  CHECK(translate(with_members(R"(,"max_tokens":-1)")).failure.param == "/max_tokens");
  CHECK(translate(with_members(R"(,"max_completion_tokens":1.5)")).failure.param ==
        "/max_completion_tokens");
  CHECK(translate(with_members(R"(,"max_tokens":"9")")).failure.param == "/max_tokens");
}

TEST_CASE("D1 temperature: above 1 it is clamped and disclosed, its digits survive below") {
  const Outcome hot = translate(with_members(R"(,"temperature":1.7)"));
  CHECK(hot["temperature"] == "1");
  CHECK(hot.changed == Texts{"/temperature"});
  CHECK(translate(with_members(R"(,"temperature":0.70)"))["temperature"] == "0.70");
  CHECK(translate(with_members(R"(,"temperature":1)")).changed.empty());
  CHECK(translate(with_members(R"(,"temperature":null)"))["temperature"].empty());
  CHECK(translate(with_members(R"(,"temperature":"hot")")).failure.param == "/temperature");
}

TEST_CASE("D1 sampling: together, one of them, or neither, by model") {
  const std::string both = with_members(R"(,"temperature":0.5,"top_p":0.9,"top_k":5)");

  const Outcome old = translate(both, {.model = kOldModel});
  CHECK(old["temperature"] == "0.5");
  CHECK(old["top_p"] == "0.9");
  CHECK(old["top_k"] == "5");
  CHECK(old.changed.empty());

  const Outcome one = translate(both);
  CHECK(one["temperature"] == "0.5");
  CHECK(one["top_p"].empty());
  CHECK(one.changed == Texts{"/top_p"});

  const Outcome fixed = translate(both, {.model = kNewModel});
  CHECK(fixed["temperature"].empty());
  CHECK(fixed.changed == Texts{"/temperature", "/top_p", "/top_k"});
  CHECK(translate(with_members(R"(,"temperature":1,"top_p":1)"), {.model = kNewModel})
            .changed.empty());
  CHECK(translate(with_members(R"(,"top_p":0.9)"))["top_p"] == "0.9");
}

TEST_CASE("D1 stop: a string or a list, without blank entries") {
  CHECK(translate(with_members(R"(,"stop":"END")"))["stop_sequences"] == R"(["END"])");
  const Outcome list = translate(with_members(R"(,"stop":["a",""," \n","b\n"])"));
  CHECK(list["stop_sequences"] == R"(["a","b\n"])");
  CHECK(list.changed == Texts{"/stop"});
  CHECK(translate(with_members(R"(,"stop":["\n"])"))["stop_sequences"].empty());
  CHECK(translate(with_members(R"(,"stop":null)"))["stop_sequences"].empty());
  CHECK(translate(with_members(R"(,"stop":[1])")).failure.param == "/stop");
  CHECK(translate(with_members(R"(,"stop":7)")).failure.param == "/stop");
}

TEST_CASE(
    "D1 reasoning_effort: effort and adaptive thinking, effort alone, or a budget, by model") {
  struct Row {
    std::string_view model;
    const char *effort, *thinking, *config;
  };
  const std::string_view with_effort = "claude-opus-4-5-20251101";
  const std::vector<Row> rows{
      {kModel, "minimal", R"({"type":"enabled","budget_tokens":1024})", ""},
      {kModel, "low", R"({"type":"enabled","budget_tokens":2048})", ""},
      {kModel, "medium", R"({"type":"enabled","budget_tokens":4096})", ""},
      {kModel, "high", R"({"type":"enabled","budget_tokens":8192})", ""},
      {kModel, "xhigh", R"({"type":"enabled","budget_tokens":16384})", ""},
      {kModel, "none", R"({"type":"disabled"})", ""},
      {with_effort, "medium", "", R"({"effort":"medium"})"},
      {with_effort, "max", "", R"({"effort":"high"})"},
      {kAdaptiveModel, "minimal", R"({"type":"adaptive"})", R"({"effort":"low"})"},
      {kAdaptiveModel, "xhigh", R"({"type":"adaptive"})", R"({"effort":"high"})"},
      {kAdaptiveModel, "max", R"({"type":"adaptive"})", R"({"effort":"max"})"},
      {kNewModel, "xhigh", R"({"type":"adaptive"})", R"({"effort":"xhigh"})"},
      {kNewModel, "none", R"({"type":"disabled"})", ""},
      {kOldModel, "none", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.model);
    CAPTURE(row.effort);
    const Outcome out =
        translate(with_members(R"(,"reasoning_effort":")" + std::string(row.effort) + "\""),
                  {.model = row.model});
    CHECK(out["thinking"] == row.thinking);
    CHECK(out["output_config"] == row.config);
  }
  const std::string high = with_members(R"(,"reasoning_effort":"high")");
  CHECK(translate(high, {.model = kOldModel}).failure.param == "/reasoning_effort");
  CHECK(translate(high, {.model = kOldModel, .drops = true})["thinking"].empty());
  CHECK(translate(with_members(R"(,"reasoning_effort":"huge")")).failure.param ==
        "/reasoning_effort");
}

TEST_CASE("D1 reasoning: the budget is at least 1024 and below max_tokens") {
  const auto with = [](const std::string& members) { return translate(with_members(members)); };
  const std::string high = R"(,"reasoning_effort":"high")";

  // A default grows by the budget.
  CHECK(with(high)["max_tokens"] == "24576");
  // The client's limit holds, and the budget gives way.
  const Outcome tight = with(high + R"(,"max_tokens":3000)");
  CHECK(tight["max_tokens"] == "3000");
  CHECK(tight["thinking"] == R"({"type":"enabled","budget_tokens":2999})");
  CHECK(tight.changed == Texts{"/reasoning_effort"});
  CHECK(with(high + R"(,"max_tokens":1025)")["thinking"] ==
        R"({"type":"enabled","budget_tokens":1024})");
  // One less, and there is no room to think.
  const Outcome none = with(high + R"(,"max_tokens":1024)");
  CHECK(none["thinking"].empty());
  CHECK(none.changed == Texts{"/reasoning_effort"});
  // A budget of the client's own below the least.
  const Outcome small =
      with(R"(,"thinking":{"type":"enabled","budget_tokens":500},"max_tokens":4000)");
  CHECK(small["thinking"] == R"({"type":"enabled","budget_tokens":1024})");
  CHECK(small.changed == Texts{"/thinking/budget_tokens"});
}

TEST_CASE("D1 reasoning: while it thinks there is no temperature, top_k, or top_p below 0.95") {
  const Outcome out = translate(
      with_members(R"(,"reasoning_effort":"low","temperature":0.2,"top_k":3,"top_p":0.5)"));
  CHECK(out.changed == Texts{"/temperature", "/top_p", "/top_k"});
  CHECK(translate(with_members(
            R"(,"reasoning_effort":"low","temperature":1,"top_p":0.95)"))["top_p"] == "0.95");
  CHECK(translate(with_members(R"(,"reasoning_effort":"low","temperature":1)")).changed.empty());
}

TEST_CASE("D1 reasoning: a forced tool goes before thinking, auto and none leave it") {
  const std::string tool =
      R"(,"tools":[{"type":"function","function":{"name":"f"}}],"reasoning_effort":"low","tool_choice":)";
  for (const char* forced : {R"("required")", R"({"type":"function","function":{"name":"f"}})"}) {
    for (const std::string_view model : {kModel, kAdaptiveModel}) {
      const Outcome out = translate(with_members(tool + forced), {.model = model});
      CHECK(out["thinking"].empty());
      CHECK(out.changed == Texts{"/reasoning_effort"});
    }
  }
  CHECK_FALSE(translate(with_members(tool + R"("auto")"))["thinking"].empty());
  CHECK_FALSE(translate(with_members(tool + R"("none")"))["thinking"].empty());
}

TEST_CASE("D1 reasoning: a tool loop that began without thinking goes on without it") {
  const auto chat = [](const std::string& thinking) {
    return R"({"reasoning_effort":"low","messages":[{"role":"user","content":"hi"},{"role":"assistant",)" +
           thinking +
           R"("tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
           R"({"role":"tool","tool_call_id":"c","content":"ok"}]})";
  };
  const std::string signed_block =
      R"("thinking_blocks":[{"type":"thinking","thinking":"hm","signature":"S"}],)";

  const Outcome stripped = translate(chat(""));
  CHECK(stripped["thinking"].empty());
  CHECK(stripped.changed == Texts{"/reasoning_effort"});
  CHECK(stripped["messages"].find("redacted") == std::string::npos);  // nothing is made up
  CHECK_FALSE(translate(chat(signed_block))["thinking"].empty());
  CHECK_FALSE(translate(chat(""), {.model = kAdaptiveModel})["thinking"].empty());
  // A later question ends the loop.
  std::string later = chat("");
  later.insert(later.size() - 2, R"(,{"role":"user","content":"and?"})");
  CHECK_FALSE(translate(later)["thinking"].empty());
}

TEST_CASE("D1 reasoning: Anthropic's own thinking is made to fit the model") {
  struct Row {
    std::string_view model;
    std::string asked, want;
    bool changed;
  };
  const std::string budget = R"({"type":"enabled","budget_tokens":2000})";
  const std::string adaptive = R"({"type":"adaptive"})";
  const std::vector<Row> rows{
      {kModel, budget, budget, false},
      {kModel, adaptive, R"({"type":"enabled","budget_tokens":4096})", true},
      {kAdaptiveModel, budget, budget, false},
      {kAdaptiveModel, adaptive, adaptive, false},
      {kNewModel, budget, adaptive, true},
      {kNewModel, R"({"type":"adaptive","display":"summarized"})",
       R"({"type":"adaptive","display":"summarized"})", false},
      {kModel, R"({"type":"disabled"})", R"({"type":"disabled"})", false},
      {kOldModel, R"({"type":"disabled"})", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.model);
    CAPTURE(row.asked);
    const Outcome out =
        translate(with_members(R"(,"thinking":)" + row.asked), {.model = row.model});
    CHECK(out["thinking"] == row.want);
    CHECK(out.changed.empty() == !row.changed);
  }
  CHECK(translate(with_members(R"(,"thinking":)" + budget), {.model = kOldModel}).failure.param ==
        "/thinking");
  CHECK(translate(with_members(R"(,"thinking":{"type":"deep"})")).failure.param ==
        "/thinking/type");
}

}  // namespace aip::claude_test
