// questions.h - what the translator asks of the host, and how it says no.
//
// The plugin answers with the host's own functions, a test with a list that it reads afterwards.
// Pointers are JSON pointers (RFC 6901) into the canonical request.
// Threads: those of the request.   Tests: tests/unit/gemini
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace aip::gemini {

class Questions {
 public:
  // Gemini lacks what stands there and the answer would mean something else without it. True:
  // leave it out. False: refuse the request with unsupported().
  [[nodiscard]] virtual bool may_drop(const std::string& pointer) = 0;
  // A value was changed, or something without influence on the answer was left out.
  virtual void coerced(const std::string& pointer) = 0;
  // Is this text, which came inside a JSON string, JSON itself?
  [[nodiscard]] virtual bool is_json(std::string_view text) = 0;

 protected:
  ~Questions() = default;
};

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

// Where something stands in the request; made into text only when somebody is told.
struct Place {
  std::uint32_t message = 0;
  std::int32_t part = -1;  // below 0: the message's content as a whole

  [[nodiscard]] std::string pointer() const {
    std::string text = "/messages/" + std::to_string(message);
    if (part >= 0) text += "/content/" + std::to_string(part);
    return text;
  }
};

}  // namespace aip::gemini
