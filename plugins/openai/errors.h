// errors.h - the errors of OpenAI and its like, and what they mean for the credential and for
// another attempt.
//
//   {"error":{"message","type","param","code"}}   with a status, or in the middle of a stream
// Compatible services vary it: a string for an error, a number for a code, `detail`, no envelope at
// all; intermediaries answer in HTML. The plugin tells AUTH, RATE, QUOTA and PERMISSION apart; what
// follows from them is the core's. Keys that a message repeats are cut out of it.
// Tests: tests/unit/openai/errors_test.cpp
#pragma once

#include <aiproxy/failures.hpp>

#include <cstdint>
#include <string_view>

namespace aip::openai {

using sdk::failure_of_call;
using sdk::truncated;

// What the head of an answer says about its failure.
struct ErrorHead {
  int status = 0;
  std::uint32_t retry_after_ms = 0;
  enum class Retry : std::uint8_t { Unsaid, Yes, No } retry = Retry::Unsaid;  // x-should-retry
};
[[nodiscard]] ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count);

// `body`: what came; None if it is no JSON. `secret`: cut out of the message, may be empty.
[[nodiscard]] sdk::Failure failure_of_answer(const ErrorHead& head, json::Value body,
                                             std::string_view secret);
// An error object (or string) where an answer was due: inside a 200.
[[nodiscard]] sdk::Failure failure_of_error(json::Value error, std::string_view secret);

[[nodiscard]] sdk::Failure bad_answer(std::string_view what);

// "1.5s", "20ms", "6m0s", "1h2m3s"; 0 for anything else.
[[nodiscard]] std::uint32_t duration_ms(std::string_view text);
// Keys, and `secret` itself, become "...".
[[nodiscard]] std::string without_keys(std::string message, std::string_view secret);

}  // namespace aip::openai
