// responses_object.h - the `response` object: what every answer of Responses is or ends with.
//
// Its id is made of the provider's own where that gives one, so that both ends can be found in one
// search; what the request asked for is repeated from AnswerOptions::echo.
// Tests: tests/unit/dialect/responses_whole_test.cpp
#pragma once

#include <string>

#include "core/dialect/dialect.h"
#include "core/dialect/openai_json.h"
#include "core/dialect/responses_output.h"

namespace aip::dialect {

enum class ResponseStatus : std::uint8_t { InProgress, Completed, Incomplete, Failed };

class ResponseObject {
 public:
  explicit ResponseObject(const AnswerOptions& options);

  // START, USAGE and PROVIDER are about the object itself; true: it was one of these.
  bool take(const aip_event& event);
  // The part of its id that items share; it is settled once START was told or anything else came.
  [[nodiscard]] const std::string& tail() const noexcept { return tail_; }
  // How an answer that ended so is called.
  [[nodiscard]] static ResponseStatus status_of(std::uint32_t finish) noexcept;
  // `failure`: of a failed one.
  void append_json(ResponseStatus status, const ResponsesOutput& output, const ErrorReply* failure,
                   std::string& out) const;

 private:
  void learn(const aip_event& start);

  std::string tail_;  // escaped
  std::string model_;
  std::uint64_t created_s_;
  const std::string echo_;
  bool started_ = false;
  UsageCounts usage_;
  ProviderBlocks blocks_;
};

}  // namespace aip::dialect
