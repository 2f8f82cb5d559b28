#include "core/http/message.h"

namespace aip::http {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

void Headers::add(std::string_view name, std::string_view value) {
  spans_.push_back({static_cast<std::uint32_t>(block_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  block_.append(name).append(value);
}

void Headers::clear() noexcept {
  block_.clear();
  spans_.clear();
}

Headers::Field Headers::operator[](std::size_t i) const noexcept {
  const Span& span = spans_[i];
  const std::string_view block(block_);
  return {block.substr(span.at, span.name_size),
          block.substr(span.at + span.name_size, span.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    const Field field = (*this)[i];
    if (same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const noexcept {
  std::size_t n = 0;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (same_name((*this)[i].name, name)) ++n;
  }
  return n;
}

}  // namespace aip::http
