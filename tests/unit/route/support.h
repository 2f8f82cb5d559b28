// support.h - route tables made from YAML, as main makes them.
#pragma once

#include <doctest/doctest.h>

#include "core/route/route.h"
#include "tests/unit/config/support.h"

namespace aip::route::test {

// The three plugins of the configuration tests, and one more if its manifest is given.
inline std::shared_ptr<const Table> table_of(const std::string& text,
                                             const std::string& manifest = {}) {
  std::vector<config::PluginClaims> claims = config::test::claims();
  if (!manifest.empty()) claims.push_back({"extra", "1", "extra.so", manifest});
  config::test::World world;
  world.files["f"] = text;
  const config::Loaded loaded = config::load("f", claims, world);
  REQUIRE_MESSAGE(loaded.config, config::test::all_texts(loaded.errors));
  Result<std::shared_ptr<const Table>> table = Table::make(loaded.config, claims);
  REQUIRE(table.ok());
  return *table;
}

inline std::string_view name_of(Operation operation) {
  constexpr std::string_view kNames[] = {"chat",      "count_tokens", "embeddings", "list_models",
                                         "get_model", "forward",      "route"};
  return kNames[static_cast<std::size_t>(operation)];
}

inline std::string_view name_of(Dialect dialect) {
  constexpr std::string_view kNames[] = {"none", "openai-chat", "openai-responses", "anthropic",
                                         "gemini"};
  return kNames[static_cast<std::size_t>(dialect)];
}

inline std::string drawn(const Match& match) {
  std::string out =
      std::string(name_of(match.operation)) + " " + std::string(name_of(match.dialect));
  if (!match.provider.empty()) out += " provider=" + match.provider;
  if (!match.model.empty()) out += " model=" + match.model;
  const bool plugin_path = match.operation == Operation::Forward ||
                           match.operation == Operation::PluginRoute ||
                           match.route.find("/claude/") == 0;
  if (plugin_path) out += " path=" + match.path;
  return out;
}

}  // namespace aip::route::test
