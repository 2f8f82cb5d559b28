#include "messages.h"

#include <algorithm>
#include <array>

#include "blank.h"
#include "parts.h"

namespace aip::claude {
namespace {

// What stands where Anthropic demands something and the client gave nothing.
constexpr std::string_view kNoWords = "(no text)";
constexpr std::string_view kOpening = "(the conversation begins)";
constexpr std::string_view kNoResult = "No result was given for this call.";

constexpr std::array<sdk::Field<Message>, 13> kMembers{{
    {"content", &Message::content},
    {"refusal", &Message::refusal},
    {"name", &Message::name},
    {"tool_calls", &Message::tool_calls},
    {"function_call", &Message::function_call},
    {"tool_call_id", &Message::tool_call_id},
    {"is_error", &Message::is_error},
    {"audio", &Message::audio},
    {"cache_control", &Message::cache_control},
    {"thinking_blocks", &Message::thinking_blocks},
    {"reasoning_content", &Message::reasoning_content},
    {"signature", &Message::signature},
    {"reasoning_details", &Message::reasoning_details},
}};

// The mark of a tool's message, wherever in it the client put it: it belongs on the result.
json::Value mark_of_result(const Message& message) {
  if (message.cache_control.is_object()) return message.cache_control;
  for (const json::Value part : message.content.items()) {
    if (part["cache_control"].is_object()) return part["cache_control"];
  }
  return {};
}

bool has_no_words(json::Value content) {
  if (content.is_string()) return is_blank(content.escaped());
  for (const json::Value part : content.items()) {
    if (!part["type"].equals("text") || !is_blank(part["text"].escaped())) return false;
  }
  return true;
}

// The arguments of a call as an object: its own bytes, so that the order of keys and the digits of
// numbers survive. A model may write anything there; what is no object cannot be sent.
std::string input_of(json::Value arguments, const std::string& pointer, Questions& questions) {
  if (arguments.is_object()) return std::string(arguments.raw());
  std::string text = arguments.str();
  const bool nothing = text.find_first_not_of(" \t\r\n") == std::string::npos || text == "null";
  if (!nothing && json::Value(text).is_object() && questions.is_json(text)) return text;
  if (!nothing) questions.coerced(pointer);
  return "{}";
}

}  // namespace

// ---- reading -----------------------------------------------------------------------------------

MaybeFailure Conversation::read(json::Value messages) {
  std::uint32_t index = 0;
  for (const json::Value value : messages.items()) {
    Outcome<Message> read = sdk::read_message(value, index++, kMembers);
    if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
    Message& message = std::get<Message>(read);
    (message.speaker == Speaker::System ? system_ : turns_).push_back(std::move(message));
  }
  if (turns_.empty()) {
    return invalid("/messages", "Anthropic needs at least one message that is not the system's.");
  }
  return std::nullopt;
}

// A blank message at the end leaves no block, so that the one in front of it is the last.
std::optional<std::uint32_t> Conversation::prefill() const {
  for (auto m = turns_.rbegin(); m != turns_.rend() && !from_user(*m); ++m) {
    if (m->tool_calls.size() != 0 || m->function_call.is_object()) break;
    const bool words = !has_no_words(m->content) || m->refusal.is_string();
    if (words || has_signed_thinking(*m)) return m->index;
  }
  return std::nullopt;
}

bool Conversation::open_loop_without_thinking() const {
  bool loop = false;
  for (auto m = turns_.rbegin(); m != turns_.rend(); ++m) {
    if (m->speaker == Speaker::User) break;
    if (is_result(*m)) loop = true;
    if (m->speaker == Speaker::Assistant && has_signed_thinking(*m)) return false;
  }
  return loop;
}

// ---- system ------------------------------------------------------------------------------------

MaybeFailure Conversation::write_system(std::string_view extra, Draft& draft) {
  const bool words = std::any_of(system_.begin(), system_.end(),
                                 [](const Message& m) { return !has_no_words(m.content); });
  if (!words && extra.empty()) return std::nullopt;
  draft.begin_list("system");
  for (const Message& message : system_) {
    if (MaybeFailure failure = write_content(message, draft)) return failure;
    draft.mark(message.cache_control, Place{message.index}.pointer());
  }
  if (!extra.empty()) draft.text(extra);
  draft.end_list();
  return std::nullopt;
}

// ---- turns -------------------------------------------------------------------------------------

MaybeFailure Conversation::write_messages(Draft& draft) {
  draft.begin_messages();
  if (!from_user(turns_.front())) {
    draft.turn(Role::User);
    draft.text(kOpening);
    draft.questions().coerced(Place{turns_.front().index}.pointer());
  }
  auto at = turns_.begin();
  while (at != turns_.end()) {
    const auto next = std::find_if(at, turns_.end(), [user = from_user(*at)](const Message& m) {
      return from_user(m) != user;
    });
    if (from_user(*at)) {
      if (MaybeFailure failure = write_user_run(at, next, draft)) return failure;
      ids_.forget();
    } else {
      for (; at != next; ++at) {
        if (MaybeFailure failure = write_assistant(*at, draft)) return failure;
      }
    }
    at = next;
  }
  write_missing_results(draft);
  draft.end_messages();
  return std::nullopt;
}

// Results first, in the order in which they came; then everything else, in its order.
MaybeFailure Conversation::write_user_run(Iterator begin, Iterator end, Draft& draft) {
  const std::size_t blocks_before = draft.blocks();
  for (Iterator m = begin; m != end; ++m) {
    if (!is_result(*m)) continue;
    const OpenCall* call = m->speaker == Speaker::Tool ? ids_.answer(m->tool_call_id.str())
                                                       : ids_.answer_function(m->name.str());
    if (call == nullptr) continue;
    m->result_of = call->sent;
    if (MaybeFailure failure = write_result(*m, draft)) return failure;
  }
  write_missing_results(draft);
  for (Iterator m = begin; m != end; ++m) {
    if (!m->result_of.empty()) continue;
    MaybeFailure failure = is_result(*m) ? write_orphan(*m, draft) : write_content(*m, draft);
    if (failure) return failure;
    draft.mark(m->cache_control, Place{m->index}.pointer());
  }
  if (draft.blocks() == blocks_before) {
    draft.turn(Role::User);
    draft.text(kNoWords);
    draft.questions().coerced(Place{begin->index}.pointer() + "/content");
  }
  return std::nullopt;
}

MaybeFailure Conversation::write_assistant(const Message& message, Draft& draft) {
  const std::string pointer = Place{message.index}.pointer();
  if (message.audio.is_object() && !draft.questions().may_drop(pointer + "/audio")) {
    return unsupported(pointer + "/audio", "Anthropic has no audio answers to refer to.");
  }
  write_thinking(message, draft);
  if (MaybeFailure failure = write_content(message, draft)) return failure;
  if (message.refusal.is_string() && !is_blank(message.refusal.escaped())) {
    draft.turn(Role::Assistant);
    draft.text(message.refusal.escaped());
  }
  if (MaybeFailure failure = write_tool_calls(message, draft)) return failure;
  draft.mark(message.cache_control, pointer);
  return std::nullopt;
}

// A message's own words: a string, or a list of parts.
MaybeFailure Conversation::write_content(const Message& message, Draft& draft) {
  const auto open = [&message, &draft] {
    if (message.speaker == Speaker::System) return;
    draft.turn(message.speaker == Speaker::Assistant ? Role::Assistant : Role::User);
  };
  if (message.content.is_string() && !is_blank(message.content.escaped())) {
    open();
    draft.text(message.content.escaped());
  }
  Place place{message.index, 0};
  for (const json::Value value : message.content.items()) {
    Outcome<Part> read = read_part(value, place, draft.questions());
    if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
    Part& part = std::get<Part>(read);
    const bool more_than_text = part.kind != Part::Kind::Nothing && part.kind != Part::Kind::Text;
    if (more_than_text && message.speaker != Speaker::User && !is_result(message)) {
      if (!draft.questions().may_drop(place.pointer())) {
        return unsupported(place.pointer(),
                           "Only text can stand in Anthropic's system and assistant messages.");
      }
      part = Part{};
    }
    if (part.kind != Part::Kind::Nothing) open();
    write_part(part, draft);
    // A blank part leaves its mark to the block in front of it.
    draft.mark(value["cache_control"], place.pointer());
    ++place.part;
  }
  return std::nullopt;
}

// ---- tools -------------------------------------------------------------------------------------

MaybeFailure Conversation::write_tool_calls(const Message& message, Draft& draft) {
  const auto write = [&](json::Value function, const OpenCall& call, const std::string& pointer) {
    draft.turn(Role::Assistant);
    draft.json().object().member("type", "tool_use").member("id", call.sent);
    draft.json().key("name").escaped(function["name"].escaped());
    const std::string input =
        input_of(function["arguments"], pointer + "/arguments", draft.questions());
    draft.json().member_raw("input", input).end_object();
    draft.block_done();
  };
  const std::string pointer = Place{message.index}.pointer();
  const auto refused = [&draft](const std::string& at) -> MaybeFailure {
    if (draft.questions().may_drop(at)) return std::nullopt;
    return unsupported(at, "Only calls of named functions can be translated for Anthropic.");
  };
  if (message.function_call.is_object()) {
    const json::Value function = message.function_call;
    if (function["name"].escaped().empty()) {
      if (MaybeFailure failure = refused(pointer + "/function_call")) return failure;
    } else {
      const OpenCall& call = ids_.open({}, function["name"].str(), message.index, 0);
      write(function, call, pointer + "/function_call");
    }
  }
  std::uint32_t number = 0;
  for (const json::Value value : message.tool_calls.items()) {
    const std::string at = pointer + "/tool_calls/" + std::to_string(number);
    const json::Value function = value["function"];
    if (!function.is_object() || function["name"].escaped().empty()) {
      if (MaybeFailure failure = refused(at)) return failure;
    } else {
      write(function, ids_.open(value["id"].str(), {}, message.index, number), at + "/function");
    }
    ++number;
  }
  return std::nullopt;
}

MaybeFailure Conversation::write_result(const Message& message, Draft& draft) {
  draft.turn(Role::User);
  draft.json().object().member("type", "tool_result").member("tool_use_id", message.result_of);
  if (MaybeFailure failure = write_result_content(message, draft)) return failure;
  if (message.is_error.is_true()) draft.json().key("is_error").boolean(true);
  draft.json().end_object();
  draft.block_done();
  draft.mark(mark_of_result(message), Place{message.index}.pointer());
  return std::nullopt;
}

// Nothing at all if there are no words: an empty string is refused by some versions.
MaybeFailure Conversation::write_result_content(const Message& message, Draft& draft) {
  if (has_no_words(message.content)) return std::nullopt;
  if (message.content.is_string()) {
    draft.json().key("content").raw(message.content.raw());
    return std::nullopt;
  }
  draft.begin_list("content");
  Place place{message.index, 0};
  for (const json::Value value : message.content.items()) {
    Outcome<Part> read = read_part(value, place, draft.questions());
    if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
    write_part(std::get<Part>(read), draft);
    ++place.part;
  }
  draft.end_list();
  return std::nullopt;
}

// A result whose call does not stand in the turn before (a history cut short, an id misspelt).
MaybeFailure Conversation::write_orphan(const Message& message, Draft& draft) {
  draft.questions().coerced(Place{message.index}.pointer());
  std::string text = "Result of the tool call ";
  const json::Value& id = message.tool_call_id ? message.tool_call_id : message.name;
  text.append(id.escaped()).append(":");
  if (message.content.is_string()) text.append(" ").append(message.content.escaped());
  draft.turn(Role::User);
  draft.text(text);
  Message parts = message;
  if (parts.content.is_string()) parts.content = json::Value();
  return write_content(parts, draft);
}

void Conversation::write_missing_results(Draft& draft) {
  for (OpenCall& call : ids_.calls()) {
    if (call.answered) continue;
    call.answered = true;
    draft.turn(Role::User);
    draft.json().object().member("type", "tool_result").member("tool_use_id", call.sent);
    draft.json().member("content", kNoResult).key("is_error").boolean(true).end_object();
    draft.block_done();
    draft.questions().coerced(Place{call.message}.pointer() + "/tool_calls/" +
                              std::to_string(call.number));
  }
}

}  // namespace aip::claude
