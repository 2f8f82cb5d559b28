#include "core/dialect/gemini_stream.h"

#include "core/base/limits.h"
#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

constexpr std::string_view kTextHead = R"({"candidates":[{"content":{"parts":[{"text":")";
constexpr std::string_view kEventEnd = "\r\n\r\n";

}  // namespace

GeminiStream::GeminiStream(const AnswerOptions& options)
    : framing_(options.framing),
      shows_reasoning_(options.shows_reasoning),
      name_(gemini_name(options)) {
  if (framing_ == Framing::Array) raw_events_ = http::make_sse_decoder(limits::kEventBytesMax);
}

std::string_view GeminiStream::content_type() const noexcept {
  return framing_ == Framing::Array ? "application/json; charset=utf-8"
                                    : "text/event-stream; charset=utf-8";
}

// ---- framing -----------------------------------------------------------------------------------

void GeminiStream::begin_item(std::string& out) {
  if (framing_ == Framing::Events) {
    out.append("data: ");
  } else {
    out.append(has_item_ ? ",\r\n" : "[");
  }
  has_item_ = true;
}

void GeminiStream::end_item(std::string& out) const {
  if (framing_ == Framing::Events) out.append(kEventEnd);
}

void GeminiStream::end_items(std::string& out) {
  if (framing_ == Framing::Events || raw_closed_) return;
  out.append(has_item_ ? "\n]" : "[]");
  has_item_ = true;
}

void GeminiStream::render() {
  if (rendered_) return;
  rendered_ = true;
  tail_ = ",\"modelVersion\":";
  append_string(name_.model, tail_);
  tail_.append(",\"responseId\":");
  append_string(name_.id, tail_);
  tail_.push_back('}');
  text_tail_ = R"("}],"role":"model"},"index":0}])" + tail_;
}

// ---- events ------------------------------------------------------------------------------------

GeminiCandidate* GeminiStream::candidate_of(const aip_event& event) {
  if (event.choice >= kChoicesMax) return nullptr;
  while (event.choice >= candidates_.size()) candidates_.emplace_back(shows_reasoning_);
  GeminiCandidate& candidate = candidates_[event.choice];
  candidate.begun = true;
  return &candidate;
}

void GeminiStream::event(const aip_event& event, std::string& out) {
  switch (event.type) {
    case AIP_EV_START:
      if (!rendered_) name_.learn(event);
      return render();
    case AIP_EV_PROVIDER: {
      std::string json;
      append_line(view_of(event.json), json);
      blocks_[std::string(view_of(event.name))] = std::move(json);
      return;
    }
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PING:
      return;
    default:
      break;
  }
  GeminiCandidate* candidate = candidate_of(event);
  if (candidate == nullptr) return;
  if (!raw_) return visible(event, *candidate, out);
  // Beside raw bytes only the state counts.
  if (event.type == AIP_EV_FINISH && candidate->finish == 0) candidate->finish = event.finish;
}

void GeminiStream::visible(const aip_event& event, GeminiCandidate& candidate, std::string& out) {
  render();
  Seam* seam = event.type == AIP_EV_TEXT && event.choice == 0 ? candidate.bare_text() : nullptr;
  if (seam != nullptr && seam->has_output(event)) {
    begin_item(out);
    out.append(kTextHead);
    seam->append(event, out);
    out.append(text_tail_);
    return end_item(out);
  }
  candidate.take(event, name_);
  if (candidate.parts().empty()) return;
  begin_item(out);
  out.append("{\"candidates\":[");
  candidate.append_json(event.choice, GeminiCandidate::Ending::Open, out);
  out.append("]").append(tail_);
  end_item(out);
  candidate.parts_taken();
}

// ---- ends --------------------------------------------------------------------------------------

void GeminiStream::end(std::string& out) {
  if (raw_) return end_items(out);
  render();
  begin_item(out);
  out.append("{\"candidates\":[");
  append_finished(candidates_, out);
  out.push_back(']');
  if (usage_.known()) {
    out.append(",\"usageMetadata\":");
    append_usage_metadata(usage_, out);
  }
  for (const auto& [name, json] : blocks_) {
    out.push_back(',');
    append_string(name, out);
    out.append(":").append(json);
  }
  out.append(tail_);
  end_item(out);
  end_items(out);
}

void GeminiStream::fail(const ErrorReply& reply, std::string& out) {
  end_raw_line(out);
  begin_item(out);
  out.append(error_body(Kind::Gemini, reply));
  end_item(out);
  end_items(out);
}

// Raw bytes may stand between the CR and the LF of an event's end, if the network cut them there.
void GeminiStream::end_raw_line(std::string& out) {
  if (raw_half_line_) out.push_back('\n');
  raw_half_line_ = false;
}

void GeminiStream::keep_alive(std::string& out) {
  end_raw_line(out);
  out.append(framing_ == Framing::Events ? ": keep-alive\r\n\r\n" : "\n");
}

std::uint32_t GeminiStream::finish() const noexcept {
  return raw_broken_ ? 0 : finish_of(candidates_);
}

// ---- raw bytes ---------------------------------------------------------------------------------

void GeminiStream::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  if (framing_ == Framing::Events) {
    if (!bytes.empty()) raw_half_line_ = bytes.back() == '\r';
    out.append(bytes);
  } else {
    raw_array(bytes, out);
  }
}

void GeminiStream::raw_array(Bytes bytes, std::string& out) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = bytes.find_first_not_of(kBlanks);
  if (raw_form_ == RawForm::Unknown) {
    if (first == Bytes::npos) return;
    raw_form_ = bytes[first] == '[' ? RawForm::Array : RawForm::Events;
    bytes.remove_prefix(first);
  }
  if (raw_form_ == RawForm::Events) return frame_anew(bytes, out);
  out.append(bytes);
  if (bytes.find_first_not_of(kBlanks) == Bytes::npos) return;
  // A raw stream stands at the end of an item, or of the array, whenever the plugin returns.
  has_item_ = true;
  raw_closed_ = bytes[bytes.find_last_not_of(kBlanks)] == ']';
}

void GeminiStream::frame_anew(Bytes bytes, std::string& out) {
  while (!raw_broken_) {
    const Result<std::optional<http::Event>> next = raw_events_->next(bytes);
    raw_broken_ = !next.ok();
    if (raw_broken_ || !*next) return;
    if ((*next)->name == ":" || (*next)->data.empty()) continue;  // a sign of life
    begin_item(out);
    out.append((*next)->data);
  }
}

}  // namespace aip::dialect
