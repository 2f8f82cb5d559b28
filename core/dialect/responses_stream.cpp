#include "core/dialect/responses_stream.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

using json::Value;

bool is_last(std::string_view type) noexcept {
  static constexpr std::array<std::string_view, 4> kLast{
      "response.completed", "response.incomplete", "response.failed", "error"};
  return std::find(kLast.begin(), kLast.end(), type) != kLast.end();
}

// Takes the next data line out of an event stream's bytes; empty: there is none.
std::string_view take_data(Bytes& bytes) noexcept {
  constexpr std::string_view kData = "data:";
  for (std::size_t at = bytes.find(kData); at != Bytes::npos; at = bytes.find(kData, at + 1)) {
    if (at != 0 && bytes[at - 1] != '\n' && bytes[at - 1] != '\r') continue;
    const Bytes rest = bytes.substr(at + kData.size());
    const std::size_t end = std::min({rest.find('\n'), rest.find('\r'), rest.size()});
    bytes = rest.substr(end);
    return rest.substr(0, end);
  }
  return {};
}

}  // namespace

ResponsesStream::ResponsesStream(const AnswerOptions& options)
    : response_(options), output_(options.echo) {}

std::string_view ResponsesStream::content_type() const noexcept {
  return "text/event-stream; charset=utf-8";
}

// ---- writing
// -------------------------------------------------------------------------------------

void ResponsesStream::open(std::string_view type) {
  out_->append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
  out_->append("\",\"sequence_number\":");
  append_number(sequence_++, *out_);
}

void ResponsesStream::close() {
  out_->append("}\n\n");
}

void ResponsesStream::member(std::string_view name, std::string_view json) {
  out_->append(",\"").append(name).append("\":").append(json);
}

void ResponsesStream::text(std::string_view name, std::string_view inside) {
  out_->append(",\"").append(name).append("\":\"").append(inside).append("\"");
}

void ResponsesStream::place(const OutputNews& news, std::string_view part) {
  text("item_id", news.item.id);
  out_->append(",\"output_index\":");
  append_number(news.index, *out_);
  if (part.empty()) return;
  out_->append(",\"").append(part).append("\":");
  append_number(news.item.parts.empty() ? 0 : news.item.parts.size() - 1, *out_);
}

void ResponsesStream::tell_response(std::string_view type, ResponseStatus status,
                                    const ErrorReply* failure) {
  open(type);
  out_->append(",\"response\":");
  response_.append_json(status, output_, failure, *out_);
  close();
}

// ---- events
// --------------------------------------------------------------------------------------

void ResponsesStream::start(std::string& out) {
  out_ = &out;
  if (started_) return;
  started_ = true;
  output_.set_tail(response_.tail());
  tell_response("response.created", ResponseStatus::InProgress, nullptr);
  tell_response("response.in_progress", ResponseStatus::InProgress, nullptr);
}

void ResponsesStream::event(const aip_event& event, std::string& out) {
  if (raw_) {
    if (event.type == AIP_EV_FINISH && raw_finish_ == 0) raw_finish_ = event.finish;
    return;
  }
  const bool own = response_.take(event);
  if (own && event.type != AIP_EV_START) return;
  start(out);
  if (!own) output_.event(event, this);
}

void ResponsesStream::on_output(const OutputNews& news) {
  switch (news.step) {
    case OutputStep::ItemAdded:
    case OutputStep::ItemDone:
      open(news.step == OutputStep::ItemAdded ? "response.output_item.added"
                                              : "response.output_item.done");
      out_->append(",\"output_index\":");
      append_number(news.index, *out_);
      out_->append(",\"item\":");
      append_item(news.item, *out_);
      return close();
    case OutputStep::PartAdded:
    case OutputStep::TextDelta:
    case OutputStep::AnnotationAdded:
    case OutputStep::PartDone:
      return on_part(news);
    case OutputStep::SummaryAdded:
    case OutputStep::SummaryDelta:
    case OutputStep::SummaryDone:
      return on_summary(news);
    case OutputStep::InputDelta:
    case OutputStep::InputDone:
      return on_input(news);
  }
}

