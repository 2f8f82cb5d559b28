#include "core/dialect/gemini_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/ascii.h"
#include "core/dialect/body.h"
#include "core/dialect/escape.h"
#include "core/dialect/gemini_contents.h"
#include "core/dialect/gemini_names.h"
#include "core/dialect/gemini_schema.h"
#include "core/dialect/gemini_tools.h"

namespace aip::dialect {
namespace {

using json::Value;

// Members of generationConfig that are one member of canonical chat, value and all.
struct Same {
  std::string_view google, canonical, pointer;
};
constexpr std::array<Same, 11> kSame{{
    {"temperature", "temperature", "/generationConfig/temperature"},
    {"topP", "top_p", "/generationConfig/topP"},
    {"topK", "top_k", "/generationConfig/topK"},
    {"candidateCount", "n", "/generationConfig/candidateCount"},
    {"maxOutputTokens", "max_tokens", "/generationConfig/maxOutputTokens"},
    {"stopSequences", "stop", "/generationConfig/stopSequences"},
    {"seed", "seed", "/generationConfig/seed"},
    {"presencePenalty", "presence_penalty", "/generationConfig/presencePenalty"},
    {"frequencyPenalty", "frequency_penalty", "/generationConfig/frequencyPenalty"},
    {"responseLogprobs", "logprobs", "/generationConfig/responseLogprobs"},
    {"logprobs", "top_logprobs", "/generationConfig/logprobs"},
}};
struct Renamed {
  std::string_view canonical, google;
};
constexpr std::array<Renamed, 8> kRenamed{{
    {"/messages", "/contents"},
    {"/max_completion_tokens", "/generationConfig/maxOutputTokens"},
    {"/response_format", "/generationConfig/responseSchema"},
    {"/thinking", "/generationConfig/thinkingConfig"},
    {"/reasoning_effort", "/generationConfig/thinkingConfig"},
    {"/tool_choice", "/toolConfig"},
    {"/web_search_options", "/tools"},
    {"/modalities", "/generationConfig/responseModalities"},
}};
constexpr std::array<std::string_view, 8> kRead{"contents", "systemInstruction", "generationConfig",
                                                "tools",    "toolConfig",        "safetySettings",
                                                "model",    "serviceTier"};

bool has_alt_sse(std::string_view query) noexcept {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (query.substr(0, end) == "alt=sse") return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

class Config {
 public:
  Config(std::vector<Lack>& lacks, std::string& out) : lacks_(lacks), out_(out) {}

  Status read(Value config) {
    if (config.is_null_or_none()) return {};
    if (!config.is_object()) return bad_member("generationConfig", "must be an object.");
    for (const Value::Member& m : config.members()) {
      if (!m.value().is_null()) member(camel_of(m.key()), m.value());
    }
    write_format();
    return {};
  }

 private:
  void lack(const std::string& name, std::string what, Lack::Weight weight) {
    lacks_.push_back({"/generationConfig/" + name, std::move(what), weight});
  }

  void member(const std::string& name, Value value) {
    for (const Same& same : kSame) {
      if (name != same.google) continue;
      if (value.is_array() && value.size() == 0) return;
      out_.append(",\"").append(same.canonical).append("\":").append(value.raw());
      return;
    }
    if (name == "responseMimeType") {
      mime_ = lower(value.str());
    } else if (name == "responseSchema") {
      schema_ = value;
    } else if (name == "responseJsonSchema") {
      json_schema_ = value;
    } else if (name == "thinkingConfig") {
      thinking(value);
    } else if (name == "responseModalities") {
      modalities(value);
    } else if (name == "mediaResolution" || name == "enableEnhancedCivicAnswers") {
      lack(name, {}, Lack::Weight::Disclose);
    } else {
      lack(name, "only Gemini has this setting.", Lack::Weight::Refuse);
    }
  }

  // -1 leaves it to the model; thoughts "are returned only when available", so the wish to see them
  // asks for nothing.
  void thinking(Value config) {
    const std::string level = lower(member_of(config, "thinkingLevel").str());
    if (!level.empty() && level != "thinking_level_unspecified") {
      out_.append(",\"reasoning_effort\":");
      append_string(level, out_);
    }
    const Value budget = member_of(config, "thinkingBudget");
    if (!budget.is_number() && !budget.is_string()) return;
    const Value number(budget.is_string() ? budget.escaped() : budget.raw());
    const std::int64_t tokens = number.integer().value_or(-1);
    if (tokens == 0) {
      out_.append(R"(,"thinking":{"type":"disabled"})");
    } else if (tokens < 0) {
      out_.append(R"(,"thinking":{"type":"adaptive"})");
    } else {
      out_.append(R"(,"thinking":{"type":"enabled","budget_tokens":)");
      out_.append(std::to_string(tokens)).push_back('}');
    }
  }

  void modalities(Value list) {
    std::string names;
    bool more_than_text = false;
    for (const Value item : list.items()) {
      const std::string name = lower(item.str());
      if (name == "modality_unspecified") continue;
      more_than_text = more_than_text || name != "text";
      if (!names.empty()) names.push_back(',');
      append_string(name, names);
    }
    if (more_than_text) out_.append(",\"modalities\":[").append(names).append("]");
  }

  void write_format() {
    if (mime_ == "text/x.enum") {
      return lack("responseMimeType", "only Gemini answers with a bare enum value.",
                  Lack::Weight::Refuse);
    }
    if (json_schema_ || schema_) {
      out_.append(
          R"(,"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":)");
      if (json_schema_) {
        out_.append(json_schema_.raw());
      } else {
        append_json_schema(schema_, out_);
      }
      out_.append("}}");
    } else if (mime_ == "application/json") {
      out_.append(R"(,"response_format":{"type":"json_object"})");
    } else if (!mime_.empty() && mime_ != "text/plain") {
      lack("responseMimeType", "only Gemini has this type of answer.", Lack::Weight::Refuse);
    }
  }

  std::vector<Lack>& lacks_;
  std::string& out_;
  std::string mime_;
  Value schema_, json_schema_;
};

// To lift thresholds that only Google has means nothing elsewhere; to set them does.
void judge_safety(Value settings, std::vector<Lack>& lacks) {
  if (settings.size() == 0) return;
  bool lifted = true;
  for (const Value setting : settings.items()) {
    const std::string threshold = member_of(setting, "threshold").str();
    lifted = lifted && (threshold == "BLOCK_NONE" || threshold == "OFF" ||
                        threshold == "HARM_BLOCK_THRESHOLD_UNSPECIFIED");
  }
  lacks.push_back({"/safetySettings", "only Google filters by these thresholds.",
                   lifted ? Lack::Weight::Disclose : Lack::Weight::Refuse});
}

// Top-level members that none of the parts above has read.
void other_members(Value root, std::vector<Lack>& lacks, std::string& out) {
  for (const Value::Member& m : root.members()) {
    const std::string name = camel_of(m.key());
    if (m.value().is_null()) continue;
    if (std::find(kRead.begin(), kRead.end(), name) != kRead.end()) continue;
    if (is_own_member(m.key())) {
      out.append(1, ',').append(m.raw);
    } else if (name == "cachedContent") {
      lacks.push_back({"/cachedContent", "it is stored at Google.", {}});
    } else {
      lacks.push_back({"/" + name, {}, Lack::Weight::Disclose});
    }
  }
  if (const Value tier = member_of(root, "serviceTier"); tier.is_string()) {
    const std::string name = lower(tier.str());
    out.append(",\"service_tier\":");
    append_string(name == "standard" ? "default" : name, out);
  }
}

// Without a message there is nothing to ask, even for a target that drops what it lacks.
Error nothing_said(const std::vector<Lack>& lacks) {
  if (lacks.empty()) return bad_member("contents", "must hold a part that says something.");
  Error error{ErrorCode::CallerUnsupported, lacks.front().pointer + ": " + lacks.front().what};
  error.param = lacks.front().pointer;
  return error;
}

}  // namespace

Result<ParsedChat> parse_gemini(Bytes body, std::size_t json_depth_max, const Outside& outside) {
  Result<ParsedChat> chat = read_body(body, json_depth_max);
  if (!chat) return chat;
  if (!outside.model.empty()) chat->model = outside.model;
  chat->stream = outside.stream;
  chat->include_usage = true;
  if (outside.stream && !has_alt_sse(outside.query)) chat->framing = Framing::Array;
  const Value config = member_of(Value(body), "generationConfig");
  const Value thinking = member_of(config, "thinkingConfig");
  chat->shows_reasoning = member_of(thinking, "includeThoughts").is_true();
  return chat;
}

Result<Canonical> gemini_to_canonical(const ParsedChat& chat, Bytes body) {
  Value root(body);
  // What countTokens may hold instead of contents.
  if (const Value inner = member_of(root, "generateContentRequest"); inner.is_object()) {
    root = inner;
  }
  Canonical made;
  GeminiConversation conversation(made);
  if (Status ok = conversation.system(member_of(root, "systemInstruction")); !ok) {
    return std::move(ok).error();
  }
  if (Status ok = conversation.contents(member_of(root, "contents")); !ok) {
    return std::move(ok).error();
  }
  std::string& out = made.json;
  out = "{\"model\":";
  append_string(chat.model, out);
  if (chat.stream) out.append(R"(,"stream":true,"stream_options":{"include_usage":true})");
  const std::string messages = conversation.finish();
  if (made.messages.empty()) return nothing_said(made.lacks);
  out.append(",\"messages\":[").append(messages).append("]");
  Config config(made.lacks, out);
  if (Status ok = config.read(member_of(root, "generationConfig")); !ok) {
    return std::move(ok).error();
  }
  if (Status ok =
          append_tools(member_of(root, "tools"), member_of(root, "toolConfig"), made.lacks, out);
      !ok) {
    return std::move(ok).error();
  }
  judge_safety(member_of(root, "safetySettings"), made.lacks);
  other_members(root, made.lacks, out);
  out.push_back('}');
  return made;
}

std::string gemini_pointer(const Canonical& canonical, std::string_view pointer) {
  constexpr std::string_view kMessages = "/messages/";
  if (pointer.starts_with(kMessages)) {
    std::size_t index = 0;
    const std::string_view number = pointer.substr(kMessages.size());
    const auto read = std::from_chars(number.data(), number.data() + number.size(), index);
    const bool known = read.ec == std::errc() && index < canonical.messages.size();
    return known ? canonical.messages[index].pointer : "/contents";
  }
  for (const Same& same : kSame) {
    if (pointer.starts_with('/') && pointer.substr(1) == same.canonical) {
      return std::string(same.pointer);
    }
  }
  for (const Renamed& renamed : kRenamed) {
    // What stands deeper has another shape there.
    const bool inside =
        pointer.starts_with(renamed.canonical) &&
        (pointer.size() == renamed.canonical.size() || pointer[renamed.canonical.size()] == '/');
    if (inside) return std::string(renamed.google);
  }
  return std::string(pointer);
}

}  // namespace aip::dialect
