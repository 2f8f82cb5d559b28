#include "core/dialect/responses_output.h"

#include <aiproxy/json.hpp>

#include <algorithm>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/dialect/responses_tools.h"
#include "core/dialect/sealed_thinking.h"

namespace aip::dialect {
namespace {

using json::Value;

std::string_view prefix_of(OutputItem::Kind kind) noexcept {
  switch (kind) {
    case OutputItem::Kind::Message:
      return "msg_";
    case OutputItem::Kind::Reasoning:
      return "rs_";
    case OutputItem::Kind::Call:
      return "fc_";
    case OutputItem::Kind::FreeTextCall:
      return "ctc_";
    case OutputItem::Kind::Image:
      return "ig_";
  }
  return "item_";
}

std::string_view status_of(OutputItem::State state) noexcept {
  switch (state) {
    case OutputItem::State::Open:
      return "in_progress";
    case OutputItem::State::Completed:
      return "completed";
    case OutputItem::State::Incomplete:
      return "incomplete";
  }
  return "completed";
}

// Chat nests what Responses has flat: {"type":"url_citation","url_citation":{"url",...}}.
std::string flat_annotation(std::string_view json) {
  const Value annotation(json);
  const std::string type = annotation["type"].str();
  const Value inside = annotation[type];
  std::string out;
  if (type.empty() || !inside.is_object()) {
    append_line(json, out);
    return out;
  }
  out.append("{\"type\":").append(annotation["type"].raw());
  for (const Value::Member& m : inside.members()) {
    out.push_back(',');
    append_line(m.raw, out);
  }
  return out + "}";
}

// The free text in {"input":"..."}; what is not of that form is the text itself.
std::string free_text_in(const std::string& escaped_arguments) {
  std::string plain;
  json::unescape(escaped_arguments, plain);
  if (!json::check(plain).ok()) return escaped_arguments;
  const Value text = Value(plain)[kFreeTextParameter];
  return text.is_string() ? std::string(text.escaped()) : escaped_arguments;
}

}  // namespace

ResponsesOutput::ResponsesOutput(const std::string& echo) {
  const std::string object = "{" + echo + "}";
  const Value tools = Value(object)["tools"];
  for (const Value tool : tools.items()) {
    if (tool["type"].equals("custom")) free_text_tools_.push_back(tool["name"].str());
  }
}

// ---- items
// ---------------------------------------------------------------------------------------

void ResponsesOutput::tell(OutputStep step, std::size_t index, std::string_view piece,
                           std::string_view logprobs) {
  if (listener_ != nullptr) listener_->on_output({step, index, items_[index], piece, logprobs});
}

std::size_t ResponsesOutput::add(Kind kind) {
  OutputItem item;
  item.kind = kind;
  item.id.append(prefix_of(kind)).append(name_tail_).append("_");
  append_number(items_.size(), item.id);
  items_.push_back(std::move(item));
  gathered_ += sizeof(OutputItem);
  return items_.size() - 1;
}

void ResponsesOutput::end_item(std::size_t index) {
  items_[index].state = cut_short_ ? OutputItem::State::Incomplete : OutputItem::State::Completed;
  tell(OutputStep::ItemDone, index);
}

// ---- messages
// ------------------------------------------------------------------------------------

OutputPart& ResponsesOutput::open_part(OutputPart::Kind kind) {
  end_reasoning();
  if (message_ == kNone) {
    message_ = add(Kind::Message);
    tell(OutputStep::ItemAdded, message_);
  }
  std::vector<OutputPart>& parts = items_[message_].parts;
  if (!parts.empty() && parts.back().kind == kind) return parts.back();
  if (!parts.empty()) end_part(message_);
  parts.emplace_back();
  gathered_ += sizeof(OutputPart);
  parts.back().kind = kind;
  tell(OutputStep::PartAdded, message_);
  return parts.back();
}

void ResponsesOutput::add_text(const aip_event& event, OutputPart::Kind kind) {
  if (event.text.len == 0) return;
  OutputPart& part = open_part(kind);
  const std::size_t before = part.text.size();
  part.seam.append(event, part.text);
  if (part.text.size() == before) return;
  if (!logprobs_.empty()) {
    comma(part.logprobs);
    part.logprobs.append(logprobs_);
  }
  tell(OutputStep::TextDelta, message_, std::string_view(part.text).substr(before), logprobs_);
  logprobs_.clear();
}

void ResponsesOutput::keep_logprobs(std::string_view json) {
  const Value logprobs(json);
  const Value content = logprobs["content"];
  for (const Value one : content.items()) {
    comma(logprobs_);
    append_line(one.raw(), logprobs_);
  }
}

void ResponsesOutput::add_annotation(std::string_view json) {
  OutputPart& part = open_part(OutputPart::Kind::Text);
  const std::string annotation = flat_annotation(json);
  comma(part.annotations);
  part.annotations.append(annotation);
  ++part.annotation_count;
  tell(OutputStep::AnnotationAdded, message_, annotation);
}

void ResponsesOutput::end_part(std::size_t index) {
  OutputPart& part = items_[index].parts.back();
  const std::size_t before = part.text.size();
  if (part.seam.close(part.text)) {
    tell(OutputStep::TextDelta, index, std::string_view(part.text).substr(before));
  }
  tell(OutputStep::PartDone, index);
}

void ResponsesOutput::end_message() {
  if (message_ == kNone) return;
  end_part(message_);
  end_item(message_);
  message_ = kNone;
}

// ---- reasoning
// -----------------------------------------------------------------------------------

void ResponsesOutput::open_reasoning() {
  end_message();
  if (reasoning_ != kNone) return;
  reasoning_ = add(Kind::Reasoning);
  tell(OutputStep::ItemAdded, reasoning_);
}

void ResponsesOutput::add_reasoning(const aip_event& event) {
  open_reasoning();
  thinking_.add(event);
  OutputItem& item = items_[reasoning_];
  const std::size_t before = item.text.size();
  item.seam.append(event, item.text);
  if (item.text.size() == before) return;
  if (!item.has_summary) {
    item.has_summary = true;
    tell(OutputStep::SummaryAdded, reasoning_);
  }
  tell(OutputStep::SummaryDelta, reasoning_, std::string_view(item.text).substr(before));
}

void ResponsesOutput::sign(const aip_event& event) {
  // A redacted block is one of its own; a signature belongs to what is open.
  if ((event.flags & AIP_EVF_REDACTED) != 0) end_reasoning();
  open_reasoning();
  std::string block;
  if (thinking_.close(event, block)) items_[reasoning_].sealed = seal_thinking(block);
  end_reasoning();
}

void ResponsesOutput::end_reasoning() {
  thinking_.drop();
  if (reasoning_ == kNone) return;
  OutputItem& item = items_[reasoning_];
  const std::size_t before = item.text.size();
  if (item.seam.close(item.text)) {
    if (!item.has_summary) tell(OutputStep::SummaryAdded, reasoning_);
    item.has_summary = true;
    tell(OutputStep::SummaryDelta, reasoning_, std::string_view(item.text).substr(before));
  }
  if (item.has_summary) tell(OutputStep::SummaryDone, reasoning_);
  end_item(reasoning_);
  reasoning_ = kNone;
}

// ---- tools
// ---------------------------------------------------------------------------------------

void ResponsesOutput::begin_call(const aip_event& event) {
  end_reasoning();
  end_message();
  const std::string_view name = view_of(event.name);
  const auto same = [&event](const OutputItem& item) {
    const bool call = item.kind == Kind::Call || item.kind == Kind::FreeTextCall;
    return call && item.block == event.block;
  };
  if (calls_ >= kToolsMax || std::any_of(items_.begin(), items_.end(), same)) return;
  ++calls_;
  const bool free_text =
      std::find(free_text_tools_.begin(), free_text_tools_.end(), name) != free_text_tools_.end();
  const std::size_t index = add(free_text ? Kind::FreeTextCall : Kind::Call);
  OutputItem& item = items_[index];
  item.block = event.block;
  append_escaped(name, item.name);
  if (event.id.len != 0) {
    append_escaped(view_of(event.id), item.call_id);
  } else {
    item.call_id.append("call_").append(name_tail_).append("_");
    append_number(event.block, item.call_id);
  }
  tell(OutputStep::ItemAdded, index);
}

void ResponsesOutput::add_arguments(const aip_event& event) {
  for (std::size_t i = items_.size(); i-- > 0;) {
    OutputItem& item = items_[i];
    const bool call = item.kind == Kind::Call || item.kind == Kind::FreeTextCall;
    if (!call || item.block != event.block) continue;
    if (item.state != OutputItem::State::Open) return;
    const std::size_t before = item.text.size();
    item.seam.append(event, item.text);
    // Free text can only be told once the object around it is whole.
    if (item.kind == Kind::FreeTextCall || item.text.size() == before) return;
    return tell(OutputStep::InputDelta, i, std::string_view(item.text).substr(before));
  }
}

// A tool without arguments gets "{}" here, and only here, so exactly once.
void ResponsesOutput::end_call(std::size_t index) {
  OutputItem& item = items_[index];
  const std::size_t before = item.text.size();
  item.seam.close(item.text);
  if (item.kind == Kind::FreeTextCall) {
    item.text = free_text_in(item.text);
    if (!item.text.empty()) tell(OutputStep::InputDelta, index, item.text);
  } else {
    if (item.text.empty()) item.text = "{}";
    if (item.text.size() > before) {
      tell(OutputStep::InputDelta, index, std::string_view(item.text).substr(before));
    }
  }
  tell(OutputStep::InputDone, index);
  end_item(index);
}

void ResponsesOutput::end_block(std::uint32_t block) {
  if (thinking_.open()) return end_reasoning();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const OutputItem& item = items_[i];
    const bool call = item.kind == Kind::Call || item.kind == Kind::FreeTextCall;
    if (call && item.block == block && item.state == OutputItem::State::Open) end_call(i);
  }
}

