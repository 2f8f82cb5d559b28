#include "core/dialect/anthropic_blocks.h"

#include <aiproxy/json.hpp>

namespace aip::dialect {

using json::Value;
using json::Writer;
using Block = AnthropicBlock;
using BlockKind = AnthropicBlock::Kind;

void AnthropicBlocks::take(const aip_event& event, const AnswerName& name) {
  if (Block* block = place(event, name)) recount(*block);
}

Block* AnthropicBlocks::place(const aip_event& event, const AnswerName& name) {
  switch (event.type) {
    case AIP_EV_REFUSAL:
      refused_ = true;
      return words(event, BlockKind::Text);
    case AIP_EV_TEXT:
      return words(event, BlockKind::Text);
    case AIP_EV_REASONING:
      return words(event, BlockKind::Thinking);
    case AIP_EV_SIGNATURE:
      return signature(event);
    case AIP_EV_TOOL_BEGIN:
      return tool_begin(event, name);
    case AIP_EV_TOOL_ARGS:
      return tool_arguments(event);
    case AIP_EV_BLOCK_END:
      return block_end(event.block);
    case AIP_EV_CITATION:
      return citation(view_of(event.json));
    case AIP_EV_IMAGE:
      return image(view_of(event.json));
    default:
      return nullptr;
  }
}

// Ends what a following block ends; a tool goes on.
Block& AnthropicBlocks::begin(BlockKind kind) {
  if (!list_.empty() && list_.back().kind != BlockKind::Tool) end(list_.back());
  Block& block = list_.emplace_back();
  block.kind = kind;
  return block;
}

Block* AnthropicBlocks::last(BlockKind kind) noexcept {
  if (list_.empty() || list_.back().kind != kind || list_.back().ended) return nullptr;
  return &list_.back();
}

Block* AnthropicBlocks::tool(std::uint32_t number) noexcept {
  for (auto block = open_tools_.rbegin(); block != open_tools_.rend(); ++block) {
    if ((*block)->tool == number) return *block;
  }
  return nullptr;
}

Block* AnthropicBlocks::words(const aip_event& event, BlockKind kind) {
  Block* block = last(kind);
  if (block == nullptr && event.text.len == 0) return nullptr;
  if (block == nullptr) block = &begin(kind);
  block->seam.append(event, block->text);
  return block;
}

Block* AnthropicBlocks::signature(const aip_event& event) {
  if ((event.flags & AIP_EVF_REDACTED) != 0) {
    Block& block = begin(BlockKind::Redacted);
    append_text(event, block.text);
    end(block);
    return &block;
  }
  Block* block = last(BlockKind::Thinking);
  if (block == nullptr) block = &begin(BlockKind::Thinking);
  append_text(event, block->signature);
  end(*block);
  return block;
}

Block* AnthropicBlocks::tool_begin(const aip_event& event, const AnswerName& name) {
  const bool again = tool(event.block) != nullptr;
  if (again || tools_ >= kToolsMax) return nullptr;
  ++tools_;
  Block& block = begin(BlockKind::Tool);
  block.tool = event.block;
  open_tools_.push_back(&block);
  name.append_tool_id(event, block.id);
  append_escaped(view_of(event.name), block.name);
  return &block;
}

Block* AnthropicBlocks::tool_arguments(const aip_event& event) {
  Block* block = tool(event.block);
  if (block != nullptr) block->seam.append(event, block->text);
  return block;
}

Block* AnthropicBlocks::block_end(std::uint32_t number) {
  Block* block = last(BlockKind::Thinking);
  if (block == nullptr) block = tool(number);
  if (block != nullptr) end(*block);
  return block;
}

// An annotation as OpenAI writes it: {"type":"url_citation","url_citation":{...}}
Block* AnthropicBlocks::citation(std::string_view annotation) {
  Block* block = last(BlockKind::Text);
  if (block == nullptr) return nullptr;
  const Value whole(annotation);
  const bool web = whole["type"].equals("url_citation");
  const Value told = web ? whole["url_citation"] : whole["file_citation"];
  if (!block->citations.empty()) block->citations.push_back(',');
  Writer w(block->citations);
  const auto text = [&w, told](const char* as, const char* name, const char* otherwise) {
    w.key(as).raw(told[name].is_string() ? told[name].raw() : std::string_view(otherwise));
  };
  const auto number = [&w, told](const char* as, const char* name) {
    w.key(as).raw(told[name].is_number() ? told[name].raw() : std::string_view("0"));
  };
  w.object().member("type", web ? "web_search_result_location" : "char_location");
  text("cited_text", "cited_text", R"("")");
  if (web) {
    text("url", "url", R"("")");
    text("title", "title", "null");
    w.member("encrypted_index", "");
  } else {
    number("document_index", "index");
    text("document_title", "filename", "null");
    number("start_char_index", "start_index");
    number("end_char_index", "end_index");
    text("file_id", "file_id", "null");
  }
  w.end_object();
  return block;
}

Block* AnthropicBlocks::image(std::string_view json) {
  const Value told(json);
  Block& block = begin(BlockKind::Image);
  Writer w(block.image);
  w.object().member("type", "image").key("source").object();
  if (const Value url = told["url"]) {
    w.member("type", "url").member_raw("url", url.raw());
  } else {
    w.member("type", "base64").key("media_type").escaped(told["mime_type"].escaped());
    w.key("data").escaped(told["data"].escaped());
  }
  w.end_object().end_object();
  end(block);
  return &block;
}

void AnthropicBlocks::end(Block& block) {
  if (block.ended) return;
  block.ended = true;
  block.seam.close(block.text);
  std::erase(open_tools_, &block);
}

void AnthropicBlocks::end_all() {
  for (Block& block : list_) end(block);
}

void AnthropicBlocks::give_up() noexcept {
  open_tools_.clear();
  list_.clear();
  held_ = 0;
}

void AnthropicBlocks::recount(Block& block) noexcept {
  held_ -= block.counted;
  block.counted = block.bytes();
  held_ += block.counted;
}

void AnthropicBlocks::drop_front() noexcept {
  held_ -= list_.front().counted;
  list_.pop_front();
}

}  // namespace aip::dialect
