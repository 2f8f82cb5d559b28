// whole.h - an ordinary answer, put together from a call's events.
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>

#include "errors.h"

namespace aip::bing {

class WholeAnswer {
 public:
  enum class Step : std::uint8_t { More, Complete, Failed };

  Step take(const aip_call_event& e) {
    switch (e.type) {
      case AIP_CALL_HEAD:
        if (e.status != 200) return fail(failure_of_status(e.status, e.headers, e.header_count));
        signature_ =
            sdk::find_header(e.headers, e.header_count, "x-sydney-encryptedconversationsignature");
        return Step::More;
      case AIP_CALL_DATA:
        if ((e.flags & AIP_DATA_JSON) == 0) return fail(bad_answer("something that is not JSON"));
        body_ = sdk::text(e.data);
        return Step::More;
      case AIP_CALL_END:
        return Step::Complete;
      case AIP_CALL_FAILED:
        return fail(failure_of_call(e.error));
      default:
        return Step::More;
    }
  }
  [[nodiscard]] json::Value json() const { return json::Value(body_); }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] const std::string& signature() const noexcept { return signature_; }
  [[nodiscard]] const sdk::Failure& failure() const { return *failure_; }

 private:
  Step fail(sdk::Failure failure) {
    failure_ = std::move(failure);
    return Step::Failed;
  }
  std::string signature_, body_;
  std::optional<sdk::Failure> failure_;
};

}  // namespace aip::bing