// ---- the rest
// ------------------------------------------------------------------------------------

void ResponsesOutput::add_image(std::string_view json) {
  const Value image(json);
  if (const Value url = image["url"]) {
    aip_event text{};
    text.flags = AIP_EVF_ESCAPED;
    const std::string words = "![image](" + std::string(url.escaped()) + ")";
    text.text = {reinterpret_cast<const std::uint8_t*>(words.data()), words.size()};
    return add_text(text, OutputPart::Kind::Text);
  }
  end_reasoning();
  end_message();
  const std::size_t index = add(Kind::Image);
  tell(OutputStep::ItemAdded, index);
  items_[index].text = image["data"].escaped();
  end_item(index);
}

void ResponsesOutput::finish_all(std::uint32_t finish) {
  cut_short_ = finish == AIP_FINISH_LENGTH || finish == AIP_FINISH_FILTER;
  end_reasoning();
  end_message();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].state == OutputItem::State::Open) end_call(i);
  }
  finish_ = finish;
}

void ResponsesOutput::event(const aip_event& event, OutputListener* listener) {
  if (event.choice != 0 || finish_ != 0 || too_large_) return;  // nobody can ask for more than one
  gathered_ += event.text.len + event.json.len + event.name.len + event.id.len;
  if (gathered_ > limits::kWholeAnswerBytesMax) {
    too_large_ = true;
    items_.clear();
    message_ = reasoning_ = kNone;
    return;
  }
  listener_ = listener;
  switch (event.type) {
    case AIP_EV_TEXT:
      return add_text(event, OutputPart::Kind::Text);
    case AIP_EV_REFUSAL:
      return add_text(event, OutputPart::Kind::Refusal);
    case AIP_EV_REASONING:
      return add_reasoning(event);
    case AIP_EV_SIGNATURE:
      return sign(event);
    case AIP_EV_TOOL_BEGIN:
      return begin_call(event);
    case AIP_EV_TOOL_ARGS:
      return add_arguments(event);
    case AIP_EV_BLOCK_END:
      return end_block(event.block);
    case AIP_EV_CITATION:
      return add_annotation(view_of(event.json));
    case AIP_EV_LOGPROBS:
      return keep_logprobs(view_of(event.json));
    case AIP_EV_IMAGE:
      return add_image(view_of(event.json));
    case AIP_EV_FINISH:
      return finish_all(event.finish);
    default:
      return;  // audio, which nobody can ask for here, and what newer interfaces have
  }
}

