#include <doctest/doctest.h>

#include <map>

#include "core/base/random.h"
#include "tests/unit/route/support.h"

using namespace aip;
using namespace aip::route;
using test::table_of;

namespace {

// The names of Config::providers by their places, for the texts of this file.
const std::vector<std::string> kNames{"deepseek", "groq", "openai", "claude", "mock"};

constexpr const char* kConfig = R"yaml(
providers:
  deepseek: {plugin: openai, drop_unsupported: true}
  groq: {plugin: openai}
models:
  - {match: "gpt-4o-*", targets: [{provider: groq}]}
  - {match: fast, targets: [{provider: deepseek, model: deepseek-chat}, {provider: openai, model: gpt-4o-mini}], retry: {attempts: 3}, timeout_ms: {total: 9}}
  - {match: "gpt-4o-mini", targets: [{provider: claude, model: claude-x, drop_unsupported: true}]}
  - {match: "groq/exact", targets: [{provider: mock, model: m}]}
  - {match: "g*", targets: [{provider: claude, model: g}]}
)yaml";

std::string drawn(const Result<Plan>& plan) {
  if (!plan) return std::string(traits(plan.error().code).name);
  std::string out;
  for (const Candidate& c : plan->candidates) {
    if (!out.empty()) out += ", ";
    out += kNames[c.provider] + ":" + c.model + (c.drop_unsupported ? "!" : "");
  }
  return out + (plan->named ? " named" : "") + (plan->model_known ? " known" : "");
}

std::string planned(const Table& table, std::string_view provider, std::string_view model) {
  return drawn(table.plan(Match(), provider, model, 1, 0));
}

}  // namespace

TEST_CASE("plan: `provider` in the body comes first: a configured name or an alias") {
  const auto table = table_of(kConfig);

  CHECK(planned(*table, "claude", "gpt-4o-mini") == "claude:gpt-4o-mini named known");
  CHECK(planned(*table, "deepseek", "fast") == "deepseek:fast! named");
  CHECK(planned(*table, "openai-chat-web", "text-davinci") == "openai:text-davinci named");
  CHECK(planned(*table, "claude", "") == "claude: named");
}

TEST_CASE("plan: an unknown `provider` means nothing, as in the seed") {
  const auto table = table_of(kConfig);

  CHECK(planned(*table, "unheard-of", "claude-3") == "claude:claude-3");
  CHECK(planned(*table, "", "claude-3") == "claude:claude-3");
}

TEST_CASE("plan: then an exact models match, whatever glob stands before it") {
  const auto table = table_of(kConfig);

  CHECK(planned(*table, "", "gpt-4o-mini") == "claude:claude-x! known");
  CHECK(planned(*table, "", "fast") == "deepseek:deepseek-chat!, openai:gpt-4o-mini known");
  // An exact match comes before provider/model.
  CHECK(planned(*table, "", "groq/exact") == "mock:m known");
}

TEST_CASE("plan: then the model as provider/model") {
  const auto table = table_of(kConfig);

  CHECK(planned(*table, "", "groq/llama") == "groq:llama named");
  CHECK(planned(*table, "", "groq/meta/llama") == "groq:meta/llama named");
  CHECK(planned(*table, "", "openai-chat-web/x") == "openai:x named");
  // No such provider, so the slash is part of a name; "g*" does not take it.
  CHECK(planned(*table, "", "deepseek-ai/V3") == "openai:deepseek-ai/V3");
  CHECK(planned(*table, "", "groq/") == "claude:g");
}

TEST_CASE("plan: then the first glob of models") {
  const auto table = table_of(kConfig);

  CHECK(planned(*table, "", "gpt-4o-2024") == "groq:gpt-4o-2024");
  CHECK(planned(*table, "", "gpt-5") == "claude:g");
}

TEST_CASE("plan: then the provider that claims the name, then default_provider") {
  const auto table = table_of("providers: {deepseek: {plugin: openai}, groq: {plugin: openai}}\n");

  CHECK(planned(*table, "", "gpt-4o") == "openai:gpt-4o");
  CHECK(planned(*table, "", "gpt-4o-mini") == "openai:gpt-4o-mini known");
  CHECK(planned(*table, "", "claude-3") == "claude:claude-3");
  CHECK(planned(*table, "", "mock") == "mock:mock known");
  CHECK(planned(*table, "", "mock-slow") == "mock:mock-slow known");
  CHECK(planned(*table, "", "mock-anything") == "mock:mock-anything");
  CHECK(planned(*table, "", "unclaimed") == "openai:unclaimed");
  CHECK(planned(*table, "", "") == "openai:");
}

