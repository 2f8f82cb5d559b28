// The reader for the events of /responses that pass by: finish, usage, failures.
//
// An event's type stands first in it, so most events cost one comparison; the last one holds the
// whole `response`. An `error` event is followed by response.failed, or by nothing.
#include <array>

#include "answer.h"
#include "errors.h"
#include "facts.h"

namespace aip::openai {
namespace {

using json::Value;

bool calls_a_tool(Value output) {
  for (const Value item : output.items()) {
    const Value type = item["type"];
    if (type.equals("function_call") || type.equals("custom_tool_call")) return true;
  }
  return false;
}

class ResponsesWatcher final : public AnswerReader {
 public:
  std::optional<sdk::Failure> chunk(Value value) override {
    events_.clear();
    const Value type = value["type"];
    if (type.equals("error")) {
      const Value nested = value["error"];
      failure_ = failure_of_error(nested.is_object() ? nested : value, {});
    } else if (type.equals("response.failed")) {
      return failure_of(value["response"]);
    } else if (is_last(type)) {
      tell(value["response"]);
    } else if (!type) {  // of a proxy on the way: no event of Responses
      return failure_in(value["error"]);
    }
    return std::nullopt;
  }

  // Also one that failed or still runs in the background is the service's answer, and whole.
  std::optional<sdk::Failure> whole(Value value) override {
    events_.clear();
    if (!value["output"].is_array()) {
      if (auto failure = failure_in(value["error"])) return failure;
      return bad_answer("The provider's answer has no output.");
    }
    tell(value);
    return std::nullopt;
  }

  void end() override { events_.clear(); }
  void assume_finished() override {}  // the last event is never left out
  bool complete() const noexcept override { return complete_; }
  bool was_usage_only() const noexcept override { return false; }
  std::optional<sdk::Failure> told_failure() const override { return failure_; }

 private:
  static bool is_last(Value type) {
    static constexpr std::array<std::string_view, 3> kLast{
        "response.completed", "response.incomplete", "response.cancelled"};
    for (const std::string_view last : kLast) {
      if (type.equals(last)) return true;
    }
    return false;
  }

  sdk::Failure failure_of(Value response) const {
    if (failure_) return *failure_;
    if (auto failure = failure_in(response["error"])) return *failure;
    return failed_choice();
  }

  void tell(Value response) {
    complete_ = true;
    usage_ = {};
    read_responses_usage(response["usage"], usage_);
    if (!usage_.empty()) events_.push_back(sdk::event::usage(usage_));
    const Value reason = response["incomplete_details"]["reason"];
    std::uint32_t finish = calls_a_tool(response["output"]) ? AIP_FINISH_TOOLS : AIP_FINISH_STOP;
    if (reason.is_string()) {
      finish = reason.equals("content_filter") ? AIP_FINISH_FILTER : AIP_FINISH_LENGTH;
    }
    events_.push_back(sdk::event::finish(finish, response["status"].escaped()));
  }

  sdk::Usage usage_;
  std::optional<sdk::Failure> failure_;  // that an `error` event told
  bool complete_ = false;
};

}  // namespace

std::unique_ptr<AnswerReader> make_responses_watcher() {
  return std::make_unique<ResponsesWatcher>();
}

}  // namespace aip::openai
