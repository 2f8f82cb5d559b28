#include "core/observe/line_writer.h"

#include <utility>

namespace aip::observe {

LineWriter::LineWriter(spdlog::sink_ptr sink) : logger_("lines") {
  use(std::move(sink));
  thread_ = std::thread([this] { run(); });
}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LineWriter::add(std::string_view line) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t before = gathered_.size();
    if (before + line.size() + 1 > kGatheredBytesMax) {
      ++dropped_;
      return;
    }
    gathered_.append(line).append(1, '\n');
    wakes = before == 0 || (before < kWriteNowBytes && gathered_.size() >= kWriteNowBytes);
  }
  if (wakes) changed_.notify_one();
}

void LineWriter::redirect(spdlog::sink_ptr sink) {
  {
    const std::lock_guard lock(mutex_);
    next_sink_ = std::move(sink);
  }
  // At once, though no line may come for hours: the old file may have been rotated away.
  changed_.notify_one();
}

void LineWriter::use(spdlog::sink_ptr sink) {
  logger_.sinks() = {std::move(sink)};
  logger_.set_pattern("%v");
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void LineWriter::run() {
  std::unique_lock lock(mutex_);
  std::string writing;
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || next_sink_ || !gathered_.empty(); });
    if (next_sink_) use(std::exchange(next_sink_, nullptr));
    if (gathered_.empty()) {
      if (ending_) return;
      continue;
    }
    changed_.wait_for(lock, kGatherMs,
                      [this] { return ending_ || gathered_.size() >= kWriteNowBytes; });
    writing.swap(gathered_);
    if (next_sink_) use(std::exchange(next_sink_, nullptr));
    lock.unlock();
    // The logger ends what it writes with a line end of its own.
    logger_.info(std::string_view(writing).substr(0, writing.size() - 1));
    logger_.flush();
    writing.clear();
    lock.lock();
  }
}

}  // namespace aip::observe
