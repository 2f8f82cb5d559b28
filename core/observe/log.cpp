#include "core/observe/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include "core/observe/line_writer.h"

namespace aip::observe {
namespace {

constexpr std::size_t kQueueLines = 1024;  // about 400 bytes each, whether used or not
constexpr std::array<std::string_view, 5> kLevelNames{"trace", "debug", "info", "warn", "error"};

struct Logs {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> own;
  std::unique_ptr<LineWriter> access;
};
// Written by start_logs() and stop_logs() only, while no other thread of ours runs.
Logs g_logs;
std::atomic<bool> g_access_on{false};

spdlog::level::level_enum to_spdlog(Level level) noexcept {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level));
}

std::shared_ptr<spdlog::async_logger> make_logger(const char* name, spdlog::sink_ptr sink) {
  return std::make_shared<spdlog::async_logger>(name, std::move(sink), g_logs.pool,
                                                spdlog::async_overflow_policy::overrun_oldest);
}

}  // namespace

bool parse_level(std::string_view text, Level& out) noexcept {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == text) {
      out = static_cast<Level>(i);
      return true;
    }
  }
  return false;
}

Status start_logs(Level level, const std::string& access_log) {
  g_logs.pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
  g_logs.own = make_logger("aiproxy", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  g_logs.own->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  g_logs.own->set_level(to_spdlog(level));
  g_logs.own->flush_on(spdlog::level::trace);
  g_logs.access = std::make_unique<LineWriter>(std::make_shared<spdlog::sinks::null_sink_mt>());
  Result<AccessLog> access = open_access_log(access_log);
  if (!access) return std::move(access).error();
  use_access_log(*access);
  return {};
}

void set_log_level(Level level) noexcept {
  if (g_logs.own) g_logs.own->set_level(to_spdlog(level));
}

Result<AccessLog> open_access_log(const std::string& target) {
  if (target == "off") return AccessLog{};
  try {
    if (target == "stdout") return AccessLog{std::make_shared<spdlog::sinks::stdout_sink_mt>()};
    if (target == "stderr") return AccessLog{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
    return AccessLog{std::make_shared<spdlog::sinks::basic_file_sink_mt>(target)};
  } catch (const spdlog::spdlog_ex& failure) {
    return Error{ErrorCode::GatewayDisk, "access log " + target + ": " + failure.what()};
  }
}

void use_access_log(const AccessLog& log) {
  g_access_on.store(log.sink != nullptr, std::memory_order_relaxed);
  if (log.sink) g_logs.access->redirect(std::static_pointer_cast<spdlog::sinks::sink>(log.sink));
}

void stop_logs() noexcept {
  // The pool first: it joins its thread after the queue is empty, and that thread uses the loggers.
  g_logs.pool.reset();
  g_logs.own.reset();
  g_logs.access.reset();
}

void log(Level level, std::string_view message) {
  if (g_logs.own) g_logs.own->log(to_spdlog(level), message);
}

bool log_enabled(Level level) noexcept {
  return g_logs.own && g_logs.own->should_log(to_spdlog(level));
}

void log_access(std::string_view json_line) {
  if (g_logs.access && g_access_on.load(std::memory_order_relaxed)) g_logs.access->add(json_line);
}

std::uint64_t dropped_lines() noexcept {
  return (g_logs.pool ? g_logs.pool->overrun_counter() : 0) +
         (g_logs.access ? g_logs.access->dropped() : 0);
}

}  // namespace aip::observe