TEST_CASE("plan: the default provider is the configured one") {
  const auto table = table_of(
      "providers: {deepseek: {plugin: openai}, groq: {plugin: openai}}\ndefault_provider: groq\n");

  CHECK(planned(*table, "", "unclaimed") == "groq:unclaimed");
}

TEST_CASE("plan: nobody answers when there is no default either") {
  config::test::World world;
  const std::vector<config::PluginClaims> only_mock{
      {"mock", "1", "mock.so", std::string(config::test::kMockManifest)}};
  world.files["f"] = "log_level: info\n";
  const auto loaded = config::load("f", only_mock, world);
  const auto table = Table::make(loaded.config, only_mock);
  REQUIRE(table.ok());

  const Result<Plan> plan = (*table)->plan(Match(), "", "gpt-4o", 0, 0);

  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().code == ErrorCode::PolicyModelUnknown);
  CHECK(plan.error().detail == "No provider answers for the model \"gpt-4o\".");
}

TEST_CASE("plan: of several claims the most specific wins") {
  const auto table = table_of("log_level: info\n",
                              R"({"name":"extra","models":{"claims":["gpt-image-*","o1-mini"]}})");
  const auto provider = [&table](const char* model) {
    return table->plan(Match(), "", model, 0, 0)->candidates[0].provider;
  };
  const std::uint32_t openai = provider("gpt-4o"), extra = provider("gpt-image-1");

  CHECK(openai != extra);
  CHECK(provider("o1-mini") == extra);
  CHECK(provider("o1-preview") == openai);
}

TEST_CASE("plan: a path that names the provider goes before everything") {
  const auto table = table_of(kConfig);
  Match match;
  match.provider = "groq";

  CHECK(drawn(table->plan(match, "claude", "fast", 0, 0)) == "groq:fast named");
}

TEST_CASE("plan: a rule's retry and timeouts come with it") {
  const auto table = table_of(kConfig);

  const Result<Plan> plan = table->plan(Match(), "", "fast", 0, 0);

  REQUIRE(plan.ok());
  CHECK(plan->retry.attempts == 3);
  REQUIRE(plan->timeouts);
  CHECK(plan->timeouts->total_ms == 9);
  CHECK_FALSE(table->plan(Match(), "", "claude-3", 0, 0)->timeouts);
}

TEST_CASE("plan: a provider that cannot do the operation is left out, and none is an error") {
  const auto table =
      table_of("models: [{match: e, targets: [{provider: claude}, {provider: openai}]}]\n");
  Match embeddings;
  embeddings.operation = Operation::Embeddings;
  Match count;
  count.operation = Operation::CountTokens;
  const auto providers = [](const Result<Plan>& plan) { return plan->candidates.size(); };

  CHECK(providers(table->plan(Match(), "", "e", 0, 0)) == 2);
  CHECK(providers(table->plan(embeddings, "", "e", 0, 0)) == 1);
  const Result<Plan> none = table->plan(embeddings, "claude", "x", 0, 0);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::CallerUnsupported);
  CHECK(none.error().detail == "The provider \"claude\" has no \"embeddings\".");
  CHECK(table->plan(count, "claude", "x", 0, 0).ok());
  // Who chats and does not count is kept for an estimate.
  CHECK(table->plan(count, "openai", "x", 0, 0).ok());
  CHECK(table->counts_tokens(table->plan(count, "claude", "x", 0, 0)->candidates[0].provider));
  CHECK_FALSE(
      table->counts_tokens(table->plan(count, "openai", "x", 0, 0)->candidates[0].provider));
  // A manifest that lists no operations has them all.
  CHECK(table->plan(embeddings, "mock", "x", 0, 0).ok());
}

TEST_CASE("plan: weights choose by chance, in proportion, and 0 never") {
  const auto table = table_of(
      "providers: {deepseek: {plugin: openai}, groq: {plugin: openai}}\n"
      "models:\n  - match: w\n    policy: weighted\n    targets:\n"
      "      - {provider: deepseek, weight: 3}\n      - {provider: groq, weight: 1}\n"
      "      - {provider: mock, weight: 0}\n");
  SeededRandom random(7);
  std::map<std::string, int> first;
  constexpr int kDraws = 40'000;

  for (int i = 0; i < kDraws; ++i) {
    const Result<Plan> plan = table->plan(Match(), "", "w", random.u64(), 0);
    REQUIRE(plan->candidates.size() == 2);  // the other one is the fallback
    CHECK(plan->candidates[0].provider != plan->candidates[1].provider);
    ++first[kNames[plan->candidates[0].provider]];
  }

  // Six standard deviations are 520.
  CHECK(first["deepseek"] > kDraws * 3 / 4 - 520);
  CHECK(first["deepseek"] < kDraws * 3 / 4 + 520);
  CHECK(first["mock"] == 0);
}

