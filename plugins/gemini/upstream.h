// upstream.h - the head of a call to Google: address, version, credential.
//
// A key goes as x-goog-api-key and never into a URL, where logs would keep it; an OAuth token
// (ya29...), or any credential that the client sent as a bearer of a token, as authorization. Only
// the beginning of a secret is looked at, and only to tell these two apart.
// Version: the client's x-version, else the key's own, else the section's.
// Tests: tests/unit/gemini/small_test.cpp, tests/golden/gemini
#pragma once

#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "settings.h"

namespace aip::gemini {

[[nodiscard]] std::string version_of(const Settings& settings, const aip_request& request);
// The model's name without "models/" in front; the section's if there is none. Nothing for one
// that would leave its place in the path.
[[nodiscard]] std::optional<std::string> model_of(const Settings& settings, std::string_view model);
// base/version/models/MODEL:verb; without a model base/version/models.
[[nodiscard]] std::string model_url(const Settings& settings, std::string_view version,
                                    std::string_view model, std::string_view verb);
// The address of a forward that came below /gemini; nothing if its path holds "..".
[[nodiscard]] std::optional<std::string> forward_url(const Settings& settings,
                                                     const aip_request& request);

void add_credential(const sdk::Stream& stream, const aip_credential& credential,
                    sdk::Headers& headers);
// The client's fields that a forward may pass on.
void add_forwarded_fields(const aip_request& request, sdk::Headers& headers);

}  // namespace aip::gemini
