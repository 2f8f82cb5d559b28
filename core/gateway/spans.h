// spans.h - texts as they cross to a plugin and back; both are views, and own nothing.
#pragma once

#include <aiproxy/abi.h>

#include <string_view>

namespace aip::gateway {

[[nodiscard]] inline aip_span span_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[nodiscard]] inline std::string_view view_of(aip_span span) noexcept {
  return {reinterpret_cast<const char*>(span.ptr), span.len};
}

}  // namespace aip::gateway
