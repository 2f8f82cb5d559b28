// checks.h - is what a plugin handed over what the interface says? Asked before anyone acts on it.
//
// A plugin runs in this process and could do harm in many ways; these checks are against mistakes,
// so that a plugin's slip becomes its own AIP_E_INVALID and never a broken answer: text that
// claims to be escaped but is not, bytes that are not UTF-8, JSON that is not JSON.
// Threads: none.   Tests: tests/unit/plugin/checks_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/utf8.h"
#include "core/plugin/session.h"

namespace aip::plugin {

inline Bytes view_of(aip_span span) noexcept {
  return {reinterpret_cast<const char*>(span.ptr), span.len};
}
inline aip_span span_of(Bytes text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The inside of a JSON string: escapes are whole, no bare quote or control character, UTF-8.
[[nodiscard]] bool valid_json_inside(Bytes text) noexcept;

// What is wrong, in words for the log; nullptr: nothing. An unknown event type is fine here.
[[nodiscard]] const char* fault_of(const aip_event& event) noexcept;
[[nodiscard]] const char* fault_of(const aip_call& call) noexcept;
[[nodiscard]] const char* fault_of(std::span<const aip_span> pieces) noexcept;
[[nodiscard]] const char* fault_of(const aip_header* headers, std::size_t count) noexcept;
[[nodiscard]] bool known_event(std::uint16_t type) noexcept;

// An error of the plugin's with owned strings; bytes that are not UTF-8 become '?'.
[[nodiscard]] PluginError copy_error(const aip_error& error);

}  // namespace aip::plugin
