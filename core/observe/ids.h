// ids.h - request ids: 32 hex digits that sort by time (UUIDv7 without its dashes, RFC 9562 5.7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace aip::observe {

inline constexpr std::size_t kRequestIdBytesMax = 128;

[[nodiscard]] std::string make_request_id(std::uint64_t wall_ms, Random& random);
// May the id that a client sent be used as it is? Letters, digits and -_.: only, not too long.
[[nodiscard]] bool sane_request_id(std::string_view id) noexcept;

}  // namespace aip::observe
