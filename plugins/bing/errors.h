// errors.h - how Bing says no, and what it means for the credential and for another attempt.
//
// Bing answers 200 to nearly everything; a `result.value` tells. Where that value stands for a
// challenge it is for a person with a browser: the plugin says so and solves nothing.
// Tests: tests/unit/bing/errors_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace aip::bing {

// A result {"value","message"} that is not Success.
[[nodiscard]] sdk::Failure failure_of_result(json::Value result);
// A status where 200 (or 101) was due.
[[nodiscard]] sdk::Failure failure_of_status(int status, const aip_header* headers,
                                             std::size_t count);
[[nodiscard]] sdk::Failure failure_of_call(std::int32_t error);
[[nodiscard]] sdk::Failure bad_answer(std::string_view what);
[[nodiscard]] sdk::Failure truncated(std::string_view how);
[[nodiscard]] sdk::Failure bad_request(std::string_view what, std::string_view param);

}  // namespace aip::bing
