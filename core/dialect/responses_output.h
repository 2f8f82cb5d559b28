// responses_output.h - an answer's events gathered as the output items of OpenAI's Responses.
//
//   REASONING, SIGNATURE   a `reasoning` item: the text as its summary, the signed block as its
//                          encrypted_content (sealed_thinking.h)
//   TEXT, REFUSAL          parts of a `message` item, which ends where reasoning or a tool begins
//   TOOL_*                 a `function_call` item, or a `custom_tool_call` where the request's tool
//                          took free text; several may be open at once
//   IMAGE                  an `image_generation_call`; an address becomes text
// Items keep the order in which they began. A Listener hears of every step, in the order in which
// a stream tells it; the whole answer needs none.
//
// Text is kept escaped, as it goes out.   Memory: the answer's text, once, what items and parts
// themselves take, and a signed block again by a third more; beyond limits::kWholeAnswerBytesMax
// everything is given up (too_large).
// Tests: tests/unit/dialect/responses_stream_test.cpp, responses_whole_test.cpp
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/dialect/escape.h"
#include "core/dialect/openai_json.h"
#include "core/dialect/thinking.h"

namespace aip::dialect {

struct OutputPart {
  enum class Kind : std::uint8_t { Text, Refusal };
  Kind kind = Kind::Text;
  std::string text;                   // escaped
  std::string annotations, logprobs;  // items of lists
  std::size_t annotation_count = 0;
  Seam seam;
};

struct OutputItem {
  enum class Kind : std::uint8_t { Message, Reasoning, Call, FreeTextCall, Image };
  enum class State : std::uint8_t { Open, Completed, Incomplete };
  Kind kind = Kind::Message;
  State state = State::Open;
  std::uint32_t block = 0;        // of a call
  std::string id, call_id, name;  // escaped
  std::string text;               // escaped: summary, arguments, free text, or image data
  std::string sealed;             // encrypted_content; empty: none
  bool has_summary = false;
  std::vector<OutputPart> parts;  // of a message; the last one is the open one
  Seam seam;
};

// What happened to an item, in the order of a stream.
enum class OutputStep : std::uint8_t {
  ItemAdded,
  PartAdded,  // the last of item.parts
  TextDelta,  // piece: escaped text; logprobs: items of a list
  AnnotationAdded,
  PartDone,
  SummaryAdded,
  SummaryDelta,
  SummaryDone,
  InputDelta,  // arguments or free text of a call
  InputDone,
  ItemDone,
};

struct OutputNews {
  OutputStep step;
  std::size_t index;  // of the item
  const OutputItem& item;
  std::string_view piece, logprobs;
};

class OutputListener {
 public:
  virtual void on_output(const OutputNews& news) = 0;

 protected:
  ~OutputListener() = default;
};

class ResponsesOutput {
 public:
  // `echo`: of AnswerOptions; it names the tools that take free text.
  explicit ResponsesOutput(const std::string& echo);

  // Ids of items are made of this.
  void set_tail(const std::string& tail) { name_tail_ = tail; }
  void event(const aip_event& event, OutputListener* listener);
  [[nodiscard]] std::uint32_t finish() const noexcept { return finish_; }
  [[nodiscard]] bool too_large() const noexcept { return too_large_; }
  // The items so far, as a JSON array.
  void append_json(std::string& out) const;

 private:
  using Kind = OutputItem::Kind;
  static constexpr std::size_t kNone = SIZE_MAX;

  std::size_t add(Kind kind);
  void tell(OutputStep step, std::size_t index, std::string_view piece = {},
            std::string_view logprobs = {});
  OutputPart& open_part(OutputPart::Kind kind);
  void add_text(const aip_event& event, OutputPart::Kind kind);
  void add_annotation(std::string_view json);
  void add_reasoning(const aip_event& event);
  void open_reasoning();
  void sign(const aip_event& event);
  void begin_call(const aip_event& event);
  void add_arguments(const aip_event& event);
  void add_image(std::string_view json);
  void keep_logprobs(std::string_view json);
  void end_block(std::uint32_t block);
  void end_part(std::size_t index);
  void end_message();
  void end_reasoning();
  void end_call(std::size_t index);
  void end_item(std::size_t index);
  void finish_all(std::uint32_t finish);

  std::vector<std::string> free_text_tools_;
  std::string name_tail_;
  OutputListener* listener_ = nullptr;  // while event() runs
  std::deque<OutputItem> items_;
  std::size_t message_ = kNone, reasoning_ = kNone;  // the open ones
  Thinking thinking_;
  std::string logprobs_;  // of the text that comes next
  std::uint32_t finish_ = 0;
  std::size_t gathered_ = 0;  // bytes told, and those of items and parts: a letter takes more
  std::size_t calls_ = 0;
  bool cut_short_ = false;  // what is open ends incomplete
  bool too_large_ = false;
};

void append_item(const OutputItem& item, std::string& out);
void append_part(const OutputPart& part, std::string& out);

}  // namespace aip::dialect
