// finish.h - Gemini's reasons for an end, as canonical chat's.
//
// Tests: tests/unit/gemini/response_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aip::gemini {

// The reason's name; some services write enums as numbers.
[[nodiscard]] std::string reason_named(json::Value reason);

enum class End : std::uint8_t {
  Stop,
  Length,
  Filter,
  Broken,  // the model wrote no valid function call: worth another try
};
// Every reason that nobody knows is an end like any other.
[[nodiscard]] End end_of(std::string_view reason) noexcept;

}  // namespace aip::gemini
