#include "messages.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace aip::openai {
namespace {

using json::Value;
using json::Writer;

bool is_instruction(Value role) {
  return role.equals("system") || role.equals("developer");
}

// Services have parts of their own beside OpenAI's; those that they surely lack are the items and
// blocks of tools that another one runs itself.
bool is_known_part(Value type) {
  const std::string_view name = type.escaped();
  const auto ends = [name](std::string_view end) {
    return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
  };
  static constexpr std::array<std::string_view, 9> kForeign{"_call",
                                                            "_call_output",
                                                            "_tool_use",
                                                            "_tool_result",
                                                            "mcp_list_tools",
                                                            "mcp_approval_request",
                                                            "mcp_approval_response",
                                                            "compaction",
                                                            "search_result"};
  return std::none_of(kForeign.begin(), kForeign.end(), ends);
}

// Copies an object without the members of those names.
void copy_without(Value object, const std::vector<std::string_view>& names, std::string& out) {
  out.push_back('{');
  bool first = true;
  for (const Value::Member& m : object.members()) {
    if (std::any_of(names.begin(), names.end(), [&m](auto name) { return m.named(name); })) {
      continue;
    }
    if (!first) out.push_back(',');
    first = false;
    out.append(m.raw);
  }
  out.push_back('}');
}

class Rewriter {
 public:
  Rewriter(const Quirks& quirks, Questions& questions) : quirks_(quirks), questions_(questions) {
    if (!quirks.cache_control) marks_.push_back("cache_control");
  }

  std::optional<sdk::Failure> message(Value message, const std::string& pointer, std::string& out) {
    if (message["is_error"].is_true()) questions_.coerced(pointer + "/is_error");
    is_tool_ = message["role"].equals("tool");
    if (!is_tool_) write_shown(out);
    if (out.back() != '[') out.push_back(',');
    out.push_back('{');
    bool first = true;
    for (const Value::Member& m : message.members()) {
      if (is_left_out(m)) continue;
      if (!first) out.push_back(',');
      first = false;
      if (auto failure = member(m, pointer, out)) return failure;
    }
    out.push_back('}');
    return std::nullopt;
  }

  // OpenAI's tools answer in words. What else they gave is shown by the user, once all the results
  // of that turn stand.
  void write_shown(std::string& out) {
    if (shown_.empty()) return;
    if (out.back() != '[') out.push_back(',');
    out.append(R"({"role":"user","content":[{"type":"text","text":"What the tools gave:"},)");
    out.append(shown_).append("]}");
    shown_.clear();
  }

 private:
  [[nodiscard]] bool is_left_out(const Value::Member& m) const {
    if (m.named("thinking_blocks") || m.named("provider_state") || m.named("is_error")) return true;
    if (m.named("reasoning_content")) return !quirks_.reasoning_content;
    return m.named("cache_control") && !quirks_.cache_control;
  }

  std::optional<sdk::Failure> member(const Value::Member& m, const std::string& pointer,
                                     std::string& out) {
    const Value value = m.value();
    if (m.named("role") && !quirks_.system_role.empty() && is_instruction(value)) {
      out.append("\"role\":\"").append(quirks_.system_role).append("\"");
    } else if (m.named("content") && value.is_array()) {
      out.append("\"content\":[");
      if (auto failure = parts(value, pointer + "/content", out)) return failure;
      out.push_back(']');
    } else if (m.named("tool_calls") && value.is_array()) {
      out.append("\"tool_calls\":[");
      calls(value, out);
      out.push_back(']');
    } else {
      out.append(m.raw);
    }
    return std::nullopt;
  }

  void calls(Value list, std::string& out) const {
    std::vector<std::string_view> names = marks_;
    names.push_back("provider_state");
    bool first = true;
    for (const Value call : list.items()) {
      if (!first) out.push_back(',');
      first = false;
      copy_without(call, names, out);
    }
  }

