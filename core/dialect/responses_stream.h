// responses_stream.h - an answer as the events of OpenAI's Responses.
//
//   event: response.created
//   data: {"type":"response.created","sequence_number":0,"response":{...}}
//
// created, in_progress; per item output_item.added, its parts and deltas, each with its done,
// output_item.done; at the end completed or incomplete with the whole `response`, and no [DONE].
// sequence_number counts every event from 0. A failure is an `error` event and response.failed.
// Reasoning is told as a summary, because that is what clients show.
//
// Raw bytes (same dialect at both ends) go through; then events only tell finish, and a failure
// behind the last event of a stream tells nothing more. Memory: responses_output.h.
// Tests: tests/unit/dialect/responses_stream_test.cpp, tests/support/responses_validator.h
#pragma once

#include <string>

#include "core/dialect/dialect.h"
#include "core/dialect/responses_object.h"
#include "core/dialect/responses_output.h"

namespace aip::dialect {

class ResponsesStream final : public AnswerEncoder, private OutputListener {
 public:
  explicit ResponsesStream(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;
  [[nodiscard]] bool too_large() const noexcept override { return output_.too_large(); }

 private:
  void on_output(const OutputNews& news) override;
  void on_part(const OutputNews& news);
  void on_text(const OutputNews& news);
  void on_summary(const OutputNews& news);
  void on_input(const OutputNews& news);

  void start(std::string& out);
  // An event up to the members that are its own: {"type":...,"sequence_number":n
  void open(std::string_view type);
  void close();
  void member(std::string_view name, std::string_view json);
  void text(std::string_view name, std::string_view inside);
  // item_id, output_index, and the index of a part if there is one
  void place(const OutputNews& news, std::string_view part = {});
  void tell_response(std::string_view type, ResponseStatus status, const ErrorReply* failure);

  ResponseObject response_;
  ResponsesOutput output_;
  std::string* out_ = nullptr;  // while a function of the interface runs
  std::string text_place_;      // what all deltas of the open part have behind their number
  std::uint64_t sequence_ = 0;
  bool started_ = false;
  bool over_ = false;  // nothing may follow
  bool raw_ = false;
  std::uint32_t raw_finish_ = 0;
};

}  // namespace aip::dialect
