// fault.h - what the guard found wrong, before it is known on which side of the gateway.
//
// The same rules judge clients and upstreams; the parsers turn a Fault into the ErrorCode of their
// side. `why` is a text of ours: no byte of the peer is ever in it.
#pragma once

#include <cstdint>

namespace aip::http {

enum class FaultKind : std::uint8_t {
  None,
  Malformed,
  HeadTooLarge,
  UriTooLong,
  BodyTooLarge,
  Truncated,
};

struct [[nodiscard]] Fault {
  FaultKind kind = FaultKind::None;
  const char* why = "";

  explicit operator bool() const noexcept { return kind != FaultKind::None; }
};

[[nodiscard]] constexpr Fault malformed(const char* why) noexcept {
  return {FaultKind::Malformed, why};
}

inline constexpr Fault kHeadTooLarge{FaultKind::HeadTooLarge, "a head over its limit"};
inline constexpr Fault kTooManyFields{FaultKind::HeadTooLarge, "more header fields than the limit"};
inline constexpr Fault kNameTooLong{FaultKind::HeadTooLarge,
                                    "a header field's name over its limit"};

}  // namespace aip::http
