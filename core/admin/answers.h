// answers.h - what the admin port says, as JSON. Pure functions; docs/admin.md shows each.
//
// Names are snake_case and stay: scripts read them. Times are milliseconds, those since 1970 are
// called ..._at_ms. No value here is a secret, because Control gives none.
// Tests: tests/unit/admin/admin_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/admin/control.h"

namespace aip::admin {

[[nodiscard]] std::string reload_json(const ReloadReport& report);
// The same, with an `error` in the shape of all errors for who looks no further.
[[nodiscard]] std::string refused_json(const ReloadReport& report);
[[nodiscard]] std::string config_json(const config::Config& config, const ReloadReport& last);
[[nodiscard]] std::string plugins_json(const std::vector<PluginState>& plugins);
[[nodiscard]] std::string providers_json(const std::vector<ProviderState>& providers);
[[nodiscard]] std::string requests_json(const std::vector<LiveRequest>& requests);

}  // namespace aip::admin
