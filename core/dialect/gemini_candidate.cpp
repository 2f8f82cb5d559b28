#include "core/dialect/gemini_candidate.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/dialect/gemini_carrier.h"

namespace aip::dialect {

void GeminiCandidate::take(const aip_event& event, const AnswerName& name) {
  if (finish != 0) return;
  if (event.type != AIP_EV_REASONING && event.type != AIP_EV_SIGNATURE &&
      event.type != AIP_EV_BLOCK_END && event.type != AIP_EV_LOGPROBS) {
    thinking_.drop();
  }
  switch (event.type) {
    case AIP_EV_TEXT:
    case AIP_EV_REFUSAL:
      return text(Kind::Text, event);
    case AIP_EV_REASONING:
      thinking_.add(event);
      if (shows_reasoning_) text(Kind::Thought, event);
      return;
    case AIP_EV_SIGNATURE: {
      std::string block;
      if (!thinking_.close(event, block)) return;
      ++dressed_;
      if (!signed_.empty()) signed_.push_back(',');
      signed_.append(block);
      return;
    }
    case AIP_EV_TOOL_BEGIN:
      return tool_begin(event, name);
    case AIP_EV_TOOL_ARGS:
      return tool_arguments(event);
    case AIP_EV_BLOCK_END:
      return block_end(event);
    case AIP_EV_IMAGE:
      begin_part(Kind::Other);
      append_image_payload(view_of(event.json), parts_);
      return parts_.push_back('}');
    case AIP_EV_AUDIO:
      if (json::Value(view_of(event.json))["data"].escaped().empty()) return;
      begin_part(Kind::Other);
      append_audio_payload(view_of(event.json), parts_);
      return parts_.push_back('}');
    case AIP_EV_CITATION:
      return append_grounding_chunk(view_of(event.json), sources_);
    case AIP_EV_LOGPROBS:
      return logprobs_.add(view_of(event.json));
    case AIP_EV_FINISH:
      return end(event);
    default:
      return;  // of a newer interface, and not critical: the host has seen to that
  }
}

void GeminiCandidate::parts_taken() noexcept {
  parts_.clear();
  last_ = Kind::Other;
}

Seam* GeminiCandidate::bare_text() noexcept {
  const bool alone = finish == 0 && signed_.empty() && logprobs_.empty() && !thinking_.open();
  return alone ? &text_ : nullptr;
}

// ---- parts -------------------------------------------------------------------------------------

// A thought carries no signature: clients may show it and forget it.
void GeminiCandidate::begin_part(Kind kind) {
  if (!parts_.empty()) parts_.push_back(',');
  parts_.push_back('{');
  ++dressed_;
  last_ = kind;
  if (kind == Kind::Thought || signed_.empty()) return;
  parts_.append("\"thoughtSignature\":\"");
  append_carrier(signed_, parts_);
  parts_.append("\",");
  signed_.clear();
}

void GeminiCandidate::open_text(Kind kind) {
  const bool goes_on =
      last_ == kind && !parts_.empty() && (kind == Kind::Thought || signed_.empty());
  if (goes_on) {
    parts_.resize(parts_.size() - 2);  // its closing quote and brace
    return;
  }
  begin_part(kind);
  if (kind == Kind::Thought) parts_.append("\"thought\":true,");
  parts_.append("\"text\":\"");
}

void GeminiCandidate::text(Kind kind, const aip_event& event) {
  Seam& seam = kind == Kind::Thought ? thought_ : text_;
  if (!seam.has_output(event)) {
    std::string nothing;
    return seam.append(event, nothing);
  }
  open_text(kind);
  seam.append(event, parts_);
  parts_.append("\"}");
}

// ---- function calls ----------------------------------------------------------------------------

void GeminiCandidate::tool_begin(const aip_event& event, const AnswerName& name) {
  const auto same = [&](const Tool& tool) { return tool.block == event.block; };
  if (tools_.size() >= kToolsMax || std::any_of(tools_.begin(), tools_.end(), same)) return;
  Tool tool;
  tool.block = event.block;
  name.append_tool_id(event, tool.id);
  append_escaped(view_of(event.name), tool.name);
  tools_.push_back(std::move(tool));
}

void GeminiCandidate::tool_arguments(const aip_event& event) {
  for (Tool& tool : tools_) {
    if (tool.block != event.block || tool.ended) continue;
    arguments_bytes_ += event.text.len;
    tool.cut = tool.cut || arguments_bytes_ > limits::kEventBytesMax;
    if (!tool.cut) append_text(event, tool.arguments);
    return;
  }
}

void GeminiCandidate::block_end(const aip_event& event) {
  if (thinking_.open()) return thinking_.drop();
  for (Tool& tool : tools_) {
    if (tool.block == event.block) tool.ended = true;
  }
  write_ended_tools();
}

void GeminiCandidate::write_ended_tools() {
  while (tools_written_ < tools_.size() && tools_[tools_written_].ended) {
    Tool& tool = tools_[tools_written_++];
    write_tool(tool);
    arguments_bytes_ -= std::min(arguments_bytes_, tool.arguments.size());
    std::string().swap(tool.arguments);
  }
}

void GeminiCandidate::write_tool(const Tool& tool) {
  std::string arguments;
  json::unescape(tool.arguments, arguments);
  if (arguments.find_first_not_of(" \t\r\n") == std::string::npos) arguments = "{}";
  if (tool.cut || !json::check(arguments).ok() || !json::Value(arguments).is_object()) {
    reason_ = "MALFORMED_FUNCTION_CALL";
    reason_text_ = "The arguments of the call of " + tool.name + " are no JSON object.";
    return;
  }
  begin_part(Kind::Other);
  parts_.append(R"("functionCall":{"id":")").append(tool.id);
  parts_.append(R"(","name":")").append(tool.name).append(R"(","args":)");
  append_line(arguments, parts_);
  parts_.append("}}");
}

// ---- the end -----------------------------------------------------------------------------------

void GeminiCandidate::end(const aip_event& event) {
  for (Tool& tool : tools_) tool.ended = true;
  write_ended_tools();
  if (thought_.waiting() && shows_reasoning_) {
    open_text(Kind::Thought);
    thought_.close(parts_);
    parts_.append("\"}");
  }
  if (text_.waiting() || !signed_.empty()) {
    open_text(Kind::Text);
    text_.close(parts_);
    parts_.append("\"}");
  }
  finish = event.finish;
  if (reason_.empty()) reason_ = google_finish(finish, view_of(event.name));
}

void GeminiCandidate::append_json(std::uint32_t index, Ending ending, std::string& out) {
  // Clients read content.parts without asking whether it is there.
  out.append("{\"content\":{\"parts\":[").append(parts_.empty() ? R"({"text":""})" : parts_);
  out.append("],\"role\":\"model\"}");
  if (ending == Ending::Finished) {
    out.append(",\"finishReason\":\"").append(reason_).append("\"");
    if (!reason_text_.empty()) {
      out.append(",\"finishMessage\":\"").append(reason_text_).append("\"");
    }
    if (!sources_.empty()) {
      out.append(",\"groundingMetadata\":{\"groundingChunks\":[").append(sources_).append("]}");
    }
  }
  logprobs_.append_json(out);
  out.append(",\"index\":");
  append_number(index, out);
  out.push_back('}');
}

void append_finished(std::vector<GeminiCandidate>& candidates, std::string& out) {
  bool first = true;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].begun) continue;
    if (!first) out.push_back(',');
    first = false;
    candidates[i].append_json(static_cast<std::uint32_t>(i), GeminiCandidate::Ending::Finished,
                              out);
  }
}

}  // namespace aip::dialect
