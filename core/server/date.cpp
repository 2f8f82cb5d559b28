#include "core/server/date.h"

#include <cstdio>
#include <ctime>

namespace aip::server {
namespace {

// Not strftime(): a process's locale may have other names for them.
constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string_view DateText::at(std::uint64_t wall_ms) {
  const std::uint64_t second = wall_ms / 1000;
  if (second != second_) {
    second_ = second;
    const auto time = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                  kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday % 100,
                  kMonths[static_cast<std::size_t>(parts.tm_mon)], (parts.tm_year + 1900) % 10'000,
                  parts.tm_hour % 100, parts.tm_min % 100, parts.tm_sec % 100);
  }
  return {text_.data(), kSize};
}

}  // namespace aip::server
