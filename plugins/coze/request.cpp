#include "request.h"

#include <array>
#include <string_view>
#include <utility>

#include "lacks.h"

namespace aip::coze {
namespace {

// Members of the block that v3 takes under the same name.
constexpr std::array<std::string_view, 7> kOwnMembers{
    "custom_variables", "parameters",     "extra_params",     "shortcut_command",
    "bot_version",      "publish_status", "auto_save_history"};

struct Turn {
  enum class Kind : std::uint8_t { Question, Answer, ToolCall, ToolOutput };
  Kind kind = Kind::Question;
  json::Value value;    // the content; of ToolCall, the call
  json::Value tool_id;  // of ToolOutput
  std::string pointer;  // of the message
};

bool is_clients(Turn::Kind kind) noexcept {
  return kind == Turn::Kind::Question || kind == Turn::Kind::ToolOutput;
}

bool has_content(json::Value content) {
  if (content.is_string()) return !content.escaped().empty();
  return content.size() != 0;
}

// The messages in order, as what Coze knows. `fresh`: where what the client added last begins.
struct Turns {
  std::vector<Turn> all;
  std::size_t fresh = 0;
};

void read_assistant(json::Value message, const std::string& pointer, Turns& turns) {
  if (has_content(message["content"])) {
    turns.all.push_back({Turn::Kind::Answer, message["content"], {}, pointer});
  }
  for (const json::Value call : message["tool_calls"].items()) {
    turns.all.push_back({Turn::Kind::ToolCall, call["function"], {}, pointer});
  }
}

Turns read_turns(const Chat& chat, Questions& questions) {
  Turns turns;
  std::size_t number = 0;
  for (const json::Value message : chat.messages.items()) {
    const std::string pointer = "/messages/" + std::to_string(number++);
    const json::Value role = message["role"];
    const json::Value content = message["content"];
    if (role.equals("assistant")) {
      read_assistant(message, pointer, turns);
    } else if (role.equals("tool") || role.equals("function")) {
      turns.all.push_back({Turn::Kind::ToolOutput, content, message["tool_call_id"], pointer});
    } else if (has_content(content)) {
      if (!role.equals("user")) questions.coerced(pointer + "/role");
      turns.all.push_back({Turn::Kind::Question, content, {}, pointer});
    }
  }
  return turns;
}

// The end must be something to answer.
MaybeFailure judge_tail(Turns& turns, Questions& questions) {
  std::vector<Turn>& all = turns.all;
  while (!all.empty() && all.back().kind == Turn::Kind::Answer) {
    if (!questions.may_drop(all.back().pointer)) {
      return unsupported(all.back().pointer, "Coze does not go on with an answer that has begun.");
    }
    all.pop_back();
  }
  turns.fresh = all.size();
  while (turns.fresh > 0 && is_clients(all[turns.fresh - 1].kind)) --turns.fresh;
  if (turns.fresh < all.size()) return std::nullopt;
  return invalid("/messages", "There is nothing to answer: the last message must be a user's.");
}

// {"name","arguments"} as text, the form of Coze's own function_call messages.
std::string tool_call_text(json::Value function) {
  std::string call;
  json::Writer writer(call);
  writer.object().key("name").escaped(function["name"].escaped());
  writer.key("arguments").escaped(function["arguments"].escaped()).end_object();
  return call;
}

// ---- v3: additional_messages -------------------------------------------------------------------

class V3Writer {
 public:
  V3Writer(const Chat& chat, const Identity& who, Questions& questions)
      : chat_(chat), who_(who), questions_(questions), json_(out_.body) {}

  Outcome<Translated> chat(const Turns& turns, Delivery wanted) {
    // Coze answers a chat that it does not keep in a stream only: there is nothing to ask later.
    const bool kept = !chat_.coze["auto_save_history"].is_false();
    out_.delivery = kept ? wanted : Delivery::Stream;
    json_.object().member("bot_id", who_.bot_id).member("user_id", who_.user);
    json_.key("stream").boolean(out_.delivery == Delivery::Stream);
    write_own_members();
    json_.key("additional_messages").array();
    const std::size_t from = who_.conversation_id.empty() ? 0 : turns.fresh;
    for (std::size_t i = from; i < turns.all.size(); ++i) {
      if (MaybeFailure failure = write_turn(turns.all[i])) return std::move(*failure);
    }
    json_.end_array().end_object();
    return std::move(out_);
  }

  Outcome<Translated> tool_outputs(const Turns& turns, Delivery wanted) {
    out_.kind = Translated::Kind::ToolOutputs;
    out_.delivery = wanted;
    json_.object().key("stream").boolean(wanted == Delivery::Stream);
    json_.key("tool_outputs").array();
    for (std::size_t i = turns.fresh; i < turns.all.size(); ++i) {
      const Turn& turn = turns.all[i];
      if (turn.kind != Turn::Kind::ToolOutput) {
        if (questions_.may_drop(turn.pointer)) continue;
        return unsupported(turn.pointer, "Coze takes nothing beside the outputs of its tools.");
      }
      if (MaybeFailure failure = judge_text_only(turn.value, turn.pointer, questions_)) {
        return std::move(*failure);
      }
      const std::string id = turn.tool_id.str();
      const std::optional<ToolRef> ref = parse_tool_id(id);
      json_.object().member("tool_call_id", ref ? ref->id : id);
      json_.key("output").escaped(text_of(turn.value)).end_object();
    }
    json_.end_array().end_object();
    return std::move(out_);
  }

