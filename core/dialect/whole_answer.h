// whole_answer.h - what the one JSON object of each dialect has in common.
//
// Events are gathered, and end() writes the object. What belongs to no dialect is done here: the
// answer's name (of the first START, if nothing was said before it), the usage, the providers'
// blocks, the bound on what is gathered; and raw bytes (same dialect at both ends), which are the
// answer, so that events beside them only tell the finish. Nothing is sent before the end, so a
// failure is a status and a silence stays one.
//
// Memory: at most limits::kWholeAnswerBytesMax of gathered text; beyond it everything is given up
// and too_large() tells.   Lifetime: borrows nothing.
// Tests: tests/unit/dialect/{openai,anthropic,gemini}_whole_test.cpp
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/dialect/dialect.h"
#include "core/dialect/openai_json.h"

namespace aip::dialect {

class WholeAnswer : public AnswerEncoder {
 public:
  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) final;
  void raw(Bytes bytes, std::string& out) final;
  void end(std::string& out) final;
  void fail(const ErrorReply&, std::string&) final {}
  void keep_alive(std::string&) final {}
  [[nodiscard]] bool too_large() const noexcept final { return too_large_; }

 protected:
  explicit WholeAnswer(AnswerName name) : name_(std::move(name)) {}

  // An event of a choice; beside raw bytes only FINISH.
  virtual void take(const aip_event& event) = 0;
  // The object, from its first brace to its last.
  virtual void write(std::string& out) = 0;
  virtual void give_up() = 0;
  // What is held beside the words of the events: a block of one letter takes more than its letter.
  [[nodiscard]] virtual std::size_t held_beside() const noexcept { return 0; }

  [[nodiscard]] const AnswerName& name() const noexcept { return name_; }
  [[nodiscard]] const UsageCounts& usage() const noexcept { return usage_; }
  // ,"name":{...} for each block of a provider.
  void append_provider_blocks(std::string& out) const;

 private:
  AnswerName name_;
  UsageCounts usage_;
  std::map<std::string, std::string> provider_blocks_;
  std::size_t gathered_ = 0;
  bool said_ = false;  // a name that comes now comes too late
  bool raw_ = false;
  bool too_large_ = false;
};

}  // namespace aip::dialect
