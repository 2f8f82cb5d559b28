// answer.h - an answer read as events: AnswerReader, and the two that there are.
//
// make_reader() gives the full one: every event of docs/canonical-chat.md, from chunks or from a
// whole answer. make_watcher() gives the one for bytes that pass by untouched: only FINISH and
// USAGE, and the failures that hide in a 200. make_responses_watcher() does the same for the events
// of /responses, of which it reads the type alone until the one that ends the answer.
//
// Each call clears events() and fills it anew; the events' spans live as long as the text that was
// read and as this object. A failure is final.
// Tests: tests/unit/openai/reader_test.cpp, chat_test.cpp, responses_test.cpp; tests/recorded;
// tests/fuzz/openai_fuzz.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aip::openai {

class AnswerReader {
 public:
  AnswerReader() = default;
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;
  virtual ~AnswerReader() = default;

  // One chunk of a stream, checked to be JSON.
  virtual std::optional<sdk::Failure> chunk(json::Value chunk) = 0;
  // A whole answer, checked to be JSON.
  virtual std::optional<sdk::Failure> whole(json::Value answer) = 0;
  // The stream is over and complete(): what was kept for its end.
  virtual void end() = 0;
  // The stream is over, and this service gives no finish reasons: all choices ended by themselves.
  virtual void assume_finished() = 0;
  // Every choice that began has its finish reason.
  [[nodiscard]] virtual bool complete() const noexcept = 0;
  // The last chunk held usage and nothing else.
  [[nodiscard]] virtual bool was_usage_only() const noexcept = 0;
  // Why a stream that ended is not complete, if it said so itself.
  [[nodiscard]] virtual std::optional<sdk::Failure> told_failure() const { return std::nullopt; }

  [[nodiscard]] const std::vector<aip_event>& events() const noexcept { return events_; }

 protected:
  std::vector<aip_event> events_;
};

// `seed` makes ids for tools that come without one; the same seed and answer give the same ids.
[[nodiscard]] std::unique_ptr<AnswerReader> make_reader(std::string_view seed);
[[nodiscard]] std::unique_ptr<AnswerReader> make_watcher();
[[nodiscard]] std::unique_ptr<AnswerReader> make_responses_watcher();

// An error object where an answer was due, if there is one.
[[nodiscard]] std::optional<sdk::Failure> failure_in(json::Value error);
// A choice that ended with the finish reason "error".
[[nodiscard]] sdk::Failure failed_choice();

}  // namespace aip::openai
