#include "core/dialect/anthropic_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/sha256.h"
#include "core/dialect/anthropic_messages.h"
#include "core/dialect/anthropic_parts.h"
#include "core/dialect/anthropic_tools.h"
#include "core/dialect/body.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;
using Weight = Lack::Weight;

constexpr std::size_t kUserBytesMax = 64;  // what OpenAI's API takes as `user`

// Members that are written anew below; all others go on as they are.
constexpr std::array<std::string_view, 11> kWrittenAnew{
    "model",    "messages",       "system",       "stream",        "tools",        "tool_choice",
    "metadata", "stop_sequences", "service_tier", "output_config", "output_format"};

struct OnlyHere {
  std::string_view name;
  Weight weight;
};
// What only Anthropic's own service can do, or is told by.
constexpr std::array<OnlyHere, 7> kOnlyHere{{
    {"mcp_servers", Weight::Refuse},
    {"container", Weight::Refuse},
    {"inference_geo", Weight::Refuse},
    {"context_management", Weight::Disclose},
    {"cache_control", Weight::Disclose},
    {"speed", Weight::Disclose},
    {"betas", Weight::Disclose},
}};

Value member_of(const ParsedChat& chat, std::string_view name) {
  for (const Member& m : chat.members) {
    if (m.name == name) return Value(m.value);
  }
  return {};
}

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status write_stops(Value stops, Writer& w) {
  if (stops.is_null_or_none()) return {};
  if (!stops.is_array()) return bad_field("stop_sequences", "Input should be a list.");
  std::size_t i = 0;
  for (const Value stop : stops.items()) {
    if (!stop.is_string()) {
      return bad_field(below("stop_sequences", i), "Input should be a string.");
    }
    ++i;
  }
  if (i != 0) w.member_raw("stop", stops.raw());
  return {};
}

// Who the end user is. What is too long for others stands as its hash, the same at every turn.
void write_metadata(Value metadata, Writer& w) {
  const Value id = metadata["user_id"];
  if (id.is_string() && !id.escaped().empty()) {
    const std::string user = id.str();
    w.member("user", user.size() <= kUserBytesMax ? user : sha256_hex(user));
  }
  std::string others;
  for (const Value::Member& m : metadata.members()) {
    if (m.named("user_id")) continue;
    others.append(others.empty() ? "{" : ",").append(m.raw);
  }
  if (!others.empty()) w.member_raw("metadata", others + "}");
}

void write_service_tier(Value tier, Writer& w) {
  if (tier.is_null_or_none()) return;
  if (tier.equals("standard_only")) {
    w.member("service_tier", "default");
  } else {
    w.member_raw("service_tier", tier.raw());
  }
}

Status write_format(Value format, const std::string& place, Writer& w) {
  if (format.is_null_or_none()) return {};
  if (!format["type"].equals("json_schema") || !format["schema"].is_object()) {
    return bad_field(place, "Input should be a json_schema with its schema.");
  }
  w.key("response_format").object().member("type", "json_schema").key("json_schema").object();
  w.member("name", "answer").member_raw("schema", format["schema"].raw());
  w.key("strict").boolean(true).end_object().end_object();
  return {};
}

Status write_output_config(Value config, Value older_format, Writer& w, std::vector<Lack>& lacks) {
  if (config["effort"].is_string()) w.member_raw("reasoning_effort", config["effort"].raw());
  const Value format = config["format"];
  const bool older = format.is_null_or_none();
  if (Status ok = write_format(older ? older_format : format,
                               older ? "output_format" : "output_config.format", w);
      !ok) {
    return ok;
  }
  for (const Value::Member& m : config.members()) {
    if (m.named("effort") || m.named("format") || m.value().is_null()) continue;
    lacks.push_back({"/output_config/" + m.key(), m.key(), Weight::Disclose});
  }
  return {};
}

// What nobody here reads: our own members and what is newer than this file go on as they are.
void write_others(const ParsedChat& chat, Writer& w, std::vector<Lack>& lacks) {
  for (const Member& m : chat.members) {
    if (holds(kWrittenAnew, m.name) || Value(m.value).is_null()) continue;
    const auto own = std::find_if(kOnlyHere.begin(), kOnlyHere.end(),
                                  [&m](const OnlyHere& row) { return row.name == m.name; });
    if (own == kOnlyHere.end()) {
      w.member_raw(m.name, m.value);
    } else if (Value(m.value).type() < json::Type::Array || Value(m.value).size() != 0) {
      lacks.push_back({"/" + m.name, m.name, own->weight});
    }
  }
}

