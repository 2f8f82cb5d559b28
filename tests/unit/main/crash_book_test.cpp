#include "core/main/crash_book.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

using namespace aip;
using main::CrashBook;
using main::RestartPause;
using Life = main::RestartPause::Life;

namespace {

constexpr std::uint64_t kStart = 1'000'000;

plugin::FileInfo file(const std::string& name, const std::string& sha256) {
  plugin::FileInfo info;
  info.name = name;
  info.sha256 = sha256;
  return info;
}

// In quarantine after so many crashes, one every `every_ms`?
bool after(std::size_t crashes, std::uint64_t every_ms) {
  CrashBook book;
  bool in = false;
  for (std::size_t i = 0; i < crashes; ++i) {
    in = book.blame("bad", "a", "SIGSEGV in begin", kStart + i * every_ms);
  }
  CHECK(book.quarantine().size() == (in ? 1 : 0));
  return in;
}

}  // namespace

TEST_CASE("crash_book: the third crash within five minutes puts the file in quarantine") {
  CHECK_FALSE(after(limits::kCrashesForQuarantine - 1, 1));
  CHECK(after(limits::kCrashesForQuarantine, 1));
  CHECK(after(limits::kCrashesForQuarantine, limits::kCrashWindowMs / 2));
  CHECK_FALSE(after(limits::kCrashesForQuarantine, limits::kCrashWindowMs / 2 + 1));
  CHECK_FALSE(after(100, limits::kCrashWindowMs));
}

TEST_CASE("crash_book: crashes of different files do not add up") {
  CrashBook book;
  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(book.blame("bad", "a", "SIGSEGV", kStart));
    CHECK_FALSE(book.blame("bad", "b", "SIGSEGV", kStart));
    CHECK_FALSE(book.blame("worse", "a", "SIGSEGV", kStart));
  }
  CHECK(book.blame("bad", "b", "SIGABRT in on_call", kStart));

  REQUIRE(book.quarantine().size() == 1);
  CHECK(book.quarantine()[0].reason ==
        "3 crashes within 5 minutes, the last one SIGABRT in on_call");
  CHECK(find_quarantined(book.quarantine(), file("bad", "b")) != nullptr);
  CHECK(find_quarantined(book.quarantine(), file("bad", "a")) == nullptr);
  CHECK(find_quarantined(book.quarantine(), file("worse", "b")) == nullptr);
}

TEST_CASE("crash_book: a file whose hash is not known is left out by its name") {
  CrashBook book;
  for (int i = 0; i < 3; ++i) static_cast<void>(book.blame("bad", "", "SIGSEGV", kStart));
  CHECK(find_quarantined(book.quarantine(), file("bad", "whatever")) != nullptr);
}

TEST_CASE("crash_book: the quarantine is said once, and lifted with its count") {
  CrashBook book;
  for (int i = 0; i < 3; ++i) static_cast<void>(book.blame("bad", "a", "SIGSEGV", kStart));
  CHECK_FALSE(book.blame("bad", "a", "SIGSEGV", kStart));
  CHECK(book.quarantine().size() == 1);

  book.lift();

  CHECK(book.quarantine().empty());
  CHECK_FALSE(book.blame("bad", "a", "SIGSEGV", kStart));
}

TEST_CASE("crash_book: it remembers a bounded number of crashes") {
  CrashBook book;
  for (std::size_t i = 0; i < 3 * CrashBook::kBlamedMax; ++i) {
    CHECK_FALSE(book.blame("p" + std::to_string(i), "a", "SIGSEGV", kStart));
  }
  CHECK(book.quarantine().empty());
}

TEST_CASE("restart_pause: at once, then longer up to a second, and a good life is a new start") {
  RestartPause pause;
  CHECK(pause.after(Life::Served, 100) == 0);
  CHECK(pause.after(Life::Served, 100) == 125);
  CHECK(pause.after(Life::Served, 100) == 250);
  CHECK(pause.after(Life::Served, 100) == 500);
  for (int i = 0; i < 40; ++i) CHECK(pause.after(Life::Served, 100) == limits::kRestartPauseMsMax);
  CHECK(pause.after(Life::Served, 60'000) == 0);
  CHECK(pause.after(Life::Served, 59'999) == 125);
}

TEST_CASE("restart_pause: one that never got ready waits longer") {
  RestartPause pause;
  CHECK(pause.after(Life::NeverReady, 0) == 1'000);
  CHECK(pause.after(Life::NeverReady, 0) == 2'000);
  for (int i = 0; i < 40; ++i) static_cast<void>(pause.after(Life::NeverReady, 100'000));
  CHECK(pause.after(Life::NeverReady, 0) == limits::kStartAgainPauseMsMax);
  // Of one that did, that is forgotten.
  CHECK(pause.after(Life::Served, 100) == 0);
  CHECK(pause.after(Life::NeverReady, 0) == 1'000);
}
