#include "core/dialect/anthropic_whole.h"

#include "core/base/json.h"
#include "core/base/limits.h"

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

AnthropicWhole::AnthropicWhole(const AnswerOptions& options) : name_(options) {}

std::string_view AnthropicWhole::content_type() const noexcept {
  return "application/json";
}

void AnthropicWhole::event(const aip_event& event, std::string&) {
  if (too_large_) return;
  gathered_ += event.text.len + event.json.len + event.name.len + event.id.len;
  // A block of one letter takes more than its letter.
  const std::size_t blocks = blocks_.list().size() * sizeof(Block);
  if (gathered_ + blocks > limits::kWholeAnswerBytesMax) {
    too_large_ = true;
    blocks_.give_up();
    provider_blocks_.clear();
    return;
  }
  switch (event.type) {
    case AIP_EV_START:
      if (!named_) name_.learn(event);
      named_ = true;
      return;
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PROVIDER:
      provider_blocks_[std::string(view_of(event.name))] = std::string(view_of(event.json));
      return;
    default:
      break;
  }
  if (event.choice != 0 || end_.finish != 0) return;
  if (event.type == AIP_EV_FINISH) {
    end_.learn(event);
    blocks_.end_all();
  } else if (!raw_) {
    blocks_.take(event, name_);
  }
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

void AnthropicWhole::end(std::string& out) {
  if (raw_ || too_large_) return;
  out.push_back('{');
  append_message_id(name_.id, out);
  out.append(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
  append_string(name_.model, out);
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
  append_anthropic_usage(usage_, out);
  for (const auto& [name, json] : provider_blocks_) {
    out.push_back(',');
    append_string(name, out);
    out.append(":").append(json);
  }
  out.push_back('}');
}

void AnthropicWhole::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
}

// Nothing of a whole answer is sent before its end, so a failure is a status.
void AnthropicWhole::fail(const ErrorReply&, std::string&) {}
void AnthropicWhole::keep_alive(std::string&) {}

}  // namespace aip::dialect
