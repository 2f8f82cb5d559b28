#include "core/dialect/anthropic_stream.h"

#include <aiproxy/json.hpp>

#include <algorithm>

namespace aip::dialect {
namespace {

using Block = AnthropicBlock;

constexpr std::string_view kStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
// message_stop with the blanks that the service may pad it with.
constexpr std::size_t kStopTailBytes = 256;

// Up to the first member behind `type`, with its comma.
void begin_event(std::string_view type, std::string& out) {
  out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type).append("\"");
}

void end_event(std::string& out) {
  out.append("}\n\n");
}

void append_index(std::uint32_t index, std::string& out) {
  out.append(",\"index\":");
  append_number(index, out);
}

}  // namespace

AnthropicStream::AnthropicStream(const AnswerOptions& options) : name_(options) {}

std::string_view AnthropicStream::content_type() const noexcept {
  return "text/event-stream; charset=utf-8";
}

void AnthropicStream::event(const aip_event& event, std::string& out) {
  switch (event.type) {
    case AIP_EV_START:
      if (!named_ && !started_) name_.learn(event);
      named_ = true;
      return;
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PROVIDER:
      return provider_blocks_.set(event);
    default:
      break;
  }
  if (event.choice != 0 || end_.finish != 0 || too_large_) return;
  if (event.type == AIP_EV_FINISH) {
    end_.learn(event);
    blocks_.end_all();
  } else if (!raw_) {
    blocks_.take(event, name_);
  }
  if (!raw_) flush(out);
}

// ---- blocks ------------------------------------------------------------------------------------

void AnthropicStream::start(std::string& out) {
  if (started_) return;
  started_ = true;
  begin_event("message_start", out);
  out.append(",\"message\":{");
  append_message_id(name_.id, out);
  out.append(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
  append_string(name_.model, out);
  out.append(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
  append_anthropic_usage(usage_, out);
  out.push_back('}');
  end_event(out);
}

void AnthropicStream::flush(std::string& out) {
  std::deque<Block>& list = blocks_.list();
  while (!list.empty()) {
    Block& block = list.front();
    const bool nothing = !open_ && block.is_empty();
    if (nothing && !block.ended) return;
    if (!nothing) {
      if (!open_) open(block, out);
      write(block, out);
      blocks_.recount(block);
      if (!block.ended) break;
      begin_event("content_block_stop", out);
      append_index(index_++, out);
      end_event(out);
      open_ = false;
    }
    blocks_.drop_front();
  }
  if (list.size() < 2 || blocks_.held() <= kHeldBytesMax) return;
  too_large_ = true;
  blocks_.give_up();
}

void AnthropicStream::open(const Block& block, std::string& out) {
  start(out);
  open_ = true;
  begin_event("content_block_start", out);
  append_index(index_, out);
  out.append(",\"content_block\":");
  switch (block.kind) {
    case Block::Kind::Text:
      out.append(R"({"type":"text","text":""})");
      break;
    case Block::Kind::Thinking:
      out.append(R"({"type":"thinking","thinking":"","signature":""})");
      break;
    case Block::Kind::Redacted:
      out.append(R"({"type":"redacted_thinking","data":")").append(block.text).append("\"}");
      break;
    case Block::Kind::Tool:
      out.append(R"({"type":"tool_use","id":")").append(block.id);
      out.append("\",\"name\":\"").append(block.name).append("\",\"input\":{}}");
      break;
    case Block::Kind::Image:
      out.append(block.image);
      break;
  }
  end_event(out);
}

// Takes what it writes out of the block.
void AnthropicStream::write(Block& block, std::string& out) {
  switch (block.kind) {
    case Block::Kind::Text:
      delta("text_delta", "text", block.text, out);
      if (!block.citations.empty()) citations("[" + block.citations + "]", out);
      block.citations.clear();
      break;
    case Block::Kind::Thinking:
      delta("thinking_delta", "thinking", block.text, out);
      delta("signature_delta", "signature", block.signature, out);
      break;
    case Block::Kind::Tool:
      delta("input_json_delta", "partial_json", block.text, out);
      break;
    case Block::Kind::Redacted:
    case Block::Kind::Image:
      break;
  }
}

void AnthropicStream::delta(std::string_view type, std::string_view member, std::string& text,
                            std::string& out) const {
  if (text.empty()) return;
  begin_event("content_block_delta", out);
  append_index(index_, out);
  out.append(",\"delta\":{\"type\":\"").append(type).append("\",\"").append(member);
  out.append("\":\"").append(text).append("\"}");
  end_event(out);
  text.clear();
}

void AnthropicStream::citations(const std::string& list, std::string& out) const {
  for (const json::Value citation : json::Value(list).items()) {
    begin_event("content_block_delta", out);
    append_index(index_, out);
    out.append(",\"delta\":{\"type\":\"citations_delta\",\"citation\":");
    append_line(citation.raw(), out);
    out.push_back('}');
    end_event(out);
  }
}

// ---- ends --------------------------------------------------------------------------------------

void AnthropicStream::end(std::string& out) {
  if (raw_) {
    // A provider may leave its last event out, once it has told the reason; a client waits for it.
    if (!raw_has_stopped()) out.append(kStop);
    return;
  }
  start(out);
  begin_event("message_delta", out);
  out.append(",\"delta\":{");
  end_.append_json(blocks_, out);
  out.append("},\"usage\":");
  append_anthropic_usage(usage_, out);
  provider_blocks_.append_members(out);
  end_event(out);
  out.append(kStop);
}

void AnthropicStream::fail(const ErrorReply& reply, std::string& out) {
  // The client has its whole answer already, and nothing may stand behind message_stop.
  if (raw_has_stopped()) return;
  out.append("event: error\ndata: ").append(error_body(Kind::Anthropic, reply)).append("\n\n");
}

void AnthropicStream::keep_alive(std::string& out) {
  begin_event("ping", out);
  end_event(out);
}

void AnthropicStream::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
  raw_tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kStopTailBytes)));
  raw_tail_.erase(0, raw_tail_.size() - std::min(raw_tail_.size(), kStopTailBytes));
}

// Within a text the quotes of these words are escaped.
bool AnthropicStream::raw_has_stopped() const noexcept {
  return raw_tail_.find("\"message_stop\"") != std::string::npos;
}

}  // namespace aip::dialect
