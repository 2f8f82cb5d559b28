// errors.h - Anthropic's errors, and what they mean for the credential and for another attempt.
//
//   {"type":"error","error":{"type","message"},"request_id"}
// arrive with a status, as an event in the middle of a stream, or (from intermediaries) with 200.
// Bodies that are something else (HTML of a proxy, nothing at all) get words of ours. The plugin
// tells AUTH, RATE, QUOTA and PERMISSION apart; what follows from them is the core's.
// Tests: tests/unit/claude/small_test.cpp
#pragma once

#include <aiproxy/failures.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>
#include <string_view>

namespace aip::claude {

using sdk::bad_answer;
using sdk::failure_of_call;
using sdk::truncated;

// What the head of an answer says about its failure.
struct ErrorHead {
  int status = 0;
  std::uint32_t retry_after_ms = 0;
  std::string_view should_retry;  // x-should-retry: "true", "false" or empty
};
[[nodiscard]] ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count);

// `body`: what came; `is_json`: it was checked to be JSON.
enum class BodyKind : std::uint8_t { Json, Other };
[[nodiscard]] sdk::Failure failure_of_answer(const ErrorHead& head, std::string_view body,
                                             BodyKind kind);
// An object of type "error" where an answer was due.
[[nodiscard]] sdk::Failure failure_of_event(json::Value event);

// retry-after in seconds, also with a fraction; 0 for dates and nonsense.
[[nodiscard]] std::uint32_t retry_after_ms(std::string_view value);

}  // namespace aip::claude
