// response.h - Gemini's answers, streamed and whole, as the typed events of canonical chat.
//
// A stream's chunk has the shape of a whole answer and holds what is new; so one reader does both.
//   part                           becomes
//   text, with thought: true       TEXT, REASONING: still JSON-escaped, never decoded
//   functionCall                   TOOL_BEGIN, TOOL_ARGS, BLOCK_END: it comes whole; numbered over
//                                  the whole answer, its signature in its id (signatures.h)
//   inlineData                     IMAGE, AUDIO
//   executableCode and its result  TEXT, in code fences
//   a signature on a text          SIGNATURE, redacted
//   grounding, citations           CITATION;   logprobsResult  LOGPROBS
//   usageMetadata                  USAGE
//   anything else                  nothing
// Some services tell a finishReason in every chunk: FINISH is told when the answer has ended, by
// end(). An answer without one is truncated. A prompt that was blocked is an answer of nothing,
// filtered. A broken function call fails the answer if nothing of it was told yet.
//
// Threads: none.   Memory: scratch strings; of a grounded answer its text, at most kTextBytesMax,
// and of each candidate kCitationsMax citations.
// Lifetime: events() borrow from the text that was given and from the reader, until its next call.
// Tests: tests/unit/gemini/response_test.cpp, tests/fuzz/gemini_fuzz.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "partial_args.h"
#include "signatures.h"
#include "usage.h"

namespace aip::gemini {

struct Reading {
  std::string seed;  // makes ids unique; the same seed and answer give the same ids
  bool signature_in_ids = true;
  bool grounded = false;       // citations are to be expected
  bool native = false;         // the bytes pass by: nothing that they say is a failure
  std::string provider_block;  // the seed's block, told behind START; empty: none
};

class AnswerReader {
 public:
  static constexpr std::size_t kTextBytesMax = 1024 * 1024;
  static constexpr std::uint32_t kChoicesMax = 128;

  explicit AnswerReader(Reading how) : how_(std::move(how)) {}
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // One chunk, or a whole answer: valid JSON. A failure ends the answer.
  [[nodiscard]] std::optional<sdk::Failure> chunk(json::Value response);
  // That chunk was a whole answer: it ended, whatever it says.
  void assume_finished();
  // The body has ended. A failure: it was not whole.
  [[nodiscard]] std::optional<sdk::Failure> end();

  // What the last call made.
  [[nodiscard]] const std::vector<aip_event>& events() const noexcept { return events_; }
  // Every candidate has its reason: an end now is a good one.
  [[nodiscard]] bool complete() const noexcept;

 private:
  struct Choice {
    std::uint32_t index = 0;
    std::uint32_t tools = 0;  // begun so far
    bool has_content = false;
    std::string reason;
    std::string text;             // decoded, of a grounded answer
    std::set<std::string> cited;  // the annotations told so far
    std::optional<PartialArgs> partial;
    bool begun = false;
  };

  void clear();
  void add(aip_event event, const Choice& choice);
  void start();
  void tell_usage();
  [[nodiscard]] std::string_view keep(std::string text);
  [[nodiscard]] std::string_view plain(json::Value string);
  Choice& choice_of(json::Value index);

  std::optional<sdk::Failure> candidate(json::Value value);
  void part(json::Value part, Choice& choice);
  void text(json::Value part, json::Value signature, Choice& choice);
  void function_call(json::Value call, json::Value signature, Choice& choice);
  void partial_call(json::Value call, json::Value signature, Choice& choice);
  void end_partial(Choice& choice);
  void begin_tool(json::Value call, json::Value signature, Choice& choice);
  void inline_data(json::Value data, Choice& choice);
  void say(std::string words, Choice& choice);
  void sources(json::Value candidate, Choice& choice);

  const Reading how_;
  std::vector<aip_event> events_;
  std::deque<std::string> scratch_;  // what events_ borrow; a deque, so that growing moves nothing
  sdk::Usage usage_;
  bool started_ = false;
  bool usage_waits_ = false;
  bool any_answer_ = false;  // something of the expected shape came
  std::string id_, model_;
  std::string blocked_;  // why the prompt was blocked; empty: it was not
  std::deque<Choice> choices_;
  TokenCounts counts_;
};

}  // namespace aip::gemini
