// native.h - reads the core's keys out of JSON that check.h has judged.
#pragma once

#include <string>

#include "core/base/json.h"
#include "core/config/config.h"

namespace aip::config {

// Everything but `providers`. `folder` resolves what is a path only sometimes (access_log).
void read_native(json::Value root, const std::string& folder, Config& out);

[[nodiscard]] Timeouts read_timeouts(json::Value object, Timeouts base);

}  // namespace aip::config
