#include "request.h"

namespace aip::openai {
namespace {

using json::Value;

constexpr std::string_view kMaxTokens = "max_tokens";
// How the gateway begins reasoning that another provider signed (docs/canonical-chat.md).
constexpr std::string_view kSealPrefix = "aiproxy.thinking.";
constexpr std::string_view kMaxCompletionTokens = "max_completion_tokens";

// A top-level member of the request; None if there is none.
Value member_of(const aip_request& request, std::string_view name) {
  if (request.member_count == 0) return Value(sdk::text(request.body))[name];
  for (std::size_t i = 0; i < request.member_count; ++i) {
    if (sdk::text(request.members[i].name) == name) {
      return Value(sdk::text(request.members[i].value));
    }
  }
  return {};
}

void set_model(const aip_request& request, sdk::Splice& body) {
  const std::string_view model = sdk::text(request.model);
  if (!model.empty() && !member_of(request, "model").equals(model)) {
    body.set_string("model", model);
  }
}

// `provider` is the gateway's own only as a string: OpenRouter has an object of that name.
void drop_own(const aip_request& request, sdk::Splice& body) {
  for (const std::string_view own : {"openai", "gemini", "bing", "coze", "claude"}) body.drop(own);
  if (member_of(request, "provider").is_string()) body.drop("provider");
}

void rename_limit(const aip_request& request, std::string_view name, sdk::Splice& body) {
  if (name.empty()) return;
  const std::string_view other = name == kMaxTokens ? kMaxCompletionTokens : kMaxTokens;
  const Value value = member_of(request, other);
  if (!value) return;
  if (!body.has(name)) body.set(name, value.raw());
  body.drop(other);
}

void drop_listed(const Quirks& quirks, Questions& questions, sdk::Splice& body) {
  for (const std::string& name : quirks.drop) {
    if (!body.has(name)) continue;
    body.drop(name);
    questions.coerced("/" + name);
  }
}

// Writes include_usage into the client's own stream_options, or new ones.
void ask_for_usage(Value options, sdk::Splice& body) {
  std::string out = "{\"include_usage\":true";
  for (const Value::Member& m : options.members()) {
    if (!m.named("include_usage")) out.append(",").append(m.raw);
  }
  body.set("stream_options", out + "}");
}

bool is_stream(const aip_request& request) noexcept {
  return (request.flags & AIP_REQ_STREAM) != 0;
}

std::string_view effort_of(std::int64_t budget) noexcept {
  if (budget < 2048) return "low";
  return budget < 8192 ? "medium" : "high";
}

std::optional<sdk::Failure> translate_thinking(const aip_request& request, const Quirks& quirks,
                                               Questions& questions, sdk::Splice& body) {
  const Value thinking = member_of(request, "thinking");
  if (!thinking) return std::nullopt;
  body.drop("thinking");
  if (thinking.is_null() || thinking["type"].equals("disabled")) return std::nullopt;
  if (quirks.reasoning_effort) {
    questions.coerced("/thinking");
    const std::optional<std::int64_t> budget = thinking["budget_tokens"].integer();
    if (budget && !body.has("reasoning_effort")) {
      body.set_string("reasoning_effort", effort_of(*budget));
    }
    return std::nullopt;
  }
  if (questions.may_drop("/thinking")) return std::nullopt;
  return lacks("/thinking", "thinking");
}

std::optional<sdk::Failure> translate_members(const aip_request& request, const Quirks& quirks,
                                              Questions& questions, sdk::Splice& body) {
  Outcome<std::string> messages =
      translated_messages(member_of(request, "messages"), quirks, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&messages)) return std::move(*failure);
  body.set("messages", std::get<std::string>(messages));
  if (const Value tools = member_of(request, "tools"); tools.is_array()) {
    Outcome<std::string> made = translated_tools(tools, quirks, questions);
    if (auto* failure = std::get_if<sdk::Failure>(&made)) return std::move(*failure);
    if (const std::string& list = std::get<std::string>(made); !list.empty()) {
      body.set("tools", list);
    } else {
      body.drop("tools").drop("tool_choice").drop("parallel_tool_calls");
    }
  }
  if (body.has("top_k")) {
    body.drop("top_k");
    if (!questions.may_drop("/top_k")) return lacks("/top_k", "top_k");
  }
  return translate_thinking(request, quirks, questions, body);
}

}  // namespace

Outgoing plain_body(const aip_request& request, const Quirks& quirks, Questions& questions) {
  Outgoing out(request);
  set_model(request, out.body);
  drop_own(request, out.body);
  drop_listed(quirks, questions, out.body);
  return out;
}

Outgoing responses_body(const aip_request& request, const Quirks& quirks, Questions& questions) {
  Outgoing out = plain_body(request, quirks, questions);
  // Nearly every body has none, and one search over its bytes tells.
  if (sdk::text(request.body).find(kSealPrefix) == std::string_view::npos) return out;
  const Value input = member_of(request, "input");
  std::string kept = "[";
  std::size_t i = 0;
  for (const Value item : input.items()) {
    const std::size_t index = i++;
    const std::string_view sealed = item["encrypted_content"].escaped();
    if (item["type"].equals("reasoning") && sealed.substr(0, kSealPrefix.size()) == kSealPrefix) {
      questions.coerced("/input/" + std::to_string(index));
      continue;
    }
    if (kept.size() > 1) kept.push_back(',');
    kept.append(item.raw());
  }
  if (input.is_array()) out.body.set("input", kept + "]");
  return out;
}

Outgoing native_body(const aip_request& request, const Quirks& quirks, Questions& questions) {
  Outgoing out = plain_body(request, quirks, questions);
  rename_limit(request, quirks.max_tokens, out.body);
  if (!quirks.system_role.empty()) {
    const Value messages = member_of(request, "messages");
    out.body.set("messages", with_system_role(messages, quirks.system_role));
  }
  const Value options = member_of(request, "stream_options");
  if (quirks.no_stream_options) {
    if (options["include_usage"].is_true()) questions.coerced("/stream_options");
    out.body.drop("stream_options");
  } else if (is_stream(request) && (request.flags & AIP_REQ_NEED_USAGE) != 0 &&
             !options["include_usage"].is_true()) {
    ask_for_usage(options, out.body);
    out.hides_usage = true;
  }
  return out;
}

Outcome<Outgoing> translated_body(const aip_request& request, const Quirks& quirks,
                                  Questions& questions) {
  Outgoing out = plain_body(request, quirks, questions);
  if (auto failure = translate_members(request, quirks, questions, out.body)) {
    return std::move(*failure);
  }
  rename_limit(request, quirks.max_tokens, out.body);
  if (is_stream(request)) {
    out.body.set("stream", "true");
    if (quirks.no_stream_options) {
      out.body.drop("stream_options");
    } else {
      ask_for_usage(member_of(request, "stream_options"), out.body);
    }
  } else {
    out.body.drop("stream").drop("stream_options");
  }
  return out;
}

}  // namespace aip::openai
