#include "core/dialect/responses_input.h"

#include <algorithm>
#include <array>

#include "core/dialect/body.h"
#include "core/dialect/escape.h"
#include "core/dialect/sealed_thinking.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;

bool is_text(std::string_view type) noexcept {
  static constexpr std::array<std::string_view, 5> kTexts{"input_text", "output_text", "text",
                                                          "summary_text", "reasoning_text"};
  return std::find(kTexts.begin(), kTexts.end(), type) != kTexts.end();
}

// An address, data, or the id of a file at the provider.
Status append_image(Value part, const std::string& place, std::string& out) {
  Writer w(out);
  if (const Value url = part["image_url"]; url.is_string()) {
    w.object().member("type", "image_url").key("image_url").object().key("url").raw(url.raw());
    if (const Value detail = part["detail"]; detail.is_string()) w.key("detail").raw(detail.raw());
    w.end_object().end_object();
    return {};
  }
  if (const Value id = part["file_id"]; id.is_string()) {
    w.object().member("type", "file").key("file").object().key("file_id").raw(id.raw());
    w.end_object().end_object();
    return {};
  }
  return bad_member(place, "must have an image_url or a file_id.");
}

Status append_file(Value part, const std::string& place, std::string& out) {
  const Value name = part["filename"];
  Writer w(out);
  if (const Value url = part["file_url"]; url.is_string()) {
    w.object().member("type", "document").key("source").object().member("type", "url");
    w.key("url").raw(url.raw()).end_object();
    if (name.is_string()) w.key("title").raw(name.raw());
    w.end_object();
    return {};
  }
  const Value data = part["file_data"];
  const Value id = part["file_id"];
  if (!data.is_string() && !id.is_string()) {
    return bad_member(place, "must have file_data, a file_url or a file_id.");
  }
  w.object().member("type", "file").key("file").object();
  if (name.is_string()) w.key("filename").raw(name.raw());
  if (data.is_string()) {
    w.key("file_data").raw(data.raw());
  } else {
    w.key("file_id").raw(id.raw());
  }
  w.end_object().end_object();
  return {};
}

Status append_part(Value part, const std::string& place, std::string& out) {
  if (!part.is_object()) return bad_member(place, "must be an object.");
  const std::string type = part["type"].str();
  if (is_text(type)) {
    if (!part["text"].is_string()) return bad_member(place + ".text", "must be a string.");
    out.append(R"({"type":"text","text":)").append(part["text"].raw()).append("}");
    return {};
  }
  if (type == "refusal") {
    if (!part["refusal"].is_string()) return bad_member(place + ".refusal", "must be a string.");
    out.append(R"({"type":"refusal","refusal":)").append(part["refusal"].raw()).append("}");
    return {};
  }
  if (type == "input_image") return append_image(part, place, out);
  if (type == "input_file") return append_file(part, place, out);
  if (type.empty()) return bad_member(place + ".type", "must be a string.");
  out.append(part.raw());  // the target knows it, or says that it does not
  return {};
}

// A JSON value: the text alone where there is nothing else, because every service takes that.
Result<std::string> translated_content(Value content, const std::string& place) {
  if (content.is_string()) return std::string(content.raw());
  if (!content.is_array()) return bad_member(place, "must be a string or an array of parts.");
  std::string list;
  std::size_t count = 0;
  for (const Value part : content.items()) {
    comma(list);
    const std::string where = place + "[" + std::to_string(count++) + "]";
    if (Status ok = append_part(part, where, list); !ok) return std::move(ok).error();
  }
  if (count == 0) return std::string("\"\"");
  if (count == 1 && Value(list)["type"].equals("text"))
    return std::string(Value(list)["text"].raw());
  return "[" + list + "]";
}

bool is_role(std::string_view role) noexcept {
  static constexpr std::array<std::string_view, 4> kItemRoles{"user", "assistant", "system",
                                                              "developer"};
  return std::find(kItemRoles.begin(), kItemRoles.end(), role) != kItemRoles.end();
}

}  // namespace

void ResponsesInput::begin_message(std::string_view role, std::string pointer) {
  comma(messages_);
  messages_.append(R"({"role":")").append(role).append("\"");
  canonical_.messages.push_back({std::move(pointer), 0});
}

void ResponsesInput::add_instructions(Value text) {
  if (text.escaped().empty()) return;
  begin_message("system", "/instructions");
  messages_.append(",\"content\":").append(text.raw()).append("}");
}

Status ResponsesInput::add_input(Value input) {
  pointer_ = "/input";
  if (input.is_string()) {
    begin_message("user", pointer_);
    messages_.append(",\"content\":").append(input.raw()).append("}");
    return {};
  }
  if (!input.is_array()) return bad_member("input", "must be a string or an array of items.");
  std::size_t i = 0;
  for (const Value item : input.items()) {
    pointer_ = "/input/" + std::to_string(i);
    if (Status ok = add_item(item, "input[" + std::to_string(i) + "]"); !ok) return ok;
    ++i;
  }
  end_turn();
  if (messages_.empty()) return bad_member("input", "must not be empty.");
  return {};
}

