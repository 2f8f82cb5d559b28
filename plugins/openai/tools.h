// tools.h - the tool calls of one choice, out of the many ways in which services tell them.
//
// OpenAI: the first delta of a call has index, id, type and name, the next ones index and a
// fragment of the arguments. Seen elsewhere: indices that start at 1, are all 0, or are missing;
// ids that are empty, missing, repeated, or new in each delta; names that are repeated or come
// late; arguments as an object, as null, or all at once; the old function_call. Here they become
// TOOL_BEGIN, TOOL_ARGS and BLOCK_END with numbers of our own, from 0 in the order of their
// beginning.
//
// Two deltas with one index are two calls if both are named, their ids differ, and so do their
// names or the arguments of the first are complete. Without an index the id decides, then a name
// begins a call; what has neither goes on with the last one. Memory: names and ids; arguments only
// while the name is still missing. Tests: tests/unit/openai/tools_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace aip::openai {

inline constexpr std::size_t kToolsMax = 1024;

// Tells when a JSON value that arrives in pieces is complete.
class JsonProgress {
 public:
  // A piece as the inside of a JSON string, escapes kept.
  void feed_escaped(std::string_view piece) noexcept;
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  // An object or array that is closed again.
  [[nodiscard]] bool complete() const noexcept { return begun_ && depth_ == 0 && !in_string_; }
  void set_complete() noexcept {
    begun_ = true;
    depth_ = 0;
  }

 private:
  void feed(char c) noexcept;
  int depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool after_slash_ = false;
};

class ToolCalls {
 public:
  ToolCalls(std::uint32_t choice, std::uint64_t seed) : choice_(choice), seed_(seed) {}
  ToolCalls(const ToolCalls&) = delete;
  ToolCalls& operator=(const ToolCalls&) = delete;

  // `calls`: the array of a delta or of a message. Events go behind `out`; their spans live as long
  // as the text and this object.
  void read(json::Value calls, std::vector<aip_event>& out);
  // The old form: one call, {name, arguments}.
  void read_function_call(json::Value call, std::vector<aip_event>& out);
  void end(std::vector<aip_event>& out);
  [[nodiscard]] bool any() const noexcept { return !tools_.empty(); }

 private:
  struct Tool {
    std::int64_t index = -1;  // the service's own; -1: none
    std::uint32_t block = 0;
    std::string id, name;
    std::string early;  // escaped arguments that came before the name
    JsonProgress arguments;
    bool begun = false;
    bool ended = false;
  };

  void read_one(std::int64_t index, std::size_t place, json::Value id, json::Value function,
                std::vector<aip_event>& out);
  Tool* find(std::int64_t index, std::string_view id, std::string_view name, std::size_t place,
             std::size_t known);
  Tool* add(std::int64_t index);
  void begin(Tool& tool, std::vector<aip_event>& out);
  void add_arguments(Tool& tool, json::Value arguments, std::vector<aip_event>& out);
  void push(aip_event event, std::vector<aip_event>& out) const;
  [[nodiscard]] std::string made_id(std::uint32_t block) const;

  const std::uint32_t choice_;
  const std::uint64_t seed_;
  std::deque<Tool> tools_;
};

}  // namespace aip::openai
