// log.h - what the program says: its own log, and one line of JSON an exchange.
//
// Nobody waits for either: the program's own log goes through spdlog's thread, whose full queue
// drops the oldest line, access lines through a LineWriter; drops are counted. Nothing here knows a
// secret: records carry ids of keys and credentials, never their values, and no text of a
// conversation.
// Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace aip::observe {

enum class Level : std::uint8_t { Trace, Debug, Info, Warn, Error };

[[nodiscard]] bool parse_level(std::string_view text, Level& out) noexcept;

// Once at start, before other threads. `access_log`: "stdout", "stderr", "off" or a file's path.
[[nodiscard]] Status start_logs(Level level, const std::string& access_log);
// While running, from the control thread: another level, another place for the access log. A file
// is opened anew each time, so that a reload also serves whoever rotates it.
void set_log_level(Level level) noexcept;
struct AccessLog {
  std::shared_ptr<void> sink;  // null: off
};
[[nodiscard]] Result<AccessLog> open_access_log(const std::string& target);
void use_access_log(const AccessLog& log);
// Writes what is queued and ends the thread.
void stop_logs() noexcept;

void log(Level level, std::string_view message);
[[nodiscard]] bool log_enabled(Level level) noexcept;
void log_access(std::string_view json_line);
[[nodiscard]] std::uint64_t dropped_lines() noexcept;

}  // namespace aip::observe
