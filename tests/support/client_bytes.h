// client_bytes.h - what the client would have received: a plugin's answer through its dialect.
#pragma once

#include <string>

#include "core/dialect/dialect.h"
#include "tests/support/plugin_runner.h"

namespace aip::test {

[[nodiscard]] aip_event to_event(const SeenEvent& seen, std::vector<aip_usage>& usage);
// Renders the run's events, or hands on its raw bytes; a failed run ends with its error, as the
// exchange would send it.
[[nodiscard]] std::string client_bytes(const PluginRun& run, dialect::Kind kind,
                                       dialect::AnswerOptions options);

}  // namespace aip::test
