// asking.h - the questions of questions.h, put to the host.
#pragma once

#include <aiproxy/plugin.hpp>

#include "questions.h"

namespace aip::gemini {

class HostQuestions final : public Questions {
 public:
  explicit HostQuestions(sdk::Stream stream) noexcept : stream_(stream) {}
  bool may_drop(const std::string& pointer) override {
    return stream_.may_drop(pointer, "unsupported");
  }
  void coerced(const std::string& pointer) override {
    // The answer is known: what is coerced is only written down.
    static_cast<void>(stream_.may_drop(pointer, "coerced"));
  }
  bool is_json(std::string_view text) override { return sdk::is_json(text); }

 private:
  sdk::Stream stream_;
};

}  // namespace aip::gemini
