// crash_book.h - counts crashes: when to start again, and which plugin file is to be left out.
//
// RestartPause: a gateway that served is started again at once, then after a pause that doubles up
// to a second; one that never got ready waits longer, because something that it cannot mend is
// wrong. A minute of service makes everything good again.
// CrashBook: limits::kCrashesForQuarantine crashes within limits::kCrashWindowMs that are blamed on
// one plugin file put it in quarantine.
//
// Time comes in.   Memory: bounded by kBlamedMax.   Tests: tests/unit/main/crash_book_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "core/main/quarantine.h"

namespace aip::main {

class RestartPause {
 public:
  enum class Life : std::uint8_t { Served, NeverReady };

  // How long to wait after a life that lasted `lived_ms`.
  [[nodiscard]] std::uint64_t after(Life life, std::uint64_t lived_ms) noexcept;

 private:
  std::uint32_t served_in_a_row_ = 0;  // short lives
  std::uint32_t never_ready_in_a_row_ = 0;
};

class CrashBook {
 public:
  static constexpr std::size_t kBlamedMax = 1024;

  // A crash of this file. True: it is in quarantine from now on. `how`: "SIGSEGV in begin".
  bool blame(const std::string& plugin, const std::string& sha256, const std::string& how,
             std::uint64_t now_ms);
  [[nodiscard]] const Quarantine& quarantine() const noexcept { return quarantine_; }
  void restore(Quarantine quarantine) { quarantine_ = std::move(quarantine); }
  // The operator says that it is worth another try.
  void lift();

 private:
  struct Crash {
    std::string plugin, sha256;
    std::uint64_t at_ms;
  };
  std::deque<Crash> crashes_;
  Quarantine quarantine_;
};

}  // namespace aip::main
