#include "core/http/message.h"

#include "core/http/chars.h"

namespace aip::http {

bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (chars::lower(a[i]) != chars::lower(b[i])) return false;
  }
  return true;
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
  spans_.reserve(fields);
  block_.reserve(bytes);
}

void Headers::add(std::string_view name, std::string_view value) {
  spans_.push_back({static_cast<std::uint32_t>(block_.size()),
                    static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  block_.append(name);
  block_.append(value);
}

void Headers::clear() noexcept {
  block_.clear();
  spans_.clear();
}

Headers::Field Headers::operator[](std::size_t i) const noexcept {
  AIP_DCHECK(i < spans_.size());
  const Span& span = spans_[i];
  const std::string_view block = block_;
  return {block.substr(span.at, span.name_size),
          block.substr(span.at + span.name_size, span.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (spans_[i].name_size != name.size()) continue;
    const Field field = (*this)[i];
    if (same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    if (same_name((*this)[i].name, name)) ++found;
  }
  return found;
}

}  // namespace aip::http
