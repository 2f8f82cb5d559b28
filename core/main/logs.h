// logs.h - the log and the access log, as a configuration wants them.
//
// Threads: the control thread's.   Errors: GatewayDisk: the access log cannot be opened.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/config/config.h"
#include "core/observe/log.h"

namespace aip::main {

enum class Talk : std::uint8_t { Usual, Little };

class Logs {
 public:
  // Little: for the demo, whose stdout is the answer, and whose exchanges are not worth a line.
  explicit Logs(Talk talk) : talk_(talk) {}
  ~Logs() {
    if (started_) observe::stop_logs();
  }
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  // Opens what the configuration names. At the start that is in force at once, later with use().
  [[nodiscard]] Status prepare(const config::Config& config) {
    if (!observe::parse_level(config.log_level, level_)) level_ = observe::Level::Info;
    std::string access = config.access_log;
    if (talk_ == Talk::Little) {
      level_ = std::max(level_, observe::Level::Warn);
      if (access == "stdout") access = "off";
    }
    if (!started_) {
      started_ = true;
      return observe::start_logs(level_, access);
    }
    Result<observe::AccessLog> opened = observe::open_access_log(access);
    if (!opened) return std::move(opened).error();
    next_ = std::move(*opened);
    return {};
  }
  // What was opened last is closed again.
  void give_up() { next_.reset(); }
  void use() {
    if (!next_) return;
    observe::set_log_level(level_);
    observe::use_access_log(*next_);
    next_.reset();
  }

 private:
  const Talk talk_;
  bool started_ = false;
  observe::Level level_ = observe::Level::Info;
  std::optional<observe::AccessLog> next_;
};

}  // namespace aip::main
