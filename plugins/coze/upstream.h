// upstream.h - the head of a call to Coze: address and credential.
//
// Coze has two services with the same API and nothing else in common: api.coze.com and api.coze.cn.
// A configured base_url comes before both; else a bot's region, else the section's.
// Tests: tests/golden/coze, tests/unit/coze/plugin_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <string>
#include <string_view>

#include "settings.h"

namespace aip::coze {

[[nodiscard]] std::string base_of(const Settings& settings, std::string_view region);

// Only what a query of this API holds: ids. Everything but letters, digits, "-", "_", "." and "~"
// is percent-encoded.
void append_query(std::string& url, std::string_view name, std::string_view value);

// A credential as it is kept for the calls that follow the first one.
struct Token {
  std::string kind;
  std::uint32_t secret = 0;  // 0: none
};
[[nodiscard]] Token token_of(const aip_credential& credential);
void add_token(const Token& token, sdk::Headers& headers);

// The path at Coze of a forward that came below /coze/api, or under the service's own paths.
[[nodiscard]] std::string forward_path(std::string_view path);
// The client's fields that a forward may pass on.
void add_forwarded_fields(const aip_request& request, sdk::Headers& headers);

}  // namespace aip::coze