  std::optional<sdk::Failure> parts(Value list, const std::string& pointer, std::string& out) {
    std::size_t i = 0;
    for (const Value part : list.items()) {
      const std::string place = pointer + "/" + std::to_string(i++);
      std::string made;
      if (part["type"].equals("document")) {
        if (auto failure = document(part, place, made)) return failure;
      } else if (is_known_part(part["type"])) {
        copy_without(part, marks_, made);
      } else if (!questions_.may_drop(place)) {
        return lacks(place, "content part of the type \"" + part["type"].str() + "\"");
      }
      if (made.empty()) continue;
      if (is_tool_ && !Value(made)["type"].equals("text")) {
        questions_.coerced(place);
        if (!shown_.empty()) shown_.push_back(',');
        shown_.append(made);
        continue;
      }
      if (out.back() != '[') out.push_back(',');
      out.append(made);
    }
    if (is_tool_ && out.back() == '[' && i != 0) {
      out.append(R"({"type":"text","text":"Shown below."})");
    }
    return std::nullopt;
  }

  // A PDF as OpenAI's file, a text as a text. An address or another provider's file it cannot read.
  std::optional<sdk::Failure> document(Value part, const std::string& pointer, std::string& out) {
    const Value source = part["source"];
    Writer w(out);
    if (source["type"].equals("text")) {
      w.object().member("type", "text").key("text").escaped(source["data"].escaped()).end_object();
      return std::nullopt;
    }
    if (source["type"].equals("base64")) {
      const std::string title = part["title"].str();
      std::string url = "data:" + std::string(source["media_type"].escaped()) + ";base64,";
      url.append(source["data"].escaped());
      w.object().member("type", "file").key("file").object();
      w.member("filename", title.empty() ? std::string_view("document.pdf") : title);
      w.key("file_data").escaped(url).end_object().end_object();
      return std::nullopt;
    }
    if (questions_.may_drop(pointer)) return std::nullopt;
    return lacks(pointer, "a document that is not in the request itself");
  }

  const Quirks& quirks_;
  Questions& questions_;
  std::vector<std::string_view> marks_;
  bool is_tool_ = false;  // the message at hand
  std::string shown_;     // parts of tools' messages that wait for a user's
};

}  // namespace

sdk::Failure lacks(const std::string& pointer, std::string_view what) {
  return sdk::unsupported(pointer, "This provider has no " + std::string(what) + ".");
}

Outcome<std::string> translated_messages(Value messages, const Quirks& quirks,
                                         Questions& questions) {
  Rewriter rewriter(quirks, questions);
  std::string out = "[";
  std::size_t i = 0;
  for (const Value message : messages.items()) {
    if (auto failure = rewriter.message(message, "/messages/" + std::to_string(i++), out)) {
      return std::move(*failure);
    }
  }
  rewriter.write_shown(out);
  out.push_back(']');
  return out;
}

std::string with_system_role(Value messages, std::string_view role) {
  std::string out;
  const char* kept = messages.raw().data();
  for (const Value message : messages.items()) {
    const Value old = message["role"];
    if (!is_instruction(old) || old.equals(role)) continue;
    out.append(kept, old.raw().data());
    out.append(1, '"').append(role).append(1, '"');
    kept = old.raw().data() + old.raw().size();
  }
  out.append(kept, messages.raw().data() + messages.raw().size());
  return out;
}

Outcome<std::string> translated_tools(Value tools, const Quirks& quirks, Questions& questions) {
  std::vector<std::string_view> names{"provider_state"};
  if (!quirks.cache_control) names.push_back("cache_control");
  std::string out;
  std::size_t i = 0;
  for (const Value tool : tools.items()) {
    const std::string pointer = "/tools/" + std::to_string(i++);
    const Value type = tool["type"];
    if (!type.is_null_or_none() && !type.equals("function") && !type.equals("custom")) {
      if (questions.may_drop(pointer)) continue;
      return lacks(pointer, "tool of the type \"" + type.str() + "\"");
    }
    out.push_back(out.empty() ? '[' : ',');
    copy_without(tool, names, out);
  }
  if (!out.empty()) out.push_back(']');
  return out;
}

}  // namespace aip::openai
