#include "core/observe/line_writer.h"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <future>
#include <sstream>

using aip::observe::LineWriter;

namespace {

// A sink that takes nothing before it is told to.
class HeldSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait(lock, [this] { return released; });
    text.append(message.payload.data(), message.payload.size());
    text += '\n';
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void wait_until_entered() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return entered; });
  }
  void release() {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false, released = false;
  std::string text;
};

// A sink that tells when nobody has it any more.
class LeavingSink final : public spdlog::sinks::sink {
 public:
  explicit LeavingSink(std::promise<void>& left) : left_(left) {}
  ~LeavingSink() override { left_.set_value(); }
  void log(const spdlog::details::log_msg&) override {}
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  std::promise<void>& left_;
};

}  // namespace

TEST_CASE("line writer: a redirection lets go of the old sink though no line comes") {
  std::promise<void> left;
  std::ostringstream out;
  LineWriter writer(std::make_shared<LeavingSink>(left));
  writer.redirect(std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  CHECK(left.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

TEST_CASE("line writer: after a redirection every line is in one place or the other") {
  std::ostringstream one, two;
  {
    LineWriter writer(std::make_shared<spdlog::sinks::ostream_sink_mt>(one));
    for (int i = 0; i < 1000; ++i) {
      if (i == 500) writer.redirect(std::make_shared<spdlog::sinks::ostream_sink_mt>(two));
      writer.add(std::to_string(i));
    }
  }
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "\n";
  CHECK(one.str() + two.str() == expected);
  CHECK(two.str().ends_with("999\n"));
}

TEST_CASE("line writer: every line is written once, in order, the last before it is destroyed") {
  std::ostringstream out;
  std::string expected;
  {
    LineWriter writer(std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    for (int i = 0; i < 10'000; ++i) {
      const std::string line = "{\"n\":" + std::to_string(i) + "}";
      writer.add(line);
      expected += line + "\n";
    }
    CHECK(writer.dropped() == 0);
  }
  CHECK(out.str() == expected);
}

TEST_CASE(
    "line writer: behind a sink that is stuck, lines are kept up to the bound, then dropped") {
  const auto sink = std::make_shared<HeldSink>();
  const std::string line(1023, 'x');
  constexpr std::size_t kFit = LineWriter::kGatheredBytesMax / 1024;
  {
    LineWriter writer(sink);
    writer.add("first");
    sink->wait_until_entered();
    for (std::size_t i = 0; i < kFit; ++i) writer.add(line);
    CHECK(writer.dropped() == 0);
    writer.add("");
    writer.add(line);
    CHECK(writer.dropped() == 2);
    sink->release();
  }
  CHECK(sink->text.size() == 6 + kFit * 1024);
}
