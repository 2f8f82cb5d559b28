// responses_whole.h - an answer as the one `response` object of OpenAI's Responses.
//
// Raw bytes (same dialect at both ends) are the answer; then events only tell the finish.
// Memory: responses_output.h.   Tests: tests/unit/dialect/responses_whole_test.cpp
#pragma once

#include <string>

#include "core/dialect/dialect.h"
#include "core/dialect/responses_object.h"
#include "core/dialect/responses_output.h"

namespace aip::dialect {

class ResponsesWhole final : public AnswerEncoder {
 public:
  explicit ResponsesWhole(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;
  [[nodiscard]] bool too_large() const noexcept override { return output_.too_large(); }

 private:
  ResponseObject response_;
  ResponsesOutput output_;
  bool raw_ = false;
  std::uint32_t raw_finish_ = 0;
};

}  // namespace aip::dialect
