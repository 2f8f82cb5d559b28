#include "core/http/write.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/base/check.h"
#include "core/http/chars.h"

namespace aip::http {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 45> kReasons{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {424, "Failed Dependency"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {529, "Overloaded"},
}};
static_assert(std::is_sorted(kReasons.begin(), kReasons.end(),
                             [](const auto& a, const auto& b) { return a.first < b.first; }));

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const auto* at = std::lower_bound(kReasons.begin(), kReasons.end(), status,
                                    [](const auto& entry, int code) { return entry.first < code; });
  return at != kReasons.end() && at->first == status ? at->second : std::string_view();
}

void write_status_line(std::string& out, int status) {
  AIP_CHECK(status >= 100 && status <= 599);
  out.append("HTTP/1.1 ");
  out.push_back(static_cast<char>('0' + status / 100));
  out.push_back(static_cast<char>('0' + status / 10 % 10));
  out.push_back(static_cast<char>('0' + status % 10));
  out.push_back(' ');  // RFC 9112 4: the blank stands even before an empty reason
  out.append(reason_phrase(status));
  out.append("\r\n");
}

void write_request_line(std::string& out, std::string_view method, std::string_view target) {
  out.append(method);
  out.push_back(' ');
  out.append(target);
  out.append(" HTTP/1.1\r\n");
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  AIP_DCHECK(valid_field_name(name) && valid_field_value(value));
  out.append(name);
  out.append(": ");
  out.append(value);
  out.append("\r\n");
}

void end_head(std::string& out) {
  out.append("\r\n");
}

bool valid_field_name(std::string_view name) noexcept {
  return !name.empty() && chars::all(name, chars::kToken);
}

bool valid_field_value(std::string_view value) noexcept {
  return !chars::has_control(value);
}

void write_chunk_size(std::string& out, std::size_t n) {
  AIP_DCHECK(n > 0);  // a chunk of no bytes would be the last one
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), n, 16);
  AIP_DCHECK(error == std::errc());
  out.append(digits.data(), end);
  out.append("\r\n");
}

}  // namespace aip::http
