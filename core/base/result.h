// result.h - a value or an Error (std::expected is C++23).
//
// Result<T> is what every function returns that can fail for a reason outside this program.
// Reading value() of a failed Result is a broken promise and aborts.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/error.h"

namespace aip {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & {
    AIP_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    AIP_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    AIP_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & {
    AIP_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    AIP_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    AIP_CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return ok(); }
  Error& error() & {
    AIP_CHECK(!ok());
    return *error_;
  }
  const Error& error() const& {
    AIP_CHECK(!ok());
    return *error_;
  }
  Error&& error() && {
    AIP_CHECK(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace aip
