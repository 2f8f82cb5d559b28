// The reader for bytes that pass by: finish, usage, failures.
#include "answer.h"
#include "errors.h"
#include "facts.h"

namespace aip::openai {
namespace {

using json::Value;

class Watcher final : public AnswerReader {
 public:
  std::optional<sdk::Failure> chunk(Value value) override { return read(value); }

  std::optional<sdk::Failure> whole(Value value) override {
    if (auto failure = read(value)) return failure;
    if (!is_answer_) return bad_answer("The provider's answer has no choices.");
    finish_all();  // a whole answer is complete because it is whole
    return std::nullopt;
  }

  void end() override { events_.clear(); }

  void assume_finished() override {
    events_.clear();
    finish_all();
  }
  bool complete() const noexcept override { return progress_.complete(); }
  bool was_usage_only() const noexcept override { return usage_only_; }

 private:
  void finish_all() {
    if (progress_.size() == 0) progress_.begin(0);
    for (std::uint32_t i = 0; i < progress_.size(); ++i) {
      if (progress_.open(i)) tell_finish(i, AIP_FINISH_STOP, {});
    }
  }

  std::optional<sdk::Failure> read(Value value) {
    events_.clear();
    const Chunk chunk(value);
    // Behind the finish an error changes nothing any more (OpenRouter, on a limit of tokens).
    if (chunk.error && !progress_.complete()) return failure_in(chunk.error);
    usage_only_ = chunk.is_usage_only();
    is_answer_ = chunk.choices.is_array();
    Value usage = chunk.usage;
    for (const Value item : chunk.choices.items()) {
      Value index, reason;
      for (const Value::Member& m : item.members()) {
        if (m.named("index")) index = m.value();
        if (m.named("finish_reason")) reason = m.value();
        if (m.named("usage") && !usage.is_object()) usage = m.value();
      }
      const std::uint32_t choice = index_of(index);
      progress_.begin(choice);
      if (reason.equals(kErrorReason)) return failed_choice();
      const std::uint32_t finish = finish_of(reason.escaped());
      if (finish != 0) tell_finish(choice, finish, reason.escaped());
    }
    if (usage.is_object()) {
      usage_ = {};
      read_usage(usage, usage_);
      events_.push_back(sdk::event::usage(usage_));
    }
    return std::nullopt;
  }

  void tell_finish(std::uint32_t choice, std::uint32_t finish, std::string_view reason) {
    if (!progress_.finish(choice)) return;
    events_.push_back(sdk::event::with_choice(sdk::event::finish(finish, reason), choice));
  }

  Progress progress_;
  sdk::Usage usage_;
  bool usage_only_ = false;
  bool is_answer_ = false;
};

}  // namespace

std::optional<sdk::Failure> failure_in(Value error) {
  if (!error.is_object() && !error.is_string()) return std::nullopt;
  return failure_of_error(error, {});
}

sdk::Failure failed_choice() {
  sdk::Failure failure(AIP_E_UPSTREAM, "The provider ended its answer with an error.");
  failure.http_status = 502;
  failure.flags = AIP_ERR_RETRYABLE;
  return failure;
}

std::unique_ptr<AnswerReader> make_watcher() {
  return std::make_unique<Watcher>();
}

}  // namespace aip::openai
