#include "messages.h"

#include <algorithm>
#include <array>

namespace aip::gemini {
namespace {

// What stands where Gemini demands something and the client gave nothing.
constexpr std::string_view kNoWords = "(no text)";
constexpr std::string_view kOpening = "(the conversation begins)";

constexpr std::array<sdk::Field<Message>, 9> kMembers{{
    {"content", &Message::content},
    {"refusal", &Message::refusal},
    {"name", &Message::name},
    {"tool_calls", &Message::tool_calls},
    {"function_call", &Message::function_call},
    {"tool_call_id", &Message::tool_call_id},
    {"is_error", &Message::is_error},
    {"images", &Message::images},
    {"thinking_blocks", &Message::thinking_blocks},
}};

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
  return std::nullopt;
}

// ---- system ------------------------------------------------------------------------------------

MaybeFailure Conversation::write_system(Draft& draft) {
  const auto has_words = [](const Message& m) {
    if (!m.content.escaped().empty()) return true;
    for (const json::Value part : m.content.items()) {
      if (!part["text"].escaped().empty()) return true;
    }
    return false;
  };
  if (std::none_of(system_.begin(), system_.end(), has_words)) return std::nullopt;
  draft.json().key("systemInstruction").object().key("parts").array();
  for (const Message& message : system_) {
    if (!message.content.escaped().empty()) draft.text(message.content.escaped());
    Place place{message.index, 0};
    for (const json::Value value : message.content.items()) {
      Outcome<Part> read = read_part(value, place, manners_.web, draft.questions());
      if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
      const Part& part = std::get<Part>(read);
      if (part.kind == Part::Kind::Inline || part.kind == Part::Kind::File) {
        if (!draft.questions().may_drop(place.pointer())) {
          return unsupported(place.pointer(), "Only text can stand in Gemini's instructions.");
        }
      } else {
        write_part(part, draft);
      }
      ++place.part;
    }
  }
  draft.json().end_array().end_object();
  return std::nullopt;
}

// ---- turns -------------------------------------------------------------------------------------

MaybeFailure Conversation::write_contents(Draft& draft) {
  draft.begin_contents();
  if (turns_.empty() || !from_user(turns_.front())) {
    draft.turn(Role::User);
    draft.text(kOpening);
    draft.questions().coerced(turns_.empty() ? std::string("/messages")
                                             : Place{turns_.front().index}.pointer());
  }
  auto at = turns_.begin();
  while (at != turns_.end()) {
    const auto next = std::find_if(at, turns_.end(), [user = from_user(*at)](const Message& m) {
      return from_user(m) != user;
    });
    if (from_user(*at)) {
      if (MaybeFailure failure = write_user_run(at, next, draft)) return failure;
    } else {
      for (; at != next; ++at) {
        if (MaybeFailure failure = write_assistant(*at, draft)) return failure;
      }
    }
    at = next;
  }
  if (MaybeFailure failure = write_results(turns_.end(), turns_.end(), draft)) return failure;
  draft.end_contents();
  return std::nullopt;
}

// Results first, in the order of their calls; then everything else, in its order.
MaybeFailure Conversation::write_user_run(Iterator begin, Iterator end, Draft& draft) {
  const std::size_t parts_before = draft.parts();
  if (MaybeFailure failure = write_results(begin, end, draft)) return failure;
  for (Iterator m = begin; m != end; ++m) {
    if (m->placed) continue;
    MaybeFailure failure =
        is_result(*m) ? write_orphan(*m, draft) : write_content(*m, Role::User, draft);
    if (failure) return failure;
  }
  if (draft.parts() == parts_before) {
    draft.turn(Role::User);
    draft.text(kNoWords);
    draft.questions().coerced(Place{begin->index}.pointer() + "/content");
  }
  return std::nullopt;
}

// ---- what the model said -----------------------------------------------------------------------

MaybeFailure Conversation::write_assistant(const Message& message, Draft& draft) {
  if (MaybeFailure failure = write_said(message, draft)) return failure;
  std::uint32_t number = 0;
  for (const json::Value image : message.images.items()) {
    const json::Value url = image["image_url"]["url"];
    if (std::optional<DataUri> data = parse_data_uri(url.escaped())) {
      Part part;
      part.kind = Part::Kind::Inline;
      part.type = type_of(*data, "image/png");
      part.data = std::move(*data);
      draft.turn(Role::Model);
      write_part(part, draft);
    } else {
      draft.questions().coerced(Place{message.index}.pointer() + "/images/" +
                                std::to_string(number));
    }
    ++number;
  }
  return write_tool_calls(message, draft);
}

// The text, with the signature that it was given. A list of parts that somebody made is no text
// that Gemini signed, unless it is one.
MaybeFailure Conversation::write_said(const Message& message, Draft& draft) {
  TextSignature signature;
  for (const json::Value block : message.thinking_blocks.items()) {
    if (!block["type"].equals("redacted_thinking")) continue;
    const TextSignature found = read_text_signature(block["data"].escaped());
    if (found.part != SignedPart::None) signature = found;
  }
  json::Value text = message.content;
  if (text.size() == 1 && text.is_array()) {
    for (const json::Value only : message.content.items()) text = only["text"];
  }
  if (signature.part == SignedPart::Text && !text.escaped().empty()) {
    draft.turn(Role::Model);
    draft.text(text.escaped(), signature.signature);
  } else {
    if (MaybeFailure failure = write_content(message, Role::Model, draft)) return failure;
  }
  if (message.refusal.is_string() && !message.refusal.escaped().empty()) {
    draft.turn(Role::Model);
    draft.text(message.refusal.escaped());
  }
  if (signature.part == SignedPart::Empty) {
    draft.turn(Role::Model);
    draft.text({}, signature.signature);
  }
  return std::nullopt;
}

MaybeFailure Conversation::write_content(const Message& message, Role role, Draft& draft) {
  if (!message.content.escaped().empty()) {
    draft.turn(role);
    draft.text(message.content.escaped());
  }
  Place place{message.index, 0};
  for (const json::Value value : message.content.items()) {
    Outcome<Part> read = read_part(value, place, manners_.web, draft.questions());
    if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
    const Part& part = std::get<Part>(read);
    if (part.kind != Part::Kind::Nothing) draft.turn(role);
    write_part(part, draft);
    ++place.part;
  }
  return std::nullopt;
}

}  // namespace aip::gemini
