// chat.h - says a script: as fast as the client takes it, or a word a tick.
//
// Back-pressure: emit() answers AIP_BLOCKED when the client is above its high water mark; then
// nothing more is said until on_wake(WRITABLE). After kStepsPerTurn steps a timer of 0 ms gives
// the worker's other streams their turn.
#pragma once

#include <aiproxy/plugin.hpp>

#include "script.h"

namespace mock {

inline constexpr int kStepsPerTurn = 256;

struct Pace {
  std::uint32_t delay_ms = 50;   // of mock-slow
  std::uint64_t lines = 20'000;  // of mock-long
};

class Chat final : public aip::sdk::Request {
 public:
  Chat(aip::sdk::Stream stream, Pace pace) : Request(stream), pace_(pace) {}
  aip_status begin(const aip_request& request) override;
  aip_status on_wake(std::uint32_t why, std::uint64_t user) override;

 private:
  aip_status play();
  aip_status say(const Step& step);
  aip_status close();

  Pace pace_;
  std::uint32_t delay_ms_ = 0;
  std::uint64_t prompt_words_ = 0;
  Script script_;
  bool blocked_ = false;
};

}  // namespace mock
