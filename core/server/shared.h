// shared.h - what the connections of one server have in common.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "core/base/error.h"
#include "core/base/scheduler.h"
#include "core/config/config.h"
#include "core/server/client_stream.h"
#include "core/server/date.h"
#include "core/server/spares.h"

namespace aip::server {

// Counted by one thread, read by any.
class Count {
 public:
  void add(std::uint64_t n) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n) noexcept { value_.store(get() - n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Counters {
  Count open;      // connections now
  Count accepted;  // connections ever
  Count shed;      // connections above every cap: reset without an answer
  Count requests;  // heads that were handed to the handler
  std::array<Count, kErrorCodeCount> refused;  // messages that never became a request, by code
};

inline http::ParserLimits parser_limits(const config::Limits& l) {
  return {l.head_bytes, l.header_fields, l.url_bytes, l.body_bytes};
}

struct Shared {
  Shared(Scheduler& s, RequestHandler& h, const config::Limits& l)
      : scheduler(s), handler(h), limits(l), spares(parser_limits(l)) {}

  Scheduler& scheduler;
  RequestHandler& handler;
  config::Limits limits;  // the present ones: every message to come goes by them
  Spares spares;
  DateText date;
  Counters counters;
  bool draining = false;
};

}  // namespace aip::server
