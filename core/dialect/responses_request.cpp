#include "core/dialect/responses_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/dialect/body.h"
#include "core/dialect/escape.h"
#include "core/dialect/responses_input.h"
#include "core/dialect/responses_tools.h"

namespace aip::dialect {
namespace {

using json::Value;

constexpr std::string_view kLogprobs = "message.output_text.logprobs";

// A member and what the answer says of it where the request does not.
struct Echoed {
  std::string_view name, usual;
};
constexpr std::array<Echoed, 16> kEchoed{{
    {"instructions", "null"},
    {"max_output_tokens", "null"},
    {"max_tool_calls", "null"},
    {"metadata", "{}"},
    {"parallel_tool_calls", "true"},
    {"prompt_cache_key", "null"},
    {"reasoning", R"({"effort":null,"summary":null})"},
    {"safety_identifier", "null"},
    {"service_tier", R"("default")"},
    {"temperature", "null"},
    {"text", R"({"format":{"type":"text"}})"},
    {"tool_choice", R"("auto")"},
    {"tools", "[]"},
    {"top_logprobs", "0"},
    {"top_p", "null"},
    {"user", "null"},
}};

// The members of an answer's `response` that come from the request.
std::string echo_of(const ParsedChat& chat) {
  std::string out = R"("background":false,"previous_response_id":null,"store":false,)"
                    R"("truncation":"disabled")";
  for (const Echoed& echoed : kEchoed) {
    const auto same = [&echoed](const Member& m) { return m.name == echoed.name; };
    const auto given = std::find_if(chat.members.begin(), chat.members.end(), same);
    const bool is_given = given != chat.members.end() && !Value(given->value).is_null();
    out.append(",\"").append(echoed.name).append("\":");
    append_line(is_given ? given->value : echoed.usual, out);
  }
  return out;
}

// Writes canonical chat, one member of the request after another.
class Translation {
 public:
  explicit Translation(const ParsedChat& chat) : chat_(chat), input_(made_) {}

  [[nodiscard]] Result<Canonical> run();

 private:
  using Handler = Status (Translation::*)(Value);
  struct Known {
    std::string_view name;
    Handler handler;
  };
  static const std::array<Known, 18> kKnown;

  [[nodiscard]] Status member(const Member& m);
  Status ignore(Value) { return {}; }  // read elsewhere, or without a meaning here
  Status text(Value text);
  Status format(Value format);
  Status reasoning(Value reasoning);
  Status tools(Value tools);
  Status tool_choice(Value choice);
  Status include(Value list);
  Status limit(Value tokens);
  Status top_logprobs(Value count);
  Status background(Value flag);
  Status store(Value flag);
  Status truncation(Value how);
  Status max_tool_calls(Value count);
  Status stateful(Value value);

  void put(std::string_view name, std::string_view json) {
    rest_.append(",");
    append_string(name, rest_);
    rest_.append(":").append(json);
  }
  void coerced(std::string pointer) {
    made_.lacks.push_back({std::move(pointer), {}, Lack::Weight::Disclose});
  }
  // The rest of an object's members, which the canonical form has no place for.
  void coerce_others(std::string_view place, Value object,
                     std::initializer_list<std::string_view> known);

