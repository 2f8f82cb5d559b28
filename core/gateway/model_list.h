// model_list.h - every model that can be named, in the words of who asks.
//
//   OpenAI     {"object":"list","data":[{"id","object":"model","created","owned_by"}]}
//   Anthropic  {"has_more":false,"first_id","last_id","data":[{"type":"model","id",...}]}
//   Google     {"models":[{"name":"models/m","displayName",...,"supportedGenerationMethods"}]}
//
// The limits of a model's tokens are not known here, so none are told. One page holds them all.
// Tests: tests/unit/gateway/model_list_test.cpp, tests/e2e/{anthropic,genai}_sdk.test.mjs
#pragma once

#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/route/route.h"

namespace aip::gateway {

[[nodiscard]] std::string model_entry(dialect::Kind kind, const route::Table::ModelEntry& entry);
[[nodiscard]] std::string model_list(dialect::Kind kind,
                                     const std::vector<route::Table::ModelEntry>& entries);

}  // namespace aip::gateway
