#include "core/dialect/openai_whole.h"

#include <aiproxy/json.hpp>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

// Adds the items of a JSON array to a list.
void add_items(json::Value array, std::string& list) {
  for (const json::Value item : array.items()) {
    comma(list);
    list.append(item.raw());
  }
}

void append_list(std::string_view name, const std::string& items, std::string& out) {
  if (items.empty()) return;
  out.append(",\"").append(name).append("\":[").append(items).append("]");
}

}  // namespace

OpenAiWhole::OpenAiWhole(const AnswerOptions& options) : WholeAnswer(AnswerName(options)) {}

// ---- gathering ---------------------------------------------------------------------------------

OpenAiWhole::Choice* OpenAiWhole::choice_of(const aip_event& event) {
  if (event.choice >= kChoicesMax) return nullptr;
  if (event.choice >= choices_.size()) choices_.resize(event.choice + 1);
  Choice& choice = choices_[event.choice];
  choice.begun = true;
  return choice.finish == 0 ? &choice : nullptr;
}

void OpenAiWhole::take(const aip_event& event) {
  if (Choice* choice = choice_of(event)) choice_event(event, *choice);
}

void OpenAiWhole::choice_event(const aip_event& event, Choice& choice) {
  switch (event.type) {
    case AIP_EV_TEXT:
      choice.thinking.drop();
      return append_text(event, choice.content);
    case AIP_EV_REASONING:
      choice.thinking.add(event);
      return append_text(event, choice.reasoning);
    case AIP_EV_REFUSAL:
      choice.thinking.drop();
      return append_text(event, choice.refusal);
    case AIP_EV_TOOL_BEGIN:
      return tool_begin(event, choice);
    case AIP_EV_TOOL_ARGS:
      for (Tool& tool : choice.tools) {
        if (tool.block == event.block) append_text(event, tool.arguments);
      }
      return;
    case AIP_EV_BLOCK_END:
      return choice.thinking.drop();
    case AIP_EV_SIGNATURE: {
      std::string block;
      if (!choice.thinking.close(event, block)) return;
      comma(choice.thinking_blocks);
      choice.thinking_blocks.append(block);
      return;
    }
    case AIP_EV_CITATION:
      comma(choice.annotations);
      choice.annotations.append(view_of(event.json));
      return;
    case AIP_EV_IMAGE:
      comma(choice.images);
      return append_image(view_of(event.json), choice.images_count++, choice.images);
    case AIP_EV_AUDIO:
      return add_audio(event, choice);
    case AIP_EV_LOGPROBS:
      return add_logprobs(event, choice);
    case AIP_EV_FINISH:
      choice.finish = event.finish;
      return append_text(event, choice.stop_reason);
    default:
      return;
  }
}

void OpenAiWhole::tool_begin(const aip_event& event, Choice& choice) {
  choice.thinking.drop();
  if (choice.tools.size() >= kToolsMax) return;
  for (const Tool& tool : choice.tools) {
    if (tool.block == event.block) return;
  }
  Tool tool;
  tool.block = event.block;
  name().append_tool_id(event, tool.id);
  append_escaped(view_of(event.name), tool.name);
  choice.tools.push_back(std::move(tool));
}

void OpenAiWhole::add_logprobs(const aip_event& event, Choice& choice) {
  const json::Value logprobs(view_of(event.json));
  choice.has_logprobs = true;
  add_items(logprobs["content"], choice.logprobs_content);
  add_items(logprobs["refusal"], choice.logprobs_refusal);
}

void OpenAiWhole::add_audio(const aip_event& event, Choice& choice) {
  const json::Value audio(view_of(event.json));
  choice.audio.told = true;
  choice.audio.data.append(audio["data"].escaped());
  choice.audio.transcript.append(audio["transcript"].escaped());
  if (const json::Value id = audio["id"]) choice.audio.id = id.raw();
  if (const json::Value at = audio["expires_at"]) choice.audio.expires_at = at.raw();
}

// ---- writing -----------------------------------------------------------------------------------

void OpenAiWhole::append_message(const Choice& choice, std::string& out) const {
  const auto text = [&out](std::string_view name, const std::string& inside) {
    out.append(",\"").append(name).append("\":\"").append(inside).append("\"");
  };
  out.append("{\"role\":\"assistant\"");
  const bool instead = !choice.tools.empty() || !choice.refusal.empty() || choice.audio.told;
  if (choice.content.empty() && instead) {
    out.append(",\"content\":null");
  } else {
    text("content", choice.content);
  }
  if (choice.refusal.empty()) {
    out.append(",\"refusal\":null");
  } else {
    text("refusal", choice.refusal);
  }
  if (!choice.reasoning.empty()) text("reasoning_content", choice.reasoning);
  append_list("thinking_blocks", choice.thinking_blocks, out);
  append_list("annotations", choice.annotations, out);
  append_list("images", choice.images, out);
  std::string calls;
  for (const Tool& tool : choice.tools) {
    comma(calls);
    calls.append("{\"id\":\"").append(tool.id).append("\",\"type\":\"function\",\"function\":{");
    calls.append("\"name\":\"").append(tool.name).append("\",\"arguments\":\"");
    calls.append(tool.arguments.empty() ? "{}" : tool.arguments).append("\"}}");
  }
  append_list("tool_calls", calls, out);
  if (choice.audio.told) {
    const Audio& audio = choice.audio;
    out.append(",\"audio\":{\"id\":").append(audio.id.empty() ? "null" : audio.id);
    out.append(",\"expires_at\":").append(audio.expires_at.empty() ? "0" : audio.expires_at);
    text("data", audio.data);
    text("transcript", audio.transcript);
    out.append("}");
  }
  out.append("}");
}

void OpenAiWhole::append_choice(std::uint32_t index, const Choice& choice, std::string& out) const {
  out.append("{\"index\":");
  append_number(index, out);
  out.append(",\"message\":");
  append_message(choice, out);
  if (!choice.has_logprobs) {
    out.append(",\"logprobs\":null");
  } else {
    out.append(",\"logprobs\":{\"content\":[").append(choice.logprobs_content);
    out.append("],\"refusal\":");
    if (choice.logprobs_refusal.empty()) {
      out.append("null}");
    } else {
      out.append("[").append(choice.logprobs_refusal).append("]}");
    }
  }
  out.append(",\"finish_reason\":\"").append(finish_reason(choice.finish)).append("\"");
  if (!choice.stop_reason.empty()) {
    out.append(",\"stop_reason\":\"").append(choice.stop_reason).append("\"");
  }
  out.append("}");
}

void OpenAiWhole::write(std::string& out) {
  out.append("{");
  name().append_json("chat.completion", out);
  out.append(",\"choices\":[");
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (i != 0) out.append(",");
    append_choice(static_cast<std::uint32_t>(i), choices_[i], out);
  }
  out.append("]");
  if (usage().known()) {
    out.append(",\"usage\":");
    usage().append_json(out);
  }
  append_provider_blocks(out);
  out.append("}");
}

std::uint32_t OpenAiWhole::finish() const noexcept {
  return finish_of(choices_);
}

}  // namespace aip::dialect
