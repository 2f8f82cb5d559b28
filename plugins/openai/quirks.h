// quirks.h - how a service or a model differs from OpenAI, as data.
//
// Two places hold it: the provider's `quirks` (for all its models), and the capability table of the
// configuration (by model; the host is asked). The table's entry is laid over the provider's:
//   {"drop": ["store"], "max_tokens": "max_completion_tokens", "system_role": "developer",
//    "no_stream_options": true, "no_finish_reason": true, "reasoning_content": true,
//    "cache_control": true, "reasoning_effort": true}
// Members that are not named here belong to somebody else and are left alone.
//
// A native body is only touched where the operator said so. For translated requests OpenAI's own
// reasoning models are known by name (is_reasoning_model), because nobody has yet said anything.
// Tests: tests/unit/openai/quirks_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aip::openai {

struct Quirks {
  std::vector<std::string> drop;  // top-level members to leave out
  std::string max_tokens;         // the one name it knows; empty: both
  std::string system_role;        // "system" or "developer"; empty: both
  bool no_stream_options = false;
  bool no_finish_reason = false;   // [DONE] alone ends an answer well
  bool reasoning_content = false;  // earlier reasoning goes back
  bool cache_control = false;      // cache marks go up
  bool reasoning_effort = false;   // a thinking budget becomes reasoning_effort
};

// Lays an entry (a JSON object, or nothing) over what is known.
void lay_over(json::Value entry, Quirks& quirks);

[[nodiscard]] bool is_reasoning_model(std::string_view model) noexcept;
// For a translated request, before any entry.
[[nodiscard]] Quirks usual_quirks(std::string_view model);

}  // namespace aip::openai