 private:
  void write_own_members() {
    for (const std::string_view name : kOwnMembers) {
      const json::Value value = chat_.coze[name];
      if (value && !value.is_null()) json_.member_raw(name, value.raw());
    }
    const json::Value own = chat_.coze["meta_data"];
    const json::Value meta = own.is_object() ? own : chat_.metadata;
    if (meta.size() != 0) json_.member_raw("meta_data", meta.raw());
  }

  MaybeFailure write_turn(const Turn& turn) {
    const bool asks = turn.kind == Turn::Kind::Question;
    json_.object().member("role", asks ? "user" : "assistant");
    switch (turn.kind) {
      case Turn::Kind::Question:
        json_.member("type", "question");
        break;
      case Turn::Kind::Answer:
        json_.member("type", "answer");
        break;
      case Turn::Kind::ToolCall:
        json_.member("type", "function_call");
        json_.member("content", tool_call_text(turn.value));
        json_.member("content_type", "text").end_object();
        return std::nullopt;
      case Turn::Kind::ToolOutput:
        json_.member("type", "tool_response");
        break;
    }
    MaybeFailure failure =
        write_content(turn.value, turn.pointer, asks ? Media::Allowed : Media::TextOnly, questions_,
                      json_, out_.body, out_.uploads);
    json_.end_object();
    return failure;
  }

  const Chat& chat_;
  const Identity& who_;
  Questions& questions_;
  Translated out_;
  json::Writer json_;
};

// ---- v2: query and chat_history ----------------------------------------------------------------

void write_history(const Turns& turns, json::Writer& json) {
  json.key("chat_history").array();
  for (std::size_t i = 0; i < turns.fresh; ++i) {
    const Turn& turn = turns.all[i];
    const bool asks = turn.kind == Turn::Kind::Question;
    json.object().member("role", asks ? "user" : "assistant");
    if (turn.kind == Turn::Kind::Answer) json.member("type", "answer");
    if (turn.kind == Turn::Kind::ToolOutput) json.member("type", "tool_response");
    if (turn.kind == Turn::Kind::ToolCall) {
      json.member("type", "function_call").member("content", tool_call_text(turn.value));
    } else {
      json.key("content").escaped(text_of(turn.value));
    }
    json.member("content_type", "text").end_object();
  }
  json.end_array();
}

Outcome<Translated> v2_chat(const Chat& chat, const Identity& who, const Turns& turns,
                            Delivery wanted, Questions& questions) {
  std::string query;
  for (std::size_t i = 0; i < turns.all.size(); ++i) {
    const Turn& turn = turns.all[i];
    if (turn.kind == Turn::Kind::ToolCall) continue;
    if (MaybeFailure failure = judge_text_only(turn.value, turn.pointer, questions)) {
      return std::move(*failure);
    }
    if (i < turns.fresh) continue;
    if (!query.empty()) query.append("\\n\\n");
    query.append(text_of(turn.value));
  }
  Translated out;
  out.delivery = wanted;
  json::Writer json(out.body);
  json.object().member("bot_id", who.bot_id).member("user", who.user);
  if (!who.conversation_id.empty()) json.member("conversation_id", who.conversation_id);
  json.key("query").escaped(query).key("stream").boolean(wanted == Delivery::Stream);
  if (who.conversation_id.empty() && turns.fresh != 0) write_history(turns, json);
  const json::Value variables = chat.coze["custom_variables"];
  if (variables.is_object()) json.member_raw("custom_variables", variables.raw());
  json.end_object();
  return out;
}

}  // namespace

Outcome<Translated> translate(const Chat& chat, const Identity& who, Delivery wanted,
                              Questions& questions) {
  if (MaybeFailure failure = judge_lacks(chat, questions)) return std::move(*failure);
  Turns turns = read_turns(chat, questions);
  if (MaybeFailure failure = judge_tail(turns, questions)) return std::move(*failure);
  const Turn& last = turns.all.back();
  const bool ends_with_tool = last.kind == Turn::Kind::ToolOutput;
  if (who.version == Version::V2) {
    if (ends_with_tool) {
      return unsupported(last.pointer, "Version 2 of Coze's API takes no outputs of tools.");
    }
    return v2_chat(chat, who, turns, wanted, questions);
  }
  if (!ends_with_tool) return V3Writer(chat, who, questions).chat(turns, wanted);
  if (who.conversation_id.empty() || who.chat_id.empty()) {
    return invalid(last.pointer + "/tool_call_id",
                   "Coze waits for no such output: give back the id of its own tool call.");
  }
  return V3Writer(chat, who, questions).tool_outputs(turns, wanted);
}

}  // namespace aip::coze
