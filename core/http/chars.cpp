#include "core/http/chars.h"

#include <cstring>

namespace aip::http::chars {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

std::uint64_t load8(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}
// Non-zero if a byte of the word is zero, or is below n (n <= 0x80): the classic tricks. Exact as
// a question about the whole word, which is all that is asked of them here.
constexpr std::uint64_t has_zero(std::uint64_t word) noexcept {
  return (word - kOnes) & ~word & kHighs;
}
constexpr std::uint64_t has_below(std::uint64_t word, std::uint64_t n) noexcept {
  return (word - kOnes * n) & ~word & kHighs;
}

constexpr bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}
bool any_control(Bytes bytes) noexcept {
  for (const char c : bytes) {
    if (is_control(c)) return true;
  }
  return false;
}

}  // namespace

bool has_control(Bytes bytes) noexcept {
  while (bytes.size() >= 8) {
    const std::uint64_t word = load8(bytes.data());
    const bool suspect = (has_below(word, 0x20) | has_zero(word ^ (kOnes * 0x7f))) != 0;
    if (suspect && any_control(bytes.substr(0, 8))) return true;
    bytes.remove_prefix(8);
  }
  return any_control(bytes);
}

std::size_t find_line_end(Bytes bytes) noexcept {
  std::size_t at = 0;
  while (bytes.size() - at >= 8) {
    const std::uint64_t word = load8(bytes.data() + at);
    if ((has_zero(word ^ (kOnes * '\r')) | has_zero(word ^ (kOnes * '\n'))) != 0) break;
    at += 8;
  }
  while (at < bytes.size() && bytes[at] != '\r' && bytes[at] != '\n') ++at;
  return at;
}

}  // namespace aip::http::chars
