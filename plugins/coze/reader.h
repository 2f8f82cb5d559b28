// reader.h - what an exchange asks of either version's reader.
//
// A reader gets an answer's events in order, or its body whole, and fills an Answer with typed
// events. It never decides about calls: open() and status() tell the exchange what it must know.
// Threads: none.   Tests: tests/unit/coze, tests/fuzz/coze_fuzz.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string_view>

#include "answer.h"
#include "errors.h"
#include "questions.h"

namespace aip::coze {

// One event of a stream.
struct Event {
  std::string_view name;  // empty in version 2
  std::string_view data;
  bool is_json = false;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // A failure ends the answer.
  [[nodiscard]] virtual MaybeFailure stream_event(const Event& event) = 0;
  // The stream's body has ended.
  [[nodiscard]] virtual MaybeFailure end() = 0;
};

}  // namespace aip::coze
