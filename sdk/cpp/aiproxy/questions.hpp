// questions.hpp - what a translator asks of the host, and how it says no.
//
// A provider that lacks what a client asked for does not decide what that means: the operator's
// policy does. So a translator takes Questions; the plugin answers them with the host's own
// functions, a test with a list that it reads afterwards.
//
//     HostQuestions questions(stream());
//     Outcome<std::string> body = translate(chat, questions);
//     if (const auto* failure = std::get_if<Failure>(&body)) return fail(*failure);
//     ...
//     if (!questions.may_drop("/logit_bias")) return unsupported("/logit_bias", "Acme has none.");
//
// Pointers are JSON pointers (RFC 6901) into the canonical request.
// Threads: those of the request. Lifetime: Questions live as long as the translation.
// Tests: tests/unit/plugin/questions_test.cpp, tests/unit/claude, tests/unit/gemini
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace aip::sdk {

class Questions {
 public:
  // The provider lacks what stands there, and the answer would mean something else without it.
  // True: leave it out. False: refuse the request with unsupported().
  [[nodiscard]] virtual bool may_drop(const std::string& pointer) = 0;
  // A value was changed, or something without influence on the answer was left out.
  virtual void coerced(const std::string& pointer) = 0;
  // Is this text, which came inside a JSON string, JSON itself?
  [[nodiscard]] virtual bool is_json(std::string_view text) = 0;

 protected:
  ~Questions() = default;
};

// Answered by the host.
class HostQuestions final : public Questions {
 public:
  explicit HostQuestions(Stream stream) noexcept : stream_(stream) {}
  bool may_drop(const std::string& pointer) override {
    return stream_.may_drop(pointer, "unsupported");
  }
  void coerced(const std::string& pointer) override {
    // The answer is known: what is coerced is only written down.
    static_cast<void>(stream_.may_drop(pointer, "coerced"));
  }
  bool is_json(std::string_view text) override { return sdk::is_json(text); }

 private:
  Stream stream_;
};

// A value, or why there is none.
template <class T>
using Outcome = std::variant<T, Failure>;
// Where there is no value to give.
using MaybeFailure = std::optional<Failure>;

[[nodiscard]] inline Failure unsupported(std::string pointer, std::string what) {
  Failure failure(AIP_E_UNSUPPORTED, std::move(what));
  failure.flags = AIP_ERR_UNSUPPORTED;
  failure.param = std::move(pointer);
  return failure;
}

[[nodiscard]] inline Failure invalid(std::string pointer, std::string what) {
  Failure failure(AIP_E_INVALID, std::move(what));
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

// The pointer to a top-level member, whose name may hold anything.
[[nodiscard]] inline std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}

}  // namespace aip::sdk
