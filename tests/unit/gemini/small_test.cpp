// Settings, models, media, records, partial arguments, embeddings, errors: the small pieces.
#include <doctest/doctest.h>

#include <string>

#include "plugins/gemini/embeddings.h"
#include "plugins/gemini/errors.h"
#include "plugins/gemini/media.h"
#include "plugins/gemini/models.h"
#include "plugins/gemini/partial_args.h"
#include "plugins/gemini/records.h"
#include "plugins/gemini/settings.h"
#include "plugins/gemini/upstream.h"
#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

TEST_CASE("settings: a version at the end of base_url is the version; Vertex keeps its path") {
  const auto read = [](const std::string& section) { return gemini::read_settings(section); };

  CHECK(read("{}").base_url == "https://generativelanguage.googleapis.com");
  CHECK(read("{}").version == "v1beta");
  CHECK(read(R"({"base_url":"http://h/v1alpha/"})").base_url == "http://h");
  CHECK(read(R"({"base_url":"http://h/v1alpha/"})").version == "v1alpha");
  CHECK(read(R"({"base_url":"http://h/proxy"})").base_url == "http://h/proxy");
  const auto vertex = read(
      R"({"base_url":"https://us-aiplatform.googleapis.com/v1/projects/p/locations/us/publishers/google"})");
  CHECK(vertex.is_vertex);
  CHECK(vertex.web_files);
  CHECK(gemini::model_url(vertex, "v1beta", "gemini-x", "generateContent") ==
        "https://us-aiplatform.googleapis.com/v1/projects/p/locations/us/publishers/google/models/"
        "gemini-x:generateContent");
}

TEST_CASE("settings: every key of the section is read, the seed's section too") {
  const gemini::Settings usual = gemini::read_settings("{}");
  CHECK(usual.model == "gemini-2.5-flash");
  CHECK(usual.stream == gemini::StreamForm::Sse);
  CHECK(usual.schema == gemini::SchemaForm::Auto);
  CHECK_FALSE(usual.web_files);
  CHECK(usual.signature_in_ids);

  const gemini::Settings told = gemini::read_settings(
      R"({"base_url":"http://h/v1","version":"v1alpha","model":"m","stream":"array",)"
      R"("schema":"subset","web_files":true,"signature_in_ids":false})");
  CHECK(told.base_url == "http://h");
  CHECK(told.version == "v1alpha");  // what is written as a version goes before the address
  CHECK(told.model == "m");
  CHECK(told.stream == gemini::StreamForm::Array);
  CHECK(told.schema == gemini::SchemaForm::Subset);
  CHECK(told.web_files);
  CHECK_FALSE(told.signature_in_ids);
  CHECK(gemini::read_settings(R"({"schema":"json"})").schema == gemini::SchemaForm::Json);
  CHECK_FALSE(gemini::read_settings(R"({"base_url":"https://h/publishers/google",)"
                                    R"("web_files":false})")
                  .web_files);

  const gemini::Settings seeds = gemini::read_settings(
      R"({"model":"gemini-pro","api_keys":[{"id":"10001","val":"AIza-one","version":"v1beta"}]})");
  CHECK(seeds.model == "gemini-pro");
  CHECK(seeds.version == "v1beta");
}

TEST_CASE("upstream: the version is the client's, else the key's, else the section's") {
  gemini::Settings settings;
  settings.version = "v1alpha";
  aip_header header{};
  header.name = sdk::span("X-Version");
  aip_request request{};
  request.headers = &header;
  const auto version = [&](std::string_view asked, std::string_view extra) {
    header.value = sdk::span(asked);
    request.header_count = asked.empty() ? 0 : 1;
    request.credential.extra = sdk::span(extra);
    return gemini::version_of(settings, request);
  };
  CHECK(version("", "") == "v1alpha");
  CHECK(version("", R"({"version":"v1"})") == "v1");
  CHECK(version("v2", R"({"version":"v1"})") == "v2");
  for (const char* bad : {"2", "v", "vx", "v1/..", "v1beta1beta1beta1b", "V1"}) {
    CHECK(version(bad, R"({"version":"v1/x"})") == "v1alpha");
  }
}

TEST_CASE("upstream: names of models that would leave their place are none") {
  const gemini::Settings settings;
  CHECK(gemini::model_of(settings, "models/gemini-x") == "gemini-x");
  CHECK(gemini::model_of(settings, "") == "gemini-2.5-flash");
  CHECK(gemini::model_url(settings, "v1beta", "tunedModels/a", "x") ==
        "https://generativelanguage.googleapis.com/v1beta/tunedModels/a:x");
  for (const char* bad : {"a?b", "a#b", "../a", "a/../../b", "a%2e", "a b", "a\nb"}) {
    CHECK_FALSE(gemini::model_of(settings, bad));
  }
}

TEST_CASE("models: the first row that fits, and the capability table over it") {
  CHECK(gemini::traits_of("models/gemini-2.5-pro", {}).budget_min == 128);
  CHECK(gemini::traits_of("gemini-2.0-flash", {}).thinking == gemini::Thinking::None);
  CHECK(gemini::traits_of("gemini-9-ultra", {}).signatures);
  CHECK_FALSE(gemini::traits_of("llama", {}).json_schema);
  const auto told = gemini::traits_of(
      "gemini-9", R"({"thinking":"budget","budget_min":5,"levels":["high"],"json_schema":false})");
  CHECK(told.thinking == gemini::Thinking::Budget);
  CHECK(told.budget_min == 5);
  CHECK(told.levels == gemini::bit(gemini::Level::High));
  CHECK_FALSE(told.json_schema);
}

TEST_CASE("media: data URIs, kinds of addresses, and types") {
  CHECK_FALSE(gemini::parse_data_uri("data:text/plain,hello"));
  CHECK(gemini::parse_data_uri("DATA:Image/PNG;x=y;base64,AA AA")->base64 == "AAAA");
  CHECK(gemini::kind_of_url("HTTPS://x") == gemini::Web::Other);
  CHECK(gemini::kind_of_url("https://generativelanguage.googleapis.com.evil/x") ==
        gemini::Web::Other);
  CHECK(gemini::kind_of_url("ftp://x") == gemini::Web::None);
  CHECK(gemini::type_by_name("A.PDF?x=.png") == "application/pdf");
  CHECK(gemini::type_by_name("noending").empty());
}

TEST_CASE("records: the elements of an array are the same at every split of its bytes") {
  const std::string bytes =
      "[{\n  \"a\": \"}]\\\"[{\", \"b\": {\"c\": [1, {}]}\n}\n,\r\n{\"d\":\"\\\\\"}\n]\r\n";
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    gemini::Records records;
    std::vector<std::string> seen;
    std::string whole;
    for (const std::string& piece : {bytes.substr(0, at), bytes.substr(at)}) {
      const auto fed = records.feed(piece);
      for (const std::string_view record : fed.records) seen.emplace_back(record);
      whole += fed.whole;
    }
    CAPTURE(at);
    CHECK(seen == Texts{"{\n  \"a\": \"}]\\\"[{\", \"b\": {\"c\": [1, {}]}\n}", R"({"d":"\\"})"});
    CHECK(records.closed());
    CHECK(whole + std::string(records.rest()) == bytes);
  }
}

TEST_CASE("records: an element one below, at and above the longest") {
  for (const std::size_t more : {0, 1, 2}) {
    gemini::Records records;
    static_cast<void>(records.feed("[{\"a\":\""));
    const std::size_t held = 7;
    static_cast<void>(records.feed(std::string(gemini::kRecordBytesMax - held - 2 + more, 'x')));
    static_cast<void>(records.feed("\""));
    CHECK(records.too_large() == (more == 2));
  }
}

TEST_CASE("partial_args: places that are none are left out, and their number is bounded") {
  const auto add = [](gemini::PartialArgs& args, const std::string& path) {
    return args.add(json::Value(R"({"jsonPath":")" + path + R"(","boolValue":true})"));
  };
  gemini::PartialArgs args;
  for (const char* bad : {"", "a", "$", "$.", "$..a", "$[", "$[x]", "$[]"})
    CHECK_FALSE(add(args, bad));
  CHECK(add(args, "$['a b'][0]"));
  CHECK(args.json() == R"({"a b":[true]})");

  gemini::PartialArgs many;
  for (std::size_t i = 0; i < gemini::PartialArgs::kPlacesMax; ++i) {
    REQUIRE(add(many, "$.k" + std::to_string(i)));
  }
  CHECK_FALSE(add(many, "$.more"));
  CHECK(json::check(many.json()));
}

TEST_CASE("embeddings: one text, a list, dimensions; token numbers are refused") {
  Host host;
  const auto ask = [&host](const std::string& body) {
    return gemini::translate_embeddings(json::Value(body), "m", host);
  };

  auto one = std::get<gemini::EmbeddingAsk>(ask(R"({"input":"a","dimensions":2})"));
  CHECK_FALSE(one.batch);
  CHECK(one.body == R"({"model":"models/m","content":{"parts":[{"text":"a"}]},)"
                    R"("outputDimensionality":2})");
  auto two = std::get<gemini::EmbeddingAsk>(
      ask(R"({"input":["a","b"],"encoding_format":"base64","task_type":"RETRIEVAL_QUERY"})"));
  CHECK(two.batch);
  CHECK(two.encoding == gemini::Encoding::Base64);
  CHECK(json::Value(two.body)["requests"].size() == 2);
  CHECK(std::get<sdk::Failure>(ask(R"({"input":[1,2]})")).param == "/input");
  CHECK(std::get<sdk::Failure>(ask(R"({"input":[]})")).param == "/input");
  CHECK(std::get<sdk::Failure>(ask(R"({"input":"a","encoding_format":"int8"})")).param ==
        "/encoding_format");
}

TEST_CASE("embeddings: answers keep their order; base64 is of 32-bit floats, little endian") {
  const std::string two = R"({"embeddings":[{"values":[1]},{"values":[-2.5,0]}],)"
                          R"("usageMetadata":{"promptTokenCount":4}})";

  CHECK(gemini::embeddings_of(json::Value(two), "m", gemini::Encoding::Float) ==
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]},)"
        R"({"object":"embedding","index":1,"embedding":[-2.5,0]}],"model":"m","usage":)"
        R"({"prompt_tokens":4,"total_tokens":4}})");
  const std::string encoded =
      gemini::embeddings_of(json::Value(two), "m", gemini::Encoding::Base64);
  CHECK(encoded.find(R"("embedding":"AACAPw==")") != std::string::npos);
  CHECK(encoded.find(R"("embedding":"AAAgwAAAAAA=")") != std::string::npos);
  CHECK(gemini::embeddings_of(json::Value(R"({"embedding":{"values":[1]}})"), "m",
                              gemini::Encoding::Float)
            .find(R"("index":0)") != std::string::npos);
  CHECK(gemini::embeddings_of(json::Value("{}"), "m", gemini::Encoding::Float).empty());
}

TEST_CASE("C25 errors: each kind, for the credential and for a retry") {
  const auto failure = [](int status, const std::string& body) {
    return gemini::failure_of_answer({status, 0}, json::Value(body));
  };
  const auto error = [](int code, const char* status, const std::string& more = "") {
    return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":"M","status":")" + status +
           "\"" + more + "}}";
  };
  const std::string invalid_key =
      R"(,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}])";

  CHECK(failure(400, error(400, "INVALID_ARGUMENT")).flags == 0);
  const auto key = failure(400, error(400, "INVALID_ARGUMENT", invalid_key));
  CHECK(key.flags == AIP_ERR_AUTH);
  CHECK(key.reason == "API_KEY_INVALID");
  CHECK(key.http_status == 400);
  CHECK(failure(401, error(401, "UNAUTHENTICATED")).flags == AIP_ERR_AUTH);
  CHECK(failure(403, error(403, "PERMISSION_DENIED")).flags == AIP_ERR_PERMISSION);
  CHECK(failure(404, error(404, "NOT_FOUND")).flags == 0);
  CHECK(failure(429, error(429, "RESOURCE_EXHAUSTED")).flags == (AIP_ERR_RATE | AIP_ERR_RETRYABLE));
  CHECK(failure(500, error(500, "INTERNAL")).flags == AIP_ERR_RETRYABLE);
  CHECK(failure(503, error(503, "UNAVAILABLE")).flags == (AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE));
  CHECK(failure(504, error(504, "DEADLINE_EXCEEDED")).code == AIP_E_TIMEOUT);
}

TEST_CASE("errors: RetryInfo, quotas of a day, arrays, pages, and keys in words") {
  const auto limited = [](const char* quota) {
    return gemini::failure_of_answer(
        {429, 0},
        json::Value(
            std::string(
                R"([{"error":{"code":429,"message":"Quota for AIzaSyD-abc_123 used.","status":)"
                R"("RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure",)"
                R"("violations":[{"quotaId":")") +
            quota +
            R"("}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}])"));
  };

  CHECK(limited("RequestsPerMinute").retry_after_ms == 34400);
  CHECK(limited("RequestsPerMinute").message == "Quota for AIza... used.");
  CHECK(limited("RequestsPerDayPerProject").flags == AIP_ERR_QUOTA);
  CHECK(gemini::failure_of_answer({502, 7000}, {}).retry_after_ms == 7000);
  CHECK((gemini::failure_of_answer({302, 0}, {}).flags & AIP_ERR_BAD_ANSWER) != 0);
  CHECK(
      gemini::failure_of_event(json::Value(R"({"error":{"status":"UNAVAILABLE"}})")).http_status ==
      503);
  CHECK(gemini::failure_of_event(json::Value(R"({"error":"words"})")).message == "words");
  CHECK(gemini::delay_ms("1e9") == 0);
  CHECK(gemini::delay_ms("s") == 0);
  CHECK(gemini::delay_ms("999999999999s") == 86400000);
}
