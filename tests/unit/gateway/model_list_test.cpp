#include "core/gateway/model_list.h"

#include <doctest/doctest.h>

using aip::dialect::Kind;
using namespace aip::gateway;

TEST_CASE("models: one list in the words of each dialect") {
  const aip::route::Table::ModelEntry entry{"a \"b\"", "p"};
  CHECK(model_entry(Kind::OpenAiChat, entry) ==
        R"({"id":"a \"b\"","object":"model","created":0,"owned_by":"p"})");
  CHECK(
      model_entry(Kind::Gemini, entry) ==
      R"({"name":"models/a \"b\"","displayName":"a \"b\"","description":"served by the provider p","supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"]})");
  const std::string anthropic = model_entry(Kind::Anthropic, entry);
  CHECK(
      anthropic ==
      R"({"type":"model","id":"a \"b\"","display_name":"a \"b\"","created_at":"1970-01-01T00:00:00Z"})");
  CHECK(model_list(Kind::Anthropic, {}) ==
        R"({"has_more":false,"first_id":null,"last_id":null,"data":[]})");
  CHECK(model_list(Kind::Anthropic, {{"a", "p"}, {"b", "p"}, entry}) ==
        R"({"has_more":false,"first_id":"a","last_id":"a \"b\"","data":[)" +
            model_entry(Kind::Anthropic, {"a", "p"}) + "," +
            model_entry(Kind::Anthropic, {"b", "p"}) + "," + anthropic + "]}");
  CHECK(model_list(Kind::OpenAiChat, {}) == R"({"object":"list","data":[]})");
  CHECK(model_list(Kind::Gemini, {}) == R"({"models":[]})");
  CHECK(model_list(Kind::Gemini, {entry, entry}) == "{\"models\":[" +
                                                        model_entry(Kind::Gemini, entry) + "," +
                                                        model_entry(Kind::Gemini, entry) + "]}");
}
