// errors.h - refusals and failures of Google's API, told apart for the credential and for a retry.
//
//   {"error":{"code","message","status","details":[...]}}, or that inside an array
// A wrong key is told as 400 with the reason API_KEY_INVALID, when to come back in RetryInfo, and
// which quota is used up in QuotaFailure. A key that a message repeats is blotted out.
// Tests: tests/unit/gemini/small_test.cpp, tests/golden/gemini
#pragma once

#include <aiproxy/failures.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>
#include <string_view>

namespace aip::gemini {

using sdk::bad_answer;
using sdk::failure_of_call;
using sdk::truncated;

// What the head of an answer says about its failure.
struct ErrorHead {
  int status = 0;
  std::uint32_t retry_after_ms = 0;
};
[[nodiscard]] ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count);

// `body`: what came, checked to be JSON; nothing if it is not.
[[nodiscard]] sdk::Failure failure_of_answer(const ErrorHead& head, json::Value body);
// An error object where an answer was due.
[[nodiscard]] sdk::Failure failure_of_event(json::Value event);

// "34.4s" of RetryInfo, or "34" of retry-after; 0 for dates and nonsense.
[[nodiscard]] std::uint32_t delay_ms(std::string_view value);

}  // namespace aip::gemini
