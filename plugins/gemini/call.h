// call.h - what every call of this plugin has that is no forward: one POST or GET whose failure is
// read and told.
//
// A derived class starts the call in begin() and reads the answer; heads that tell a failure, and
// the bodies behind them, never reach it. The failure is told at the call's end, so that the
// connection can be used again.
// Threads: one worker.   Tests: tests/golden/gemini
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "errors.h"
#include "settings.h"

namespace aip::gemini {

class OneCall : public sdk::Request {
 public:
  OneCall(sdk::Stream stream, const Settings& settings) : Request(stream), settings_(settings) {}

  aip_status on_call(const aip_call_event& e) final;

 protected:
  // Adds the credential and the flags that all calls have.
  aip_status start(const aip_request& request, sdk::Call& call);

  virtual void on_good_head(const aip_call_event&) {}
  virtual aip_status on_answer(const aip_call_event& e) = 0;
  virtual aip_status on_end() = 0;
  virtual aip_status on_broken(std::int32_t error) { return fail(failure_of_call(error)); }

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

 private:
  aip_status on_head(const aip_call_event& e);

  const Settings& settings_;
  std::optional<ErrorHead> error_;  // set: the head told a failure
  std::optional<sdk::Failure> failure_;
};

}  // namespace aip::gemini
