// write.h - heads and chunks as bytes. A received head is never sent on: it is written anew.
#pragma once

#include <string>

#include "core/http/message.h"

namespace aip::http {

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

// "HTTP/1.1 200 OK" CRLF, to which fields are appended with write_field() and end_head().
void write_status_line(std::string& out, int status);
void write_request_line(std::string& out, std::string_view method, std::string_view target);
// The caller has checked the value: no CR, LF or NUL can come from a parsed field, and values of
// other origin go through valid_field_value() first.
void write_field(std::string& out, std::string_view name, std::string_view value);
void end_head(std::string& out);
[[nodiscard]] bool valid_field_name(std::string_view name) noexcept;
[[nodiscard]] bool valid_field_value(std::string_view value) noexcept;

// "1a\r\n"; the chunk's bytes and kChunkEnd follow.
void write_chunk_size(std::string& out, std::size_t n);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace aip::http