  const ParsedChat& chat_;
  Canonical made_;
  ResponsesInput input_;
  std::string rest_;
  std::string_view name_;  // of the member at hand
  bool logprobs_ = false;
};

const std::array<Translation::Known, 18> Translation::kKnown{{
    {"input", &Translation::ignore},
    {"instructions", &Translation::ignore},
    {"stream_options", &Translation::ignore},
    {"text", &Translation::text},
    {"reasoning", &Translation::reasoning},
    {"tools", &Translation::tools},
    {"tool_choice", &Translation::tool_choice},
    {"include", &Translation::include},
    {"max_output_tokens", &Translation::limit},
    {"top_logprobs", &Translation::top_logprobs},
    {"background", &Translation::background},
    {"store", &Translation::store},
    {"truncation", &Translation::truncation},
    {"max_tool_calls", &Translation::max_tool_calls},
    {"previous_response_id", &Translation::stateful},
    {"conversation", &Translation::stateful},
    {"prompt", &Translation::stateful},
    {"context_management", &Translation::stateful},
}};

Result<Canonical> Translation::run() {
  Value instructions, input;
  for (const Member& m : chat_.members) {
    if (m.name == "instructions") instructions = Value(m.value);
    if (m.name == "input") input = Value(m.value);
  }
  if (!instructions.is_null_or_none() && !instructions.is_string()) {
    return bad_member("instructions", "must be a string.");
  }
  // What cannot be done at all is told before what is wrong with the rest.
  for (const Member& m : chat_.members) {
    if (Status ok = member(m); !ok) return std::move(ok).error();
  }
  if (logprobs_) put("logprobs", "true");
  input_.add_instructions(instructions);
  if (Status ok = input_.add_input(input); !ok) return std::move(ok).error();
  made_.json = "{\"messages\":[" + input_.messages() + "]" + rest_ + "}";
  return std::move(made_);
}

Status Translation::member(const Member& m) {
  const Value value(m.value);
  if (value.is_null()) return {};
  name_ = m.name;
  for (const Known& known : kKnown) {
    if (known.name == m.name) return (this->*known.handler)(value);
  }
  put(m.name, m.value);  // the same in both, or nobody's that we know
  return {};
}

void Translation::coerce_others(std::string_view place, Value object,
                                std::initializer_list<std::string_view> known) {
  for (const Value::Member& m : object.members()) {
    const auto same = [&m](std::string_view name) { return m.named(name); };
    if (m.value().is_null() || std::any_of(known.begin(), known.end(), same)) continue;
    coerced(std::string(place) + "/" + m.key());
  }
}

Status Translation::text(Value text) {
  if (!text.is_object()) return bad_member("text", "must be an object.");
  if (const Value v = text["verbosity"]; !v.is_null_or_none()) put("verbosity", v.raw());
  coerce_others("/text", text, {"verbosity", "format"});
  return format(text["format"]);
}

Status Translation::format(Value format) {
  if (format.is_null_or_none() || format["type"].equals("text")) return {};
  if (format["type"].equals("json_object")) {
    put("response_format", R"({"type":"json_object"})");
    return {};
  }
  if (!format["type"].equals("json_schema")) {
    return bad_member("text.format.type", "must be one of text, json_object and json_schema.");
  }
  if (!format["schema"].is_object()) return bad_member("text.format.schema", "must be an object.");
  std::string inside;
  for (const Value::Member& m : format.members()) {
    if (m.named("type") || m.value().is_null()) continue;
    if (!inside.empty()) inside.push_back(',');
    inside.append(m.raw);
  }
  put("response_format", R"({"type":"json_schema","json_schema":{)" + inside + "}}");
  return {};
}

Status Translation::reasoning(Value reasoning) {
  if (!reasoning.is_object()) return bad_member("reasoning", "must be an object.");
  if (const Value e = reasoning["effort"]; !e.is_null_or_none()) put("reasoning_effort", e.raw());
  // A summary is what every visible reasoning is told as, whatever its length.
  coerce_others("/reasoning", reasoning, {"effort", "summary", "generate_summary"});
  return {};
}

Status Translation::tools(Value tools) {
  Result<std::string> list = translated_tools(tools, made_);
  if (!list) return std::move(list).error();
  if (*list != "[]") put("tools", *list);
  return {};
}

Status Translation::tool_choice(Value choice) {
  Result<std::string> made = translated_tool_choice(choice);
  if (!made) return std::move(made).error();
  put("tool_choice", *made);
  return {};
}

// Reasoning always comes with its encrypted content, and outputs of tools that no translated target
// runs are never there to be included.
Status Translation::include(Value list) {
  if (!list.is_array()) return bad_member("include", "must be an array.");
  for (const Value what : list.items()) {
    if (!what.is_string()) return bad_member("include", "must be an array of strings.");
    if (what.equals(kLogprobs)) logprobs_ = true;
  }
  return {};
}

Status Translation::limit(Value tokens) {
  if (!tokens.is_number()) return bad_member("max_output_tokens", "must be a number.");
  put("max_tokens", tokens.raw());
  return {};
}

Status Translation::top_logprobs(Value count) {
  if (!count.is_number()) return bad_member("top_logprobs", "must be a number.");
  if (count.number() <= 0) return {};
  logprobs_ = true;
  put("top_logprobs", count.raw());
  return {};
}

Status Translation::background(Value flag) {
  return flag.is_true() ? stateful(flag) : Status{};
}

// Absent it means true to OpenAI, so that most who get false here never asked.
Status Translation::store(Value flag) {
  if (flag.is_true()) coerced("/store");
  return {};
}

Status Translation::truncation(Value how) {
  if (!how.equals("disabled")) coerced("/truncation");
  return {};
}

Status Translation::max_tool_calls(Value) {  // of hosted tools
  coerced("/max_tool_calls");
  return {};
}

Status Translation::stateful(Value value) {
  if (value.is_array() && value.size() == 0) return {};
  Error error = bad_member(std::string(name_),
                           "needs a provider that keeps responses, which this model's does not; "
                           "send the whole conversation in `input` instead.");
  error.code = ErrorCode::CallerUnsupported;
  return error;
}

struct Renamed {
  std::string_view canonical, clients;
};
constexpr std::array<Renamed, 7> kRenamed{{
    {"/max_tokens", "/max_output_tokens"},
    {"/max_completion_tokens", "/max_output_tokens"},
    {"/response_format", "/text/format"},
    {"/reasoning_effort", "/reasoning/effort"},
    {"/thinking", "/reasoning"},
    {"/verbosity", "/text/verbosity"},
    {"/logprobs", "/include"},
}};

}  // namespace

Result<ParsedChat> parse_responses(Bytes body, std::size_t json_depth_max) {
  Result<ParsedChat> chat = read_body(body, json_depth_max);
  if (!chat) return chat;
  for (const Member& m : chat->members) {
    if (m.name != "stream") continue;
    Result<bool> stream = read_flag("stream", Value(m.value));
    if (!stream) return std::move(stream).error();
    chat->stream = *stream;
  }
  chat->include_usage = true;  // the last event always holds it
  chat->echo = echo_of(*chat);
  return chat;
}

Result<Canonical> responses_canonical(const ParsedChat& chat) {
  return Translation(chat).run();
}

std::string responses_pointer(const Canonical& canonical, std::string_view pointer) {
  constexpr std::string_view kMessages = "/messages/";
  if (pointer.starts_with(kMessages)) {
    std::size_t index = 0;
    for (const char c : pointer.substr(kMessages.size(), 9)) {
      if (c < '0' || c > '9') break;
      index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    const bool known = index < canonical.messages.size();
    return known ? canonical.messages[index].pointer : std::string("/input");
  }
  if (pointer == "/messages") return "/input";
  for (const Renamed& renamed : kRenamed) {
    if (pointer.starts_with(renamed.canonical) &&
        (pointer.size() == renamed.canonical.size() || pointer[renamed.canonical.size()] == '/')) {
      return std::string(renamed.clients);
    }
  }
  return std::string(pointer);
}

}  // namespace aip::dialect
