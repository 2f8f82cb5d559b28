// calls.cpp - the part of Conversation that deals with function calls and their results.
#include <map>

#include "messages.h"

namespace aip::gemini {
namespace {

constexpr std::string_view kNoResult = "No result was given for this call.";

// The arguments of a call as an object: its own bytes, so that the order of keys and the digits of
// numbers survive. A model may write anything there; what is no object cannot be sent.
std::string args_of(json::Value arguments, const std::string& pointer, Questions& questions) {
  if (arguments.is_object()) return std::string(arguments.raw());
  std::string text = arguments.str();
  const bool nothing = text.find_first_not_of(" \t\r\n") == std::string::npos || text == "null";
  if (!nothing && json::Value(text).is_object() && questions.is_json(text)) return text;
  if (!nothing) questions.coerced(pointer);
  return "{}";
}

// Where else than in its id a client may keep a call's signature: where Google's own
// OpenAI-compatible endpoint puts it, and in this gateway's provider_state.
std::string kept_signature(json::Value call) {
  const json::Value google = call["extra_content"]["google"]["thought_signature"];
  if (google.is_string()) return google.str();
  const json::Value state = call["provider_state"];
  if (!state["provider"].equals("gemini")) return {};
  return state["data"].str();
}

// The words of a result, joined; still escaped.
std::string words_of(json::Value content) {
  if (content.is_string()) return std::string(content.escaped());
  std::string out;
  for (const json::Value part : content.items()) {
    const std::string_view text = part["text"].escaped();
    if (text.empty()) continue;
    if (!out.empty()) out.append("\\n");
    out.append(text);
  }
  return out;
}

// The results of one run that wait for their call, by what they name it by. Of several that name
// it alike the first comes first.
class Waiting {
 public:
  void add(std::string name, Message& message) { results_.emplace(std::move(name), &message); }
  [[nodiscard]] Message* take(const std::string& name) {
    const auto first = results_.lower_bound(name);
    if (name.empty() || first == results_.end() || first->first != name) return nullptr;
    Message* message = first->second;
    results_.erase(first);
    return message;
  }

