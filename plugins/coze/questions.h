// questions.h - what the translator asks of the host, and how it says no.
//
// The plugin answers with the host's own functions, a test with a list that it reads afterwards.
// Pointers are JSON pointers (RFC 6901) into the canonical request.
// Threads: those of the request.   Tests: tests/unit/coze
#pragma once

#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace aip::coze {

class Questions {
 public:
  // Coze lacks what stands there, and the answer would mean something else without it. True: leave
  // it out. False: refuse the request with unsupported().
  [[nodiscard]] virtual bool may_drop(const std::string& pointer) = 0;
  // A value was changed, or something without influence on the answer was left out.
  virtual void coerced(const std::string& pointer) = 0;

 protected:
  ~Questions() = default;
};

using MaybeFailure = std::optional<sdk::Failure>;
// A value, or why there is none.
template <class T>
using Outcome = std::variant<T, sdk::Failure>;

[[nodiscard]] inline sdk::Failure unsupported(std::string pointer, std::string what) {
  sdk::Failure failure(AIP_E_UNSUPPORTED, std::move(what));
  failure.flags = AIP_ERR_UNSUPPORTED;
  failure.param = std::move(pointer);
  return failure;
}

[[nodiscard]] inline sdk::Failure invalid(std::string pointer, std::string what) {
  sdk::Failure failure(AIP_E_INVALID, std::move(what));
  failure.param = std::move(pointer);
  return failure;
}

}  // namespace aip::coze
