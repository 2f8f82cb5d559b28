// gemini_stream.h - an answer as Gemini's stream of GenerateContentResponse.
//
//   {"candidates":[{"content":{"parts":[...],"role":"model"},"index":0}],
//    "modelVersion":"...","responseId":"..."}
//
// Each chunk holds new parts. The last one has the finish reasons of all candidates and the usage;
// it waits for the end, because providers tell the usage behind the finish. There is no [DONE].
// Framing: `data: ...` CR LF CR LF, or the items of one JSON array. While nothing happens a comment
// or a line end shows that the stream lives; no client takes either for content.
// Errors: {"error":{...}} as one more chunk; in the array it is the last item, and the array
// closes.
// Raw bytes (the provider is Gemini) pass as they are; server-sent events for a client that asked
// for an array are framed anew. Events only tell the finish then.
// Speed: a piece of text is a constant prefix, the text and a constant suffix.
// Memory: some strings, what gemini_candidate.h keeps, and of raw events for an array the one that
// is open, at most limits::kEventBytesMax.   Tests: tests/unit/dialect/gemini_stream_test.cpp
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/dialect/gemini_candidate.h"
#include "core/dialect/gemini_json.h"
#include "core/http/decoders.h"

namespace aip::dialect {

class GeminiStream final : public AnswerEncoder {
 public:
  explicit GeminiStream(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;

 private:
  void render();
  [[nodiscard]] GeminiCandidate* candidate_of(const aip_event& event);
  void visible(const aip_event& event, GeminiCandidate& candidate, std::string& out);
  void begin_item(std::string& out);
  void end_item(std::string& out) const;
  void end_items(std::string& out);
  void end_raw_line(std::string& out);
  void raw_array(Bytes bytes, std::string& out);
  void frame_anew(Bytes bytes, std::string& out);

  // Set once.
  const Framing framing_;
  const bool shows_reasoning_;
  AnswerName name_;
  std::string text_tail_;  // behind a text of candidate 0
  std::string tail_;       // behind the candidates
  // Changes.
  bool rendered_ = false;
  bool has_item_ = false;
  bool raw_ = false;
  bool raw_broken_ = false;
  bool raw_half_line_ = false;
  bool raw_closed_ = false;  // the raw array has its end
  enum class RawForm : std::uint8_t { Unknown, Array, Events };
  RawForm raw_form_ = RawForm::Unknown;
  std::unique_ptr<http::Decoder> raw_events_;  // of raw bytes, for an array
  std::vector<GeminiCandidate> candidates_;
  std::map<std::string, std::string> blocks_;
  UsageCounts usage_;
};

}  // namespace aip::dialect
