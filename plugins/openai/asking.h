// asking.h - Questions answered by the host.
#pragma once

#include "messages.h"

namespace aip::openai {

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

 private:
  sdk::Stream stream_;
};

}  // namespace aip::openai
