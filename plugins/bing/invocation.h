// invocation.h - the records that go to the hub: SignalR's JSON, each ended by the byte 0x1e.
//
// Tests: tests/unit/bing/request_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "request.h"
#include "settings.h"
#include "style.h"

namespace aip::bing {

inline constexpr char kRecordEnd = 0x1e;
inline constexpr std::string_view kHandshake = "{\"protocol\":\"json\",\"version\":1}\x1e";
inline constexpr std::string_view kPing = "{\"type\":6}\x1e";

// The question: a record of type 4.
struct Question {
  const Turn* turn = nullptr;
  const Conversation* conversation = nullptr;  // with a trace id
  Style style;
  std::string_view locale;
  std::string request_id;
  bool first = false;  // of its conversation
};
[[nodiscard]] std::string invocation(const Question& question);

}  // namespace aip::bing
