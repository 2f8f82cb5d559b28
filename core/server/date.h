// date.h - the Date field's text, made once a second (RFC 9110 5.6.7: IMF-fixdate).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace aip::server {

class DateText {
 public:
  // "Tue, 24 Nov 2026 11:00:00 GMT"; the view lives until the next call.
  [[nodiscard]] std::string_view at(std::uint64_t wall_ms);

 private:
  static constexpr std::size_t kSize = 29;
  std::uint64_t second_ = UINT64_MAX;
  std::array<char, kSize + 1> text_{};
};

}  // namespace aip::server
