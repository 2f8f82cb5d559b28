// errors.h - Coze's refusals, and what they mean for the token and for another attempt.
//
// Every answer is {"code","msg","data","detail":{"logid"}}. A refused chat comes with status 200
// and a code that is not 0, where a stream was due as well; other paths give a status. A chat that
// failed later says so in last_error, or in an event. The code decides; the status counts where the
// code is unknown.
// Tests: tests/unit/coze/errors_test.cpp
#pragma once

#include <aiproxy/failures.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aip::coze {

using sdk::bad_answer;

enum class BodyKind : std::uint8_t { Json, Other };

// A body that came whole. Nothing: it is a good answer.
[[nodiscard]] std::optional<sdk::Failure> failure_of_body(int status, std::string_view body,
                                                          BodyKind kind);
// {code, msg} in any of the spellings that the service uses; also a chat with last_error.
[[nodiscard]] sdk::Failure failure_of_object(json::Value object);
[[nodiscard]] sdk::Failure failure_of_code(std::int64_t code, std::string message, int status);

[[nodiscard]] sdk::Failure truncated();
[[nodiscard]] sdk::Failure failure_of_call(std::int32_t error);

}  // namespace aip::coze
