#include "core/dialect/anthropic_whole.h"

#include "core/base/json.h"

namespace aip::dialect {
namespace {

using Block = AnthropicBlock;

// The arguments, gathered as the inside of a JSON string, as the object that they are.
void append_input(const std::string& escaped, std::string& out) {
  std::string text;
  json::unescape(escaped, text);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    out.append("{}");
  } else if (json::Value(text).is_object() && json::check(text)) {
    out.append(json::Value(text).raw());
  } else {
    out.append("{\"_raw\":\"").append(escaped).append("\"}");
  }
}

}  // namespace

AnthropicWhole::AnthropicWhole(const AnswerOptions& options) : WholeAnswer(AnswerName(options)) {}

void AnthropicWhole::take(const aip_event& event) {
  if (event.choice != 0 || end_.finish != 0) return;
  if (event.type == AIP_EV_FINISH) {
    end_.learn(event);
    blocks_.end_all();
  } else {
    blocks_.take(event, name());
  }
}

std::size_t AnthropicWhole::held_beside() const noexcept {
  return blocks_.list().size() * sizeof(Block);
}

void AnthropicWhole::append_block(const Block& block, std::string& out) {
  switch (block.kind) {
    case Block::Kind::Text:
      out.append(R"({"type":"text","text":")").append(block.text).append("\"");
      if (!block.citations.empty()) {
        out.append(",\"citations\":[").append(block.citations).append("]");
      }
      break;
    case Block::Kind::Thinking:
      out.append(R"({"type":"thinking","thinking":")").append(block.text);
      out.append("\",\"signature\":\"").append(block.signature).append("\"");
      break;
    case Block::Kind::Redacted:
      out.append(R"({"type":"redacted_thinking","data":")").append(block.text).append("\"");
      break;
    case Block::Kind::Tool:
      out.append(R"({"type":"tool_use","id":")").append(block.id);
      out.append("\",\"name\":\"").append(block.name).append("\",\"input\":");
      append_input(block.text, out);
      break;
    case Block::Kind::Image:
      out.append(block.image);
      return;
  }
  out.push_back('}');
}

void AnthropicWhole::write(std::string& out) {
  out.push_back('{');
  append_message_id(name().id, out);
  out.append(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
  append_string(name().model, out);
  out.append(",\"content\":[");
  bool first = true;
  for (const Block& block : blocks_.list()) {
    if (block.is_empty()) continue;
    if (!first) out.push_back(',');
    first = false;
    append_block(block, out);
  }
  out.append("],");
  end_.append_json(blocks_, out);
  out.append(",\"usage\":");
  append_anthropic_usage(usage(), out);
  append_provider_blocks(out);
  out.push_back('}');
}

}  // namespace aip::dialect
