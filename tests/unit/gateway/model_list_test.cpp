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
  CHECK(model_list(Kind::OpenAiChat, {}) == R"({"object":"list","data":[]})");
  CHECK(model_list(Kind::Gemini, {}) == R"({"models":[]})");
  CHECK(model_list(Kind::Gemini, {entry, entry}) == "{\"models\":[" +
                                                        model_entry(Kind::Gemini, entry) + "," +
                                                        model_entry(Kind::Gemini, entry) + "]}");
}
