// log.h - what the program says: its own log, and one line of JSON an exchange.
//
// Both go through spdlog's thread: a bounded queue in front, nobody waits, and when the queue is
// full the oldest line is dropped and counted. Nothing here knows a secret: records carry ids of
// keys and credentials, never their values, and no text of a conversation. Access lines reach their
// file within a second.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace aip::observe {

enum class Level : std::uint8_t { Trace, Debug, Info, Warn, Error };

[[nodiscard]] bool parse_level(std::string_view text, Level& out) noexcept;

// Once at start, before other threads. `access_log`: "stdout", "stderr", "off" or a file's path.
[[nodiscard]] Status start_logs(Level level, const std::string& access_log);
// Writes what is queued and ends the thread.
void stop_logs() noexcept;

void log(Level level, std::string_view message);
[[nodiscard]] bool log_enabled(Level level) noexcept;
void log_access(std::string&& json_line);
[[nodiscard]] std::uint64_t dropped_lines() noexcept;

}  // namespace aip::observe