TEST_CASE("plan: the same dice give the same plan") {
  const auto table = table_of(
      "models: [{match: w, policy: weighted, targets: [{provider: openai}, {provider: mock}]}]\n");
  for (std::uint64_t dice = 0; dice < 100; ++dice) {
    const auto a = table->plan(Match(), "", "w", dice, 0),
               b = table->plan(Match(), "", "w", dice, 9);
    CHECK(a->candidates[0].provider == b->candidates[0].provider);
  }
}

TEST_CASE("plan: round robin takes turns, the others in order behind") {
  const auto table = table_of(
      "providers: {deepseek: {plugin: openai}, groq: {plugin: openai}}\n"
      "models: [{match: r, policy: round_robin, targets: [{provider: deepseek}, {provider: groq}, "
      "{provider: mock}]}]\n");
  const auto turn = [&table](std::uint32_t n) {
    return drawn(table->plan(Match(), "", "r", 5, n));
  };
  CHECK(turn(0) == "deepseek:r, groq:r, mock:r known");
  CHECK(turn(1) == "groq:r, mock:r, deepseek:r known");
  CHECK(turn(2) == "mock:r, deepseek:r, groq:r known");
  CHECK(turn(3) == turn(0));
}

TEST_CASE("table: what a provider's plugin speaks and may call") {
  const auto table = table_of(
      "providers:\n  deepseek: {plugin: openai, base_url: 'https://API.deepseek.com/v1', hosts: "
      "['*.deepseek.com']}\n");

  CHECK(table->own_dialect(0) == Dialect::OpenAiChat);
  CHECK(table->is_native(0, Dialect::OpenAiResponses));
  CHECK_FALSE(table->is_native(0, Dialect::Anthropic));
  CHECK(table->default_kind(0) == "api_key");
  CHECK_FALSE(table->has_background(0));
  for (const char* host :
       {"api.deepseek.com", "x.deepseek.com", "API.OPENAI.COM", "files.oaiusercontent.com"}) {
    CHECK_MESSAGE(table->host_allowed(0, host), host);
  }
  for (const char* host : {"", "deepseek.com", "evil.com", "api.deepseek.com.evil.com",
                           "xapi.openai.com", "127.0.0.1"}) {
    CHECK_MESSAGE(!table->host_allowed(0, host), host);
  }
}

TEST_CASE(
    "table: a dialect that not every service has is native where the section or the host says so") {
  const std::string manifest =
      R"({"name":"extra","native":["openai-chat","openai-responses"],"hosts":["*.own.example"],)"
      R"("native_settings":{"openai-responses":"responses"},)"
      R"("schema":{"type":"object","properties":{"responses":{"type":"boolean"}}}})";
  const auto table = table_of(
      "providers:\n"
      "  a: {plugin: extra}\n"
      "  b: {plugin: extra, base_url: 'https://API.own.example/v1'}\n"
      "  c: {plugin: extra, base_url: 'https://other.example'}\n"
      "  d: {plugin: extra, base_url: 'https://other.example', responses: true}\n"
      "  e: {plugin: extra, responses: false}\n",
      manifest);

  std::string native;
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(table->is_native(i, Dialect::OpenAiChat));
    native += table->is_native(i, Dialect::OpenAiResponses) ? 'y' : 'n';
  }
  CHECK(native == "yynyn");
}

TEST_CASE("table: models that can be named are the exact rules and the owners' lists") {
  const auto table = table_of(
      "models: [{match: fast, targets: [{provider: claude}]}, {match: 'g*', targets: [{provider: "
      "claude}]}]\n");
  std::string all;
  for (const Table::ModelEntry& entry : table->models())
    all += entry.id + "@" + entry.provider + " ";

  CHECK(all == "fast@claude gpt-4o-mini@openai mock@mock mock-slow@mock ");
}

TEST_CASE("table: two claimants that loading would have refused are an error here too") {
  auto config = std::make_shared<config::Config>();
  for (const char* name : {"a", "b"}) {
    config::Provider provider;
    provider.name = provider.plugin = name;
    config->providers.push_back(provider);
  }
  const std::vector<config::PluginClaims> claims{
      {"a", "1", "a.so", R"({"name":"a","models":{"claims":["x-*"]}})"},
      {"b", "1", "b.so", R"({"name":"b","models":{"claims":["x-*"]}})"}};

  const auto table = Table::make(config, claims);

  REQUIRE_FALSE(table.ok());
  CHECK(table.error().code == ErrorCode::GatewayConfig);
}