void ResponsesStream::on_part(const OutputNews& news) {
  constexpr std::string_view kIndex = "content_index";
  const OutputPart& part = news.item.parts.back();
  const bool is_text = part.kind == OutputPart::Kind::Text;
  const auto whole = [&](std::string_view type) {
    open(type);
    place(news, kIndex);
    out_->append(",\"part\":");
    append_part(part, *out_);
    close();
  };
  if (news.step == OutputStep::PartAdded) {
    text_place_.clear();
    return whole("response.content_part.added");
  }
  if (news.step == OutputStep::TextDelta) {
    if (is_text) return on_text(news);
    open("response.refusal.delta");
    place(news, kIndex);
    text("delta", news.piece);
    return close();
  }
  if (news.step == OutputStep::AnnotationAdded) {
    open("response.output_text.annotation.added");
    place(news, kIndex);
    out_->append(",\"annotation_index\":");
    append_number(part.annotation_count - 1, *out_);
    member("annotation", news.piece);
    return close();
  }
  open(is_text ? "response.output_text.done" : "response.refusal.done");
  place(news, kIndex);
  text(is_text ? "text" : "refusal", part.text);
  if (is_text) out_->append(",\"logprobs\":[").append(part.logprobs).append("]");
  close();
  whole("response.content_part.done");
}

// The hot path: what a part's deltas have in common is rendered once.
void ResponsesStream::on_text(const OutputNews& news) {
  constexpr std::string_view kHead =
      "event: response.output_text.delta\n"
      "data: {\"type\":\"response.output_text.delta\",\"sequence_number\":";
  if (text_place_.empty()) {
    std::string* const out = std::exchange(out_, &text_place_);
    place(news, "content_index");
    out_ = out;
    text_place_.append(",\"delta\":\"");
  }
  out_->append(kHead);
  append_number(sequence_++, *out_);
  out_->append(text_place_).append(news.piece).append("\",\"logprobs\":[");
  out_->append(news.logprobs).append("]}\n\n");
}

void ResponsesStream::on_summary(const OutputNews& news) {
  constexpr std::string_view kIndex = "summary_index";
  const auto whole = [&](std::string_view type, std::string_view inside) {
    open(type);
    place(news, kIndex);
    out_->append(R"(,"part":{"type":"summary_text","text":")").append(inside).append("\"}");
    close();
  };
  if (news.step == OutputStep::SummaryAdded)
    return whole("response.reasoning_summary_part.added", {});
  const bool done = news.step == OutputStep::SummaryDone;
  open(done ? "response.reasoning_summary_text.done" : "response.reasoning_summary_text.delta");
  place(news, kIndex);
  text(done ? "text" : "delta", done ? std::string_view(news.item.text) : news.piece);
  close();
  if (done) whole("response.reasoning_summary_part.done", news.item.text);
}

void ResponsesStream::on_input(const OutputNews& news) {
  const bool done = news.step == OutputStep::InputDone;
  const bool free_text = news.item.kind == OutputItem::Kind::FreeTextCall;
  if (free_text) {
    open(done ? "response.custom_tool_call_input.done" : "response.custom_tool_call_input.delta");
  } else {
    open(done ? "response.function_call_arguments.done" : "response.function_call_arguments.delta");
  }
  place(news);
  if (done && !free_text) text("name", news.item.name);
  const std::string_view whole = free_text ? "input" : "arguments";
  text(done ? whole : "delta", done ? std::string_view(news.item.text) : news.piece);
  close();
}

// ---- ends
// ----------------------------------------------------------------------------------------

std::uint32_t ResponsesStream::finish() const noexcept {
  return raw_ ? raw_finish_ : output_.finish();
}

void ResponsesStream::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
  for (Bytes rest = bytes;;) {
    const std::string_view line = take_data(rest);
    if (line.empty()) return;
    const Value data(line);
    if (!data.is_object()) continue;
    over_ = over_ || is_last(data["type"].str());
    if (const auto number = data["sequence_number"].integer()) {
      sequence_ = static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0)) + 1;
    }
  }
}

void ResponsesStream::end(std::string& out) {
  if (raw_ || over_) return;
  start(out);
  over_ = true;
  const ResponseStatus status = ResponseObject::status_of(output_.finish());
  const bool completed = status == ResponseStatus::Completed;
  tell_response(completed ? "response.completed" : "response.incomplete", status, nullptr);
}

void ResponsesStream::fail(const ErrorReply& reply, std::string& out) {
  // The client knows how it ended already.
  if (over_) return;
  over_ = true;
  out_ = &out;
  if (!raw_) start(out);
  const std::string body = error_body(Kind::OpenAiResponses, reply);
  const Value error = Value(body)["error"];
  open("error");
  // The service nests it, and its SDKs' types have it flat.
  for (const std::string_view name : {"code", "message", "param"}) member(name, error[name].raw());
  member("error", error.raw());
  close();
  // In raw bytes the response was the provider's, and only it could tell it again.
  if (!raw_) tell_response("response.failed", ResponseStatus::Failed, &reply);
}

void ResponsesStream::keep_alive(std::string& out) {
  out.append(": keep-alive\n\n");
}

}  // namespace aip::dialect
