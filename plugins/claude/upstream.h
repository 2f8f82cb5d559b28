// upstream.h - the head of a call to Anthropic: address, credential, versions.
//
// Configured keys and a client's keys go as x-api-key; OAuth tokens (sk-ant-oat...) as a bearer
// token, because the service takes them nowhere else. Only the beginning of a secret is looked at,
// and only to tell these two apart.
// Tests: tests/golden/claude
#pragma once

#include <aiproxy/plugin.hpp>

#include <string>
#include <string_view>

#include "settings.h"

namespace aip::claude {

// `path` begins with a slash. A query is kept as it is.
[[nodiscard]] std::string url_of(const Settings& settings, std::string_view path,
                                 std::string_view query);

void add_credential(const sdk::Stream& stream, const aip_credential& credential,
                    sdk::Headers& headers);
// anthropic-version: the client's, else the configured one; anthropic-beta: both, each name once.
void add_versions(const Settings& settings, const aip_request& request, sdk::Headers& headers);
// The client's fields that a forward may pass on.
void add_forwarded_fields(const aip_request& request, sdk::Headers& headers);

// The path at Anthropic of a forward that came below /claude/api.
[[nodiscard]] std::string forward_path(std::string_view path);

}  // namespace aip::claude
