// failures.hpp - the failures that every provider has, and what no failure may repeat.
//
// How a provider says no is its own; that a connection broke, that an answer stopped in the middle
// or was none at all is the same everywhere.
// Tests: tests/unit/plugin/failures_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace aip::sdk {

// The answer stopped before its end. Another attempt may give a whole one.
[[nodiscard]] inline Failure truncated(std::string_view what) {
  Failure failure(AIP_E_UPSTREAM, std::string(what));
  failure.flags = AIP_ERR_TRUNCATED | AIP_ERR_RETRYABLE;
  return failure;
}

// What came is no answer of this provider's.
[[nodiscard]] inline Failure bad_answer(std::string_view what) {
  Failure failure(AIP_E_UPSTREAM, std::string(what));
  failure.flags = AIP_ERR_BAD_ANSWER;
  return failure;
}

// `error`: of AIP_CALL_FAILED. `peer`: as the client knows it.
[[nodiscard]] inline Failure failure_of_call(std::int32_t error,
                                             std::string_view peer = "the provider") {
  Failure failure(error < 0 ? error : AIP_E_UPSTREAM,
                  "The connection to " + std::string(peer) + " failed.");
  failure.flags = AIP_ERR_RETRYABLE;
  return failure;
}

// The code of a refusal with this status.
[[nodiscard]] inline std::int32_t code_of_status(int status) noexcept {
  if (status == 401 || status == 403) return AIP_E_AUTH;
  if (status == 408 || status == 504) return AIP_E_TIMEOUT;
  return status >= 500 || status == 429 || status == 402 ? AIP_E_UPSTREAM : AIP_E_INVALID;
}

// Some providers repeat a key in their message, which goes on to the client and into the log: what
// stands behind each prefix becomes "...". `more`: what keys hold besides letters, digits, - and _.
[[nodiscard]] inline std::string without_keys(std::string message,
                                              std::initializer_list<std::string_view> prefixes,
                                              std::string_view more = {}) {
  const std::string key_chars =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-" + std::string(more);
  for (const std::string_view prefix : prefixes) {
    std::size_t at = 0;
    while ((at = message.find(prefix, at)) != std::string::npos) {
      at += prefix.size();
      const std::size_t end = message.find_first_not_of(key_chars, at);
      message.replace(at, (end == std::string::npos ? message.size() : end) - at, "...");
    }
  }
  return message;
}

}  // namespace aip::sdk