Status ResponsesInput::add_item(Value item, const std::string& place) {
  if (!item.is_object()) return bad_member(place, "must be an object.");
  const Value kind = item["type"];
  if (kind.is_null_or_none() || kind.equals("message")) return add_message(item, place);
  const std::string type = kind.str();
  if (type == "function_call") {
    const Value arguments = item["arguments"];
    if (!arguments.is_string()) return bad_member(place + ".arguments", "must be a string.");
    return add_call(item, arguments.escaped().empty() ? R"("{}")" : arguments.raw(), place);
  }
  if (type == "custom_tool_call") {
    if (!item["input"].is_string()) return bad_member(place + ".input", "must be a string.");
    const std::string object = "{\"input\":" + std::string(item["input"].raw()) + "}";
    std::string arguments;
    append_string(object, arguments);
    return add_call(item, arguments, place);
  }
  if (type == "function_call_output" || type == "custom_tool_call_output") {
    return add_output(item, place);
  }
  if (type == "reasoning") return add_reasoning(item, place);
  if (type == "item_reference") {
    Error error = bad_member(place,
                             "refers to an item that was kept by the provider; this target "
                             "keeps none, so send the item itself.");
    error.code = ErrorCode::CallerUnsupported;
    return error;
  }
  if (type.empty()) return bad_member(place + ".type", "must be a string.");
  add_unknown(item, type);
  return {};
}

Status ResponsesInput::add_message(Value item, const std::string& place) {
  const std::string role = item["role"].str();
  if (!is_role(role)) {
    return bad_member(place + ".role", "must be one of user, assistant, system and developer.");
  }
  Result<std::string> content = translated_content(item["content"], place + ".content");
  if (!content) return std::move(content).error();
  if (role == "assistant") {
    if (!turn_.content.empty()) end_turn();
    if (turn_.pointer.empty()) turn_.pointer = pointer_;
    turn_.content = std::move(*content);
    return {};
  }
  end_turn();
  begin_message(role, pointer_);
  messages_.append(",\"content\":").append(*content).append("}");
  return {};
}

Status ResponsesInput::add_call(Value item, std::string_view arguments, const std::string& place) {
  const Value id = item["call_id"];
  if (!id.is_string()) return bad_member(place + ".call_id", "must be a string.");
  if (!item["name"].is_string()) return bad_member(place + ".name", "must be a string.");
  if (turn_.pointer.empty()) turn_.pointer = pointer_;
  comma(turn_.calls);
  turn_.calls.append("{\"id\":").append(id.raw()).append(R"(,"type":"function","function":{)");
  turn_.calls.append("\"name\":").append(item["name"].raw());
  turn_.calls.append(",\"arguments\":").append(arguments).append("}}");
  return {};
}

Status ResponsesInput::add_output(Value item, const std::string& place) {
  const Value id = item["call_id"];
  if (!id.is_string()) return bad_member(place + ".call_id", "must be a string.");
  Result<std::string> content = translated_content(item["output"], place + ".output");
  if (!content) return std::move(content).error();
  end_turn();
  begin_message("tool", pointer_);
  messages_.append(",\"tool_call_id\":").append(id.raw());
  messages_.append(",\"content\":").append(*content).append("}");
  return {};
}

// Reasoning that one of our targets signed goes back to it; what somebody else encrypted is kept
// for those who know it; a summary alone is plain reasoning.
Status ResponsesInput::add_reasoning(Value item, const std::string& place) {
  const Value sealed = item["encrypted_content"];
  if (!sealed.is_null_or_none() && !sealed.is_string()) {
    return bad_member(place + ".encrypted_content", "must be a string.");
  }
  if (!turn_.content.empty() && turn_.calls.empty()) end_turn();
  if (turn_.pointer.empty()) turn_.pointer = pointer_;
  if (std::optional<std::string> block = open_thinking(sealed.str())) {
    comma(turn_.thinking);
    turn_.thinking.append(*block);
    return {};
  }
  if (sealed.is_string()) {
    comma(turn_.foreign);
    turn_.foreign.append(item.raw());
    disclose(pointer_ + "/encrypted_content");
  }
  for (const std::string_view list : {"summary", "content"}) {
    const Value parts = item[list];
    for (const Value part : parts.items()) turn_.reasoning.append(part["text"].escaped());
  }
  return {};
}

// Of a hosted tool: calls were made on the assistant's side, their outputs come from the client.
void ResponsesInput::add_unknown(Value item, std::string_view type) {
  const std::string content = "[" + std::string(item.raw()) + "]";
  if (type.ends_with("_output") || type.ends_with("_response")) {
    end_turn();
    begin_message("user", pointer_);
    messages_.append(",\"content\":").append(content).append("}");
    return;
  }
  if (!turn_.content.empty()) end_turn();
  if (turn_.pointer.empty()) turn_.pointer = pointer_;
  turn_.content = content;
}

void ResponsesInput::disclose(std::string pointer) {
  canonical_.lacks.push_back({std::move(pointer), {}, Lack::Weight::Disclose});
}

void ResponsesInput::end_turn() {
  Turn turn;
  std::swap(turn, turn_);
  if (turn.empty()) {
    // Reasoning that nothing follows has lost what it was about.
    if (!turn.pointer.empty()) disclose(std::move(turn.pointer));
    return;
  }
  begin_message("assistant", turn.pointer);
  messages_.append(",\"content\":").append(turn.content.empty() ? "null" : turn.content);
  if (!turn.thinking.empty()) {
    messages_.append(",\"thinking_blocks\":[").append(turn.thinking).append("]");
  } else if (!turn.reasoning.empty()) {
    messages_.append(",\"reasoning_content\":\"").append(turn.reasoning).append("\"");
  }
  if (!turn.foreign.empty()) {
    messages_.append(R"(,"provider_state":{"provider":"openai-responses","data":[)");
    messages_.append(turn.foreign).append("]}");
  }
  if (!turn.calls.empty()) messages_.append(",\"tool_calls\":[").append(turn.calls).append("]");
  messages_.append("}");
}

}  // namespace aip::dialect
