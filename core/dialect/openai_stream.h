// openai_stream.h - an answer as OpenAI's stream of chunks.
//
//   data:
//   {"id","object","created","model","choices":[{"index","delta","logprobs","finish_reason"}]}
//
// Per choice: a chunk with the role, deltas, a chunk with the finish reason; then, if asked for,
// one chunk with `choices: []` and the usage (all others have usage null); then [DONE]. id, created
// and model are equal in all chunks. Provider blocks stand on the first chunk that knows them, on
// those with a finish reason, and on the usage chunk. Logprobs wait for the text that they belong
// to.
//
// Speed: what all chunks have in common is rendered once, so a piece of text costs a constant
// prefix, the text and a constant suffix, with no allocation but the output's own growth
// (tests/unit/dialect/stream_cost_test.cpp holds the figure).
// Memory: some strings a stream, a few words a tool, and the open block of reasoning (thinking.h).
// Raw bytes (same dialect at both ends) go through; then events only tell finish and usage.
// Tests: tests/unit/dialect/openai_stream_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/dialect/escape.h"
#include "core/dialect/openai_json.h"
#include "core/dialect/thinking.h"

namespace aip::dialect {

class OpenAiStream final : public AnswerEncoder {
 public:
  explicit OpenAiStream(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;

 private:
  struct Tool {
    std::uint32_t block = 0;
    bool has_arguments = false;
    bool ended = false;
    Seam seam;
  };
  struct Choice {
    bool begun = false;
    std::uint32_t finish = 0;
    std::uint32_t images = 0;
    std::vector<Tool> tools;
    Seam text, reasoning, refusal;
    Thinking thinking;
    std::string logprobs;  // of the text that comes next
  };

  void start(std::string& out);
  void render();
  // The choice, with its role told; nullptr: finished, or beyond the limit.
  Choice* visible(const aip_event& event, std::string& out);
  void visible_event(const aip_event& event, Choice& choice, std::string& out);
  void fragment(std::string_view member, Seam& seam, const aip_event& event, Choice& choice,
                std::string& out);
  void tool_begin(const aip_event& event, Choice& choice, std::string& out);
  void tool_arguments(const aip_event& event, Choice& choice, std::string& out);
  void end_tool(std::uint32_t choice, std::size_t index, Tool& tool, std::string& out);
  void block_end(const aip_event& event, Choice& choice, std::string& out);
  void signature(const aip_event& event, Choice& choice, std::string& out);
  void whole_value(std::string_view before, const aip_event& event, std::string_view behind,
                   std::string& out);
  void close_seams(std::uint32_t index, Choice& choice, std::string& out);
  void finish_choice(const aip_event& event, Choice& choice, std::string& out);
  void note(const aip_event& event);

  // One chunk: open() ... the delta's JSON ... close().
  void open(std::uint32_t choice, std::string& out) const;
  void open_arguments(std::uint32_t choice, std::size_t index, std::string& out) const;
  void close(std::string& out);
  void end_chunk(std::string& out);
  void append_blocks(std::string& out);

  // Set once.
  const bool include_usage_;
  AnswerName name_;
  std::string head_;       // up to `"choices":[`
  std::string text_head_;  // up to the text of choice 0
  std::string tail_;       // behind the finish reason, up to the provider blocks
  std::string text_tail_;
  // Changes.
  bool started_ = false;
  bool raw_ = false;
  std::string raw_tail_;  // the last raw bytes: was it [DONE]?
  bool blocks_fresh_ = false;
  std::vector<Choice> choices_;
  ProviderBlocks blocks_;
  UsageCounts usage_;
};

}  // namespace aip::dialect
