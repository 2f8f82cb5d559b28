#include "core/dialect/openai_request.h"

#include <algorithm>
#include <array>

#include "core/dialect/body.h"

namespace aip::dialect {
namespace {

using json::Value;

constexpr std::array<std::string_view, 6> kRoles{"system",    "developer", "user",
                                                 "assistant", "tool",      "function"};

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

Status check_content(const std::string& place, Value content) {
  if (content.is_null_or_none() || content.is_string()) return {};
  if (!content.is_array()) return bad_member(place, "must be a string or an array of parts.");
  std::size_t i = 0;
  for (const Value part : content.items()) {
    const std::string where = at(place, i++);
    if (!part.is_object()) return bad_member(where, "must be an object.");
    if (!part["type"].is_string()) return bad_member(where + ".type", "must be a string.");
  }
  return {};
}

Status check_tool_calls(const std::string& place, Value calls) {
  if (calls.is_null_or_none()) return {};
  if (!calls.is_array()) return bad_member(place, "must be an array.");
  std::size_t i = 0;
  for (const Value call : calls.items()) {
    const std::string where = at(place, i++);
    if (!call.is_object()) return bad_member(where, "must be an object.");
    const Value function = call["function"];
    if (!function.is_null_or_none() && !function["name"].is_string()) {
      return bad_member(where + ".function.name", "must be a string.");
    }
  }
  return {};
}

Status check_message(const std::string& place, Value message) {
  if (!message.is_object()) return bad_member(place, "must be an object.");
  const Value role = message["role"];
  if (!role.is_string()) return bad_member(place + ".role", "must be a string.");
  const std::string name = role.str();
  if (std::find(kRoles.begin(), kRoles.end(), name) == kRoles.end()) {
    return bad_member(place + ".role",
                      "must be one of system, developer, user, assistant, tool and function.");
  }
  if (Status ok = check_content(place + ".content", message["content"]); !ok) return ok;
  if (name == "tool" && !message["tool_call_id"].is_string()) {
    return bad_member(place + ".tool_call_id", "must be a string.");
  }
  if (name == "assistant") return check_tool_calls(place + ".tool_calls", message["tool_calls"]);
  return {};
}

Status check_messages(Value messages) {
  if (!messages.is_array() || messages.size() == 0) {
    return bad_member("messages", "must be an array that is not empty.");
  }
  std::size_t i = 0;
  for (const Value message : messages.items()) {
    if (Status ok = check_message(at("messages", i++), message); !ok) return ok;
  }
  return {};
}

Status read_stream_options(Value options, ParsedChat& chat) {
  if (options.is_null_or_none()) return {};
  if (!options.is_object()) return bad_member("stream_options", "must be an object.");
  Result<bool> usage = read_flag("stream_options.include_usage", options["include_usage"]);
  if (!usage) return std::move(usage).error();
  chat.include_usage = *usage;
  return {};
}

}  // namespace

Result<ParsedChat> parse_openai_chat(Bytes body, std::size_t json_depth_max) {
  Result<ParsedChat> chat = read_body(body, json_depth_max);
  if (!chat) return chat;
  Value messages;
  for (const Member& m : chat->members) {
    const Value value(m.value);
    if (m.name == "messages") messages = value;
    if (m.name == "stream") {
      Result<bool> stream = read_flag("stream", value);
      if (!stream) return std::move(stream).error();
      chat->stream = *stream;
    }
    if (m.name == "stream_options") {
      if (Status ok = read_stream_options(value, *chat); !ok) return std::move(ok).error();
    }
  }
  if (Status ok = check_messages(messages); !ok) return std::move(ok).error();
  return chat;
}

}  // namespace aip::dialect
