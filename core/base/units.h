// units.h - lengths of time in the unit of every clock here, the nanosecond.
#pragma once

#include <cstdint>

namespace aip {

inline constexpr std::uint64_t kMs = 1'000'000;

}  // namespace aip
