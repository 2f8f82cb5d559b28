// grammar.h - the small words of HTTP/1 (RFC 9110, 9112) that the guard and the writers share.
//
// Threads: none; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aip::http {

[[nodiscard]] bool is_tchar(char c) noexcept;
[[nodiscard]] bool is_token(std::string_view text) noexcept;
// No control character but HTAB, no DEL. Bytes from 0x80 are kept as they are.
[[nodiscard]] bool is_field_text(std::string_view text) noexcept;
[[nodiscard]] std::string_view trim_blanks(std::string_view text) noexcept;
// A request target that this gateway takes: origin-form, or "*". docs/decisions/0006, R3.
[[nodiscard]] bool is_target(std::string_view method, std::string_view target) noexcept;
// host [":" port], not empty; RFC 3986 3.2.2 without user information.
[[nodiscard]] bool is_host(std::string_view text) noexcept;
// 1 to 15 digits.
[[nodiscard]] std::optional<std::uint64_t> parse_length(std::string_view text) noexcept;
// Does a comma-separated list hold this token, whatever its case?
[[nodiscard]] bool list_holds(std::string_view list, std::string_view token) noexcept;

}  // namespace aip::http
