// tool_ids.h - tool call ids as Anthropic takes them, and which calls wait for a result.
//
// An id must match ^[a-zA-Z0-9_-]+$ and be used once in a conversation. Clients bring ids of other
// providers: with colons, of 200 characters, empty, or "call_0" in every turn. One that cannot stay
// becomes a hash of itself and of its place, the same at every replay of the same history, so that
// cached prefixes stay valid.
// Tests: tests/unit/claude/tools_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace aip::claude {

inline constexpr std::size_t kToolIdCharsMax = 64;

struct OpenCall {
  std::string asked;                      // the id as the client wrote it
  std::string sent;                       // the id as Anthropic gets it
  std::string function;                   // of a legacy function_call, which has no id
  std::uint32_t message = 0, number = 0;  // where it stands
  bool answered = false;
};

class ToolIds {
 public:
  // A tool_use was written: its id as Anthropic gets it. The reference dies at the next call.
  const OpenCall& open(std::string asked, std::string function, std::uint32_t message,
                       std::uint32_t number);
  // The first call of the last assistant turn that waits for this result; nullptr: an orphan.
  [[nodiscard]] const OpenCall* answer(std::string_view asked);
  [[nodiscard]] const OpenCall* answer_function(std::string_view function);
  // Those of the last assistant turn, in order.
  [[nodiscard]] std::vector<OpenCall>& calls() noexcept { return open_; }
  // The user's turn is over: whatever waits will not be answered any more.
  void forget() noexcept { open_.clear(); }

 private:
  std::vector<OpenCall> open_;
  std::unordered_set<std::string> used_;
};

}  // namespace aip::claude
