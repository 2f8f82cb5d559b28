#include "core/dialect/anthropic_messages.h"

#include "core/dialect/anthropic_parts.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;

class Messages {
 public:
  Messages(Writer& w, Canonical& canonical) : w_(w), canonical_(canonical) {}

  Status system(Value system) {
    if (system.is_null_or_none()) return {};
    if (system.is_string() && system.escaped().empty()) return {};
    if (!system.is_string() && !system.is_array()) {
      return bad_field("system", "Input should be a string or a list of text blocks.");
    }
    if (system.is_array() && system.size() == 0) return {};
    return plain("system", system, "system", {"/system", 0});
  }

  Status message(Value message, std::size_t index) {
    const std::string place = below("messages", index);
    if (!message.is_object()) return bad_field(place, "Input should be an object.");
    const Value role = message["role"], content = message["content"];
    if (!role.is_string()) return bad_field(below(place, "role"), "Field required");
    if (!content.is_string() && !content.is_array()) {
      return bad_field(below(place, "content"),
                       content ? "Input should be a string or a list." : "Field required");
    }
    const Canonical::Origin origin{pointer_of(place), 0};
    const std::string at = below(place, "content");
    if (role.equals("user"))
      return content.is_string() ? plain("user", content, at, origin) : user(content, at, origin);
    if (role.equals("assistant")) return assistant(content, at, origin);
    if (role.equals("system")) return plain("system", content, at, origin);
    return bad_field(below(place, "role"), "Input should be 'user' or 'assistant'.");
  }

 private:
  void begin(std::string_view role, Canonical::Origin origin) {
    canonical_.messages.push_back(std::move(origin));
    w_.object().member("role", role);
  }

  // A message that holds no tools' blocks.
  Status plain(std::string_view role, Value content, const std::string& place,
               Canonical::Origin origin) {
    Parts parts(canonical_.lacks);
    std::size_t i = 0;
    for (const Value block : content.items()) {
      if (Status ok = parts.add(block, below(place, i++)); !ok) return ok;
    }
    begin(role, std::move(origin));
    if (content.is_string()) {
      w_.member_raw("content", content.raw());
    } else {
      parts.write(w_, R"("")");
    }
    w_.end_object();
    return {};
  }

  Status user(Value content, const std::string& place, Canonical::Origin origin) {
    Parts parts(canonical_.lacks);
    std::size_t i = 0;
    for (const Value block : content.items()) {
      const std::string at = below(place, i++);
      const bool result = block["type"].equals("tool_result");
      if (Status ok = result ? tool_result(block, at) : parts.add(block, at); !ok) return ok;
      // Results stand first, so all parts behind them have moved by their number.
      if (result) ++origin.parts_before;
    }
    if (origin.parts_before != 0 && parts.empty()) return {};
    begin("user", std::move(origin));
    parts.write(w_, R"("")");
    w_.end_object();
    return {};
  }

  Status tool_result(Value block, const std::string& place) {
    const Value id = block["tool_use_id"], content = block["content"];
    if (!id.is_string()) return bad_field(below(place, "tool_use_id"), "Field required");
    if (!content.is_null_or_none() && !content.is_string() && !content.is_array()) {
      return bad_field(below(place, "content"), "Input should be a string or a list.");
    }
    Parts parts(canonical_.lacks);
    std::size_t i = 0;
    for (const Value part : content.items()) {
      if (Status ok = parts.add(part, below(below(place, "content"), i++)); !ok) return ok;
    }
    begin("tool", {pointer_of(place), 0});
    w_.member_raw("tool_call_id", id.raw());
    if (content.is_string()) {
      w_.member_raw("content", content.raw());
    } else {
      parts.write(w_, R"("")");
    }
    if (block["is_error"].is_true()) w_.key("is_error").boolean(true);
    write_mark(block["cache_control"], w_);
    w_.end_object();
    return {};
  }

  // ---- the assistant ----

  struct Said {
    std::string thinking_blocks, calls;  // JSON values with commas between
    std::string reasoning;               // escaped
  };

  Status assistant(Value content, const std::string& place, Canonical::Origin origin) {
    Parts parts(canonical_.lacks);
    Said said;
    std::size_t i = 0;
    for (const Value block : content.items()) {
      const std::string at = below(place, i++);
      const Value type = block["type"];
      if (type.equals("thinking") || type.equals("redacted_thinking")) {
        if (Status ok = thinking(block, at, said); !ok) return ok;
      } else if (type.equals("tool_use")) {
        if (Status ok = tool_use(block, at, said.calls); !ok) return ok;
      } else if (Status ok = parts.add(block, at); !ok) {
        return ok;
      }
    }
    begin("assistant", std::move(origin));
    if (content.is_string()) {
      w_.member_raw("content", content.raw());
    } else {
      parts.write(w_, said.calls.empty() ? R"("")" : "null");
    }
    if (!said.reasoning.empty()) w_.key("reasoning_content").escaped(said.reasoning);
    if (!said.thinking_blocks.empty()) {
      w_.member_raw("thinking_blocks", "[" + said.thinking_blocks + "]");
    }
    if (!said.calls.empty()) w_.member_raw("tool_calls", "[" + said.calls + "]");
    w_.end_object();
    return {};
  }

  // A signature is what a provider takes reasoning back by; without one it is only words.
  static Status thinking(Value block, const std::string& place, Said& said) {
    const bool redacted = block["type"].equals("redacted_thinking");
    const char* words = redacted ? "data" : "thinking";
    if (!block[words].is_string()) return bad_field(below(place, words), "Field required");
    if (!redacted && block["signature"].escaped().empty()) {
      if (!said.reasoning.empty()) said.reasoning.append("\\n");
      said.reasoning.append(block[words].escaped());
      return {};
    }
    if (!said.thinking_blocks.empty()) said.thinking_blocks.push_back(',');
    Writer w(said.thinking_blocks);
    w.object().member_raw("type", block["type"].raw()).member_raw(words, block[words].raw());
    if (!redacted) w.member_raw("signature", block["signature"].raw());
    w.end_object();
    return {};
  }

  static Status tool_use(Value block, const std::string& place, std::string& calls) {
    const Value input = block["input"];
    for (const char* name : {"id", "name"}) {
      if (!block[name].is_string()) return bad_field(below(place, name), "Field required");
    }
    if (!input.is_null_or_none() && !input.is_object()) {
      return bad_field(below(place, "input"), "Input should be an object.");
    }
    if (!calls.empty()) calls.push_back(',');
    Writer w(calls);
    w.object().member_raw("id", block["id"].raw()).member("type", "function");
    w.key("function").object().member_raw("name", block["name"].raw());
    w.member("arguments", input.is_object() ? input.raw() : "{}").end_object();
    write_mark(block["cache_control"], w);
    w.end_object();
    return {};
  }

  Writer& w_;
  Canonical& canonical_;
};

}  // namespace

Status write_anthropic_messages(Value system, Value messages, Writer& w, Canonical& canonical) {
  Messages out(w, canonical);
  w.array();
  if (Status ok = out.system(system); !ok) return ok;
  std::size_t i = 0;
  for (const Value message : messages.items()) {
    if (Status ok = out.message(message, i++); !ok) return ok;
  }
  w.end_array();
  return {};
}

}  // namespace aip::dialect
