// line_writer.h - lines to a sink, by a thread of its own that is woken ten times a second at most.
//
// Waking a thread for each line costs a busy worker more than all else about the line, so lines
// gather for kGatherMs before they are written in one piece. Nobody waits for the sink: beyond
// kGatheredBytesMax new lines are dropped and counted.
// Threads: add() and dropped() from any.   Memory: kGatheredBytesMax, and as much being written.
// Errors: the sink's own go to stderr.   Tests: tests/unit/observe/line_writer_test.cpp
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aip::observe {

class LineWriter {
 public:
  static constexpr std::chrono::milliseconds kGatherMs{100};
  static constexpr std::size_t kWriteNowBytes = 256 * 1024;
  static constexpr std::size_t kGatheredBytesMax = 4 * 1024 * 1024;

  explicit LineWriter(spdlog::sink_ptr sink);
  // Writes what is gathered.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void add(std::string_view line);
  // Lines that are written from now on go there.
  void redirect(spdlog::sink_ptr sink);
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  void run();

  void use(spdlog::sink_ptr sink);

  spdlog::logger logger_;
  spdlog::sink_ptr next_sink_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string gathered_;
  std::uint64_t dropped_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aip::observe