// ---- JSON
// ----------------------------------------------------------------------------------------

void append_part(const OutputPart& part, std::string& out) {
  if (part.kind == OutputPart::Kind::Refusal) {
    out.append(R"({"type":"refusal","refusal":")").append(part.text).append("\"}");
    return;
  }
  out.append(R"({"type":"output_text","text":")").append(part.text);
  out.append("\",\"annotations\":[").append(part.annotations);
  out.append("],\"logprobs\":[").append(part.logprobs).append("]}");
}

void append_item(const OutputItem& item, std::string& out) {
  const auto string = [&out](std::string_view name, std::string_view inside) {
    out.append(",\"").append(name).append("\":\"").append(inside).append("\"");
  };
  out.append("{\"id\":\"").append(item.id).append("\"");
  switch (item.kind) {
    case OutputItem::Kind::Message:
      out.append(R"(,"type":"message","role":"assistant","content":[)");
      for (const OutputPart& part : item.parts) {
        if (out.back() != '[') out.push_back(',');
        append_part(part, out);
      }
      out.push_back(']');
      break;
    case OutputItem::Kind::Reasoning:
      out.append(R"(,"type":"reasoning","summary":[)");
      if (item.has_summary) {
        out.append(R"({"type":"summary_text","text":")").append(item.text).append("\"}");
      }
      out.push_back(']');
      if (!item.sealed.empty()) string("encrypted_content", item.sealed);
      break;
    case OutputItem::Kind::Call:
      out.append(R"(,"type":"function_call")");
      string("call_id", item.call_id);
      string("name", item.name);
      string("arguments", item.text);
      break;
    case OutputItem::Kind::FreeTextCall:
      out.append(R"(,"type":"custom_tool_call")");
      string("call_id", item.call_id);
      string("name", item.name);
      string("input", item.state == OutputItem::State::Open ? std::string_view() : item.text);
      break;
    case OutputItem::Kind::Image:
      out.append(R"(,"type":"image_generation_call","result":)");
      if (item.text.empty()) {
        out.append("null");
      } else {
        out.append("\"").append(item.text).append("\"");
      }
      break;
  }
  if (item.kind != OutputItem::Kind::Reasoning) string("status", status_of(item.state));
  out.push_back('}');
}

void ResponsesOutput::append_json(std::string& out) const {
  out.push_back('[');
  for (const OutputItem& item : items_) {
    if (out.back() != '[') out.push_back(',');
    append_item(item, out);
  }
  out.push_back(']');
}

}  // namespace aip::dialect