Status check_numbers(const ParsedChat& chat) {
  const Value limit = member_of(chat, "max_tokens");
  if (!limit.is_null_or_none() && limit.integer().value_or(0) < 1) {
    return bad_field("max_tokens", "Input should be a whole number of at least 1.");
  }
  for (const char* name : {"temperature", "top_p", "top_k"}) {
    const Value value = member_of(chat, name);
    if (!value.is_null_or_none() && !value.is_number()) {
      return bad_field(name, "Input should be a number.");
    }
  }
  const Value thinking = member_of(chat, "thinking");
  if (!thinking.is_null_or_none() && !thinking["type"].is_string()) {
    return bad_field("thinking.type", "Field required");
  }
  return {};
}

struct OwnName {
  std::string_view canonical, own;
};
constexpr std::array<OwnName, 5> kOwnNames{{
    {"/stop", "/stop_sequences"},
    {"/user", "/metadata/user_id"},
    {"/reasoning_effort", "/output_config/effort"},
    {"/response_format", "/output_config/format"},
    {"/parallel_tool_calls", "/tool_choice/disable_parallel_tool_use"},
}};

// The number at the head of `text`, which is cut off.
std::optional<std::size_t> take_number(std::string_view& text) noexcept {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

Result<ParsedChat> parse_anthropic(Bytes body, std::size_t json_depth_max) {
  Result<ParsedChat> chat = read_body(body, json_depth_max);
  if (!chat) return chat;
  const Value stream = member_of(*chat, "stream");
  if (!stream.is_null_or_none() && !stream.is_bool()) {
    return bad_field("stream", "Input should be true or false.");
  }
  chat->stream = stream.is_true();
  const Value messages = member_of(*chat, "messages");
  if (messages.is_null_or_none()) return bad_field("messages", "Field required");
  if (!messages.is_array()) return bad_field("messages", "Input should be a list.");
  if (messages.size() == 0) return bad_field("messages", "At least one message is required.");
  return chat;
}

Result<Canonical> anthropic_to_canonical(const ParsedChat& chat) {
  if (Status ok = check_numbers(chat); !ok) return std::move(ok).error();
  Canonical out;
  const Value messages = member_of(chat, "messages");
  out.json.reserve(messages.raw().size() + messages.raw().size() / 8 + 1024);
  Writer w(out.json);
  w.object();
  if (!chat.model.empty()) w.member("model", chat.model);
  if (chat.stream) w.key("stream").boolean(true);
  w.key("messages");
  if (Status ok = write_anthropic_messages(member_of(chat, "system"), messages, w, out); !ok) {
    return std::move(ok).error();
  }
  if (Status ok = write_anthropic_tools(member_of(chat, "tools"), w, out.lacks); !ok) {
    return std::move(ok).error();
  }
  if (Status ok = write_anthropic_tool_choice(member_of(chat, "tool_choice"), w); !ok) {
    return std::move(ok).error();
  }
  if (Status ok = write_stops(member_of(chat, "stop_sequences"), w); !ok) {
    return std::move(ok).error();
  }
  if (Status ok = write_output_config(member_of(chat, "output_config"),
                                      member_of(chat, "output_format"), w, out.lacks);
      !ok) {
    return std::move(ok).error();
  }
  write_metadata(member_of(chat, "metadata"), w);
  write_service_tier(member_of(chat, "service_tier"), w);
  write_others(chat, w, out.lacks);
  w.end_object();
  return out;
}

std::string anthropic_pointer(const Canonical& canonical, std::string_view pointer) {
  for (const OwnName& row : kOwnNames) {
    if (pointer == row.canonical) return std::string(row.own);
  }
  constexpr std::string_view kMessages = "/messages/";
  if (!pointer.starts_with(kMessages)) return std::string(pointer);
  std::string_view rest = pointer.substr(kMessages.size());
  const std::optional<std::size_t> index = take_number(rest);
  if (!index || *index >= canonical.messages.size()) return std::string(pointer);
  const Canonical::Origin& origin = canonical.messages[*index];
  constexpr std::string_view kContent = "/content/";
  std::string_view part = rest;
  if (part.starts_with(kContent)) {
    part.remove_prefix(kContent.size());
    if (const std::optional<std::size_t> number = take_number(part)) {
      const bool system = origin.pointer == "/system";
      return origin.pointer + (system ? "/" : kContent.data()) +
             std::to_string(*number + origin.parts_before) + std::string(part);
    }
  }
  // What canonical chat has beside the content stands in Anthropic's content.
  return rest.empty() ? origin.pointer : origin.pointer + std::string(rest);
}

}  // namespace aip::dialect