 private:
  std::multimap<std::string, Message*> results_;  // a new one goes behind its equals
};

bool has_reference(std::string_view json) noexcept {
  return json.find("\"$ref\"") != std::string_view::npos ||
         json.find("\"$defs\"") != std::string_view::npos;
}

}  // namespace

// ---- calls -------------------------------------------------------------------------------------

MaybeFailure Conversation::write_tool_calls(const Message& message, Draft& draft) {
  const std::string pointer = Place{message.index}.pointer();
  const auto refused = [&draft](const std::string& at) -> MaybeFailure {
    if (draft.questions().may_drop(at)) return std::nullopt;
    return unsupported(at, "Only calls of named functions can be translated for Gemini.");
  };
  InStep place = InStep::First;
  const auto write = [&](json::Value call, json::Value function,
                         const std::string& at) -> MaybeFailure {
    if (!function.is_object() || function["name"].escaped().empty()) return refused(at);
    write_call(call, function, at, place, draft);
    place = InStep::Later;
    return std::nullopt;
  };
  if (message.function_call.is_object()) {
    if (auto failure = write({}, message.function_call, pointer + "/function_call")) return failure;
  }
  std::uint32_t number = 0;
  for (const json::Value call : message.tool_calls.items()) {
    const std::string at = pointer + "/tool_calls/" + std::to_string(number++);
    if (auto failure = write(call, call["function"], at)) return failure;
  }
  return std::nullopt;
}

void Conversation::write_call(json::Value call, json::Value function, const std::string& pointer,
                              InStep place, Draft& draft) {
  Call open;
  open.asked = call["id"].str();
  open.name = std::string(function["name"].escaped());
  open.pointer = pointer;
  ToolId id = read_tool_id(open.asked);
  open.own = std::move(id.own);
  std::string signature = std::move(id.signature);
  if (signature.empty()) signature = kept_signature(call);
  if (signature.empty() && place == InStep::First && manners_.signatures) {
    signature = std::string(kNoSignature);
    draft.questions().coerced(pointer);
  }
  const json::Value arguments = function["arguments"];
  const std::string args = args_of(arguments, pointer + "/function/arguments", draft.questions());
  draft.turn(Role::Model);
  json::Writer& json = draft.json();
  json.object().key("functionCall").object();
  if (!open.own.empty()) json.member("id", open.own);
  json.key("name").escaped(open.name);
  json.member_raw("args", args).end_object();
  if (!signature.empty()) json.member("thoughtSignature", signature);
  json.end_object();
  draft.part_done();
  calls_.push_back(std::move(open));
}

// ---- results -----------------------------------------------------------------------------------

// One response for each call of the turn before, in the order of the calls. The results' images
// follow behind the last of them.
MaybeFailure Conversation::write_results(Iterator begin, Iterator end, Draft& draft) {
  Waiting by_id, by_name;
  for (Iterator m = calls_.empty() ? end : begin; m != end; ++m) {
    if (m->speaker == Speaker::Tool) by_id.add(m->tool_call_id.str(), *m);
    if (m->speaker == Speaker::Function) by_name.add(std::string(m->name.escaped()), *m);
  }
  std::vector<const Message*> with_media;
  for (const Call& call : calls_) {
    Message* found = by_id.take(call.asked);
    if (found == nullptr) found = by_name.take(call.name);
    draft.turn(Role::User);
    if (found == nullptr) {
      draft.questions().coerced(call.pointer);
      write_response(call, nullptr, draft);
      continue;
    }
    found->placed = true;
    write_response(call, found, draft);
    if (found->content.is_array()) with_media.push_back(found);
  }
  calls_.clear();
  for (const Message* result : with_media) {
    if (MaybeFailure failure = write_media(*result, draft)) return failure;
  }
  return std::nullopt;
}

void Conversation::write_response(const Call& call, const Message* result, Draft& draft) {
  json::Writer& json = draft.json();
  json.object().key("functionResponse").object();
  if (!call.own.empty()) json.member("id", call.own);
  json.key("name").escaped(call.name).key("response");
  if (result == nullptr) {
    json.object().member("error", kNoResult).end_object();
  } else {
    write_response_value(*result, draft);
  }
  json.end_object().end_object();
  draft.part_done();
}

// An object as it is; everything else as a member of one. References that a result happens to
// hold would be resolved, and refused, by the service: such a result goes as text.
void Conversation::write_response_value(const Message& result, Draft& draft) {
  json::Writer& json = draft.json();
  const std::string words = words_of(result.content);
  const bool failed = result.is_error.is_true();
  std::string plain;
  json::unescape(words, plain);
  const json::Value value(plain);
  const bool structured = (value.is_object() || value.is_array()) && !has_reference(plain) &&
                          draft.questions().is_json(plain);
  if (structured && value.is_object() && !failed) {
    json.raw(value.raw());
    return;
  }
  json.object().key(failed ? "error" : "output");
  if (structured) {
    json.raw(value.raw());
  } else {
    json.escaped(words);
  }
  json.end_object();
}

MaybeFailure Conversation::write_media(const Message& result, Draft& draft) {
  Place place{result.index, 0};
  for (const json::Value value : result.content.items()) {
    if (!value["type"].equals("text")) {
      Outcome<Part> read = read_part(value, place, manners_.web, draft.questions());
      if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
      write_part(std::get<Part>(read), draft);
    }
    ++place.part;
  }
  return std::nullopt;
}

// A result whose call does not stand in the turn before (a history cut short, an id misspelt).
MaybeFailure Conversation::write_orphan(const Message& message, Draft& draft) {
  draft.questions().coerced(Place{message.index}.pointer());
  std::string text = "Result of the tool call ";
  const json::Value& id = message.tool_call_id ? message.tool_call_id : message.name;
  text.append(id.escaped().substr(0, 64)).append(": ").append(words_of(message.content));
  draft.turn(Role::User);
  draft.text(text);
  return write_media(message, draft);
}

}  // namespace aip::gemini
