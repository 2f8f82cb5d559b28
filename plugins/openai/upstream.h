// upstream.h - the head of a call: address, credential, header fields.
//
// A configured key goes as a bearer token, to Azure as `api-key`. A client's own goes the same way;
// another scheme of Authorization than Bearer as it came. organization and project of the
// configuration belong to configured keys, those of the client to its own.
// Tests: tests/unit/openai/upstream_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "settings.h"

namespace aip::openai {

// `path` begins with a slash: "/chat/completions". At Azure the model is a part of the address.
[[nodiscard]] std::string model_url(const Settings& settings, std::string_view path,
                                    std::string_view model);
// Without a model: "/models".
[[nodiscard]] std::string plain_url(const Settings& settings, std::string_view path);
// The client's path (/v1/files, /dashboard/billing) and query under our base; a `key=` is left out.
// nullopt: the path leaves its place ("..").
[[nodiscard]] std::optional<std::string> forward_url(const Settings& settings,
                                                     std::string_view path, std::string_view query);

void add_credential(const Settings& settings, const aip_credential& credential,
                    sdk::Headers& headers);
// organization, project, and the configuration's own.
void add_account(const Settings& settings, const aip_request& request, sdk::Headers& headers);
// Of a forward: what belongs to the request itself, and nothing that names a person or a key.
void add_forwarded_fields(const aip_request& request, sdk::Headers& headers);

}  // namespace aip::openai
