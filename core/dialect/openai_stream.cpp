#include "core/dialect/openai_stream.h"

#include <algorithm>

namespace aip::dialect {
namespace {

constexpr std::string_view kNoFinish = ",\"logprobs\":null,\"finish_reason\":null";
constexpr std::string_view kEnd = "}\n\n";
constexpr std::size_t kTailBytes = 14;  // [DONE] with the ends of its lines

}  // namespace

OpenAiStream::OpenAiStream(const AnswerOptions& options)
    : include_usage_(options.include_usage), name_(options) {}

std::string_view OpenAiStream::content_type() const noexcept {
  return "text/event-stream; charset=utf-8";
}

// ---- chunks
// --------------------------------------------------------------------------------------

void OpenAiStream::render() {
  head_ = "data: {";
  name_.append_json("chat.completion.chunk", head_);
  head_.append(",\"choices\":[");
  tail_ = include_usage_ ? "}],\"usage\":null" : "}]";
  text_head_ = head_ + "{\"index\":0,\"delta\":{\"content\":\"";
  text_tail_ = "\"}" + std::string(kNoFinish) + tail_ + std::string(kEnd);
}

void OpenAiStream::open(std::uint32_t choice, std::string& out) const {
  out.append(head_).append("{\"index\":");
  append_number(choice, out);
  out.append(",\"delta\":");
}

void OpenAiStream::close(std::string& out) {
  out.append(kNoFinish);
  end_chunk(out);
}

void OpenAiStream::end_chunk(std::string& out) {
  out.append(tail_);
  if (blocks_fresh_) append_blocks(out);
  out.append(kEnd);
}

void OpenAiStream::append_blocks(std::string& out) {
  blocks_.append_members(out);
  blocks_fresh_ = false;
}

// ---- events
// --------------------------------------------------------------------------------------

void OpenAiStream::start(std::string& out) {
  started_ = true;
  render();
  aip_event first{};
  visible(first, out);
}

OpenAiStream::Choice* OpenAiStream::visible(const aip_event& event, std::string& out) {
  if (event.choice >= kChoicesMax) return nullptr;
  if (!started_) {
    started_ = true;
    render();
  }
  if (event.choice >= choices_.size()) choices_.resize(event.choice + 1);
  Choice& choice = choices_[event.choice];
  if (!choice.begun) {
    choice.begun = true;
    open(event.choice, out);
    out.append(R"({"role":"assistant","content":""})");
    close(out);
  }
  return choice.finish == 0 ? &choice : nullptr;
}

void OpenAiStream::event(const aip_event& event, std::string& out) {
  if (raw_) return note(event);
  switch (event.type) {
    case AIP_EV_START:
      if (started_) return;
      name_.learn(event);
      return start(out);
    case AIP_EV_PROVIDER:
      blocks_.set(event);
      blocks_fresh_ = true;
      return;
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PING:
      return;
    default:
      if (Choice* choice = visible(event, out)) visible_event(event, *choice, out);
  }
}

void OpenAiStream::visible_event(const aip_event& event, Choice& choice, std::string& out) {
  if (event.type == AIP_EV_TEXT) {
    return fragment("content", choice.text, event, choice, out);
  }
  switch (event.type) {
    case AIP_EV_REASONING:
      choice.thinking.add(event);
      return fragment("reasoning_content", choice.reasoning, event, choice, out);
    case AIP_EV_REFUSAL:
      return fragment("refusal", choice.refusal, event, choice, out);
    case AIP_EV_TOOL_BEGIN:
      return tool_begin(event, choice, out);
    case AIP_EV_TOOL_ARGS:
      return tool_arguments(event, choice, out);
    case AIP_EV_BLOCK_END:
      return block_end(event, choice, out);
    case AIP_EV_SIGNATURE:
      return signature(event, choice, out);
    case AIP_EV_CITATION:
      return whole_value("{\"annotations\":[", event, "]}", out);
    case AIP_EV_AUDIO:
      return whole_value("{\"audio\":", event, "}", out);
    case AIP_EV_IMAGE:
      open(event.choice, out);
      out.append("{\"images\":[");
      append_image(view_of(event.json), choice.images++, out);
      out.append("]}");
      return close(out);
    case AIP_EV_LOGPROBS:
      choice.logprobs.clear();
      return append_line(view_of(event.json), choice.logprobs);
    case AIP_EV_FINISH:
      return finish_choice(event, choice, out);
    default:
      return;  // of a newer interface, and not critical: the host has seen to that
  }
}

// The hot path: a piece of text of choice 0.
void OpenAiStream::fragment(std::string_view member, Seam& seam, const aip_event& event,
                            Choice& choice, std::string& out) {
  if (event.type != AIP_EV_REASONING) choice.thinking.drop();
  if (!seam.has_output(event)) {
    std::string nothing;
    return seam.append(event, nothing);
  }
  if (event.type == AIP_EV_TEXT && event.choice == 0 && !blocks_fresh_ && choice.logprobs.empty()) {
    out.append(text_head_);
    seam.append(event, out);
    out.append(text_tail_);
    return;
  }
  open(event.choice, out);
  out.append("{\"").append(member).append("\":\"");
  seam.append(event, out);
  out.append("\"}");
  if (event.type == AIP_EV_REASONING || choice.logprobs.empty()) return close(out);
  out.append(",\"logprobs\":").append(choice.logprobs).append(",\"finish_reason\":null");
  choice.logprobs.clear();
  end_chunk(out);
}

void OpenAiStream::whole_value(std::string_view before, const aip_event& event,
                               std::string_view behind, std::string& out) {
  open(event.choice, out);
  out.append(before);
  append_line(view_of(event.json), out);
  out.append(behind);
  close(out);
}

void OpenAiStream::signature(const aip_event& event, Choice& choice, std::string& out) {
  std::string block;
  if (!choice.thinking.close(event, block)) return;
  open(event.choice, out);
  out.append("{\"thinking_blocks\":[").append(block).append("]}");
  close(out);
}

// ---- tools
// ---------------------------------------------------------------------------------------

void OpenAiStream::tool_begin(const aip_event& event, Choice& choice, std::string& out) {
  choice.thinking.drop();
  const auto same = [&](const Tool& tool) { return tool.block == event.block; };
  if (choice.tools.size() >= kToolsMax ||
      std::any_of(choice.tools.begin(), choice.tools.end(), same)) {
    return;
  }
  open(event.choice, out);
  out.append("{\"tool_calls\":[{\"index\":");
  append_number(choice.tools.size(), out);
  out.append(",\"id\":\"");
  name_.append_tool_id(event, out);
  out.append("\",\"type\":\"function\",\"function\":{\"name\":\"");
  append_escaped(view_of(event.name), out);
  out.append("\",\"arguments\":\"\"}}]}");
  close(out);
  choice.tools.push_back({event.block, false, false, {}});
}

void OpenAiStream::open_arguments(std::uint32_t choice, std::size_t index, std::string& out) const {
  open(choice, out);
  out.append("{\"tool_calls\":[{\"index\":");
  append_number(index, out);
  out.append(",\"function\":{\"arguments\":\"");
}

void OpenAiStream::tool_arguments(const aip_event& event, Choice& choice, std::string& out) {
  for (std::size_t i = choice.tools.size(); i-- > 0;) {
    Tool& tool = choice.tools[i];
    if (tool.block != event.block || tool.ended) continue;
    if (event.text.len == 0) return;
    tool.has_arguments = true;
    if (!tool.seam.has_output(event)) {
      std::string nothing;
      return tool.seam.append(event, nothing);
    }
    open_arguments(event.choice, i, out);
    tool.seam.append(event, out);
    out.append("\"}}]}");
    return close(out);
  }
}

// A tool without arguments gets "{}" here, and only here, so exactly once.
void OpenAiStream::end_tool(std::uint32_t choice, std::size_t index, Tool& tool, std::string& out) {
  if (tool.ended) return;
  tool.ended = true;
  if (tool.has_arguments && !tool.seam.waiting()) return;
  open_arguments(choice, index, out);
  if (!tool.has_arguments) out.append("{}");
  tool.seam.close(out);
  out.append("\"}}]}");
  close(out);
}

void OpenAiStream::block_end(const aip_event& event, Choice& choice, std::string& out) {
  if (choice.thinking.open()) return choice.thinking.drop();
  for (std::size_t i = 0; i < choice.tools.size(); ++i) {
    if (choice.tools[i].block == event.block) end_tool(event.choice, i, choice.tools[i], out);
  }
}

// ---- ends
// ----------------------------------------------------------------------------------------

void OpenAiStream::close_seams(std::uint32_t index, Choice& choice, std::string& out) {
  const auto close_one = [&](std::string_view member, Seam& seam) {
    if (!seam.waiting()) return;
    open(index, out);
    out.append("{\"").append(member).append("\":\"");
    seam.close(out);
    out.append("\"}");
    close(out);
  };
  close_one("reasoning_content", choice.reasoning);
  close_one("content", choice.text);
  close_one("refusal", choice.refusal);
}

void OpenAiStream::finish_choice(const aip_event& event, Choice& choice, std::string& out) {
  close_seams(event.choice, choice, out);
  for (std::size_t i = 0; i < choice.tools.size(); ++i) {
    end_tool(event.choice, i, choice.tools[i], out);
  }
  choice.thinking.drop();
  choice.finish = event.finish;
  open(event.choice, out);
  out.append("{},\"logprobs\":").append(choice.logprobs.empty() ? "null" : choice.logprobs);
  choice.logprobs.clear();
  out.append(",\"finish_reason\":\"").append(finish_reason(event.finish)).append("\"");
  if (event.text.len != 0) {
    out.append(",\"stop_reason\":\"");
    append_text(event, out);
    out.append("\"");
  }
  blocks_fresh_ = !blocks_.empty();
  end_chunk(out);
}

// Beside raw bytes only the state counts.
void OpenAiStream::note(const aip_event& event) {
  if (event.type != AIP_EV_FINISH || event.choice >= kChoicesMax) return;
  if (event.choice >= choices_.size()) choices_.resize(event.choice + 1);
  Choice& choice = choices_[event.choice];
  choice.begun = true;
  if (choice.finish == 0) choice.finish = event.finish;
}

std::uint32_t OpenAiStream::finish() const noexcept {
  return finish_of(choices_);
}

void OpenAiStream::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
  if (bytes.size() >= kTailBytes) {
    raw_tail_.assign(bytes.substr(bytes.size() - kTailBytes));
  } else {
    raw_tail_.append(bytes);
    raw_tail_.erase(0, raw_tail_.size() - std::min(raw_tail_.size(), kTailBytes));
  }
}

void OpenAiStream::end(std::string& out) {
  if (raw_) return;
  if (include_usage_ && usage_.known()) {
    out.append(head_).append("],\"usage\":");
    usage_.append_json(out);
    append_blocks(out);
    out.append(kEnd);
  } else if (blocks_fresh_) {
    // The block came behind the finish reason.
    open(0, out);
    out.append("{}");
    close(out);
  }
  out.append("data: [DONE]\n\n");
}

void OpenAiStream::fail(const ErrorReply& reply, std::string& out) {
  // The client has its whole answer already, and nothing may stand behind [DONE].
  std::string_view tail = raw_tail_;
  while (tail.ends_with('\n') || tail.ends_with('\r')) tail.remove_suffix(1);
  if (tail.ends_with("[DONE]")) return;
  out.append("data: ").append(error_body(Kind::OpenAiChat, reply)).append("\n\n");
}

void OpenAiStream::keep_alive(std::string& out) {
  out.append(": keep-alive\n\n");
}

}  // namespace aip::dialect
