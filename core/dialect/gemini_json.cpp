#include "core/dialect/gemini_json.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

constexpr std::array<std::string_view, 18> kReasons{"STOP",
                                                    "MAX_TOKENS",
                                                    "SAFETY",
                                                    "RECITATION",
                                                    "LANGUAGE",
                                                    "OTHER",
                                                    "BLOCKLIST",
                                                    "PROHIBITED_CONTENT",
                                                    "SPII",
                                                    "MALFORMED_FUNCTION_CALL",
                                                    "IMAGE_SAFETY",
                                                    "UNEXPECTED_TOOL_CALL",
                                                    "TOO_MANY_TOOL_CALLS",
                                                    "NO_IMAGE",
                                                    "IMAGE_PROHIBITED_CONTENT",
                                                    "IMAGE_RECITATION",
                                                    "IMAGE_OTHER",
                                                    "MODEL_ARMOR"};

void append_inline_data(std::string_view mime, std::string_view data, std::string& out) {
  out.append(R"("inlineData":{"mimeType":")").append(mime);
  out.append(R"(","data":")").append(data).append("\"}");
}

void append_candidate(json::Value token, std::string& out) {
  out.append("{\"token\":").append(token["token"].raw());
  out.append(",\"logProbability\":").append(token["logprob"].raw()).append("}");
}

bool is_token(json::Value token) {
  return token["token"].is_string() && token["logprob"].is_number();
}

}  // namespace

AnswerName gemini_name(const AnswerOptions& options) {
  constexpr std::string_view kOpenAi = "chatcmpl-";
  AnswerName name(options);
  if (name.id.starts_with(kOpenAi)) name.id.erase(0, kOpenAi.size());
  return name;
}

void append_usage_metadata(const UsageCounts& usage, std::string& out) {
  const auto member = [&out](std::string_view name, std::uint64_t count) {
    out.append(",\"").append(name).append("\":");
    append_number(count, out);
  };
  const std::uint64_t input = usage.of(AIP_USAGE_INPUT);
  const std::uint64_t output = usage.of(AIP_USAGE_OUTPUT);
  const std::uint64_t thoughts = std::min(usage.of(AIP_USAGE_REASONING), output);
  const std::uint64_t cached = usage.of(AIP_USAGE_CACHE_READ);
  out.append("{\"promptTokenCount\":");
  append_number(input, out);
  member("candidatesTokenCount", output - thoughts);
  if (thoughts != 0) member("thoughtsTokenCount", thoughts);
  if (cached != 0) member("cachedContentTokenCount", cached);
  member("totalTokenCount", input + output);
  out.push_back('}');
}

std::string_view google_finish(std::uint32_t finish, std::string_view upstream) noexcept {
  const auto own = std::find(kReasons.begin(), kReasons.end(), upstream);
  if (own != kReasons.end()) return *own;
  switch (finish) {
    case AIP_FINISH_LENGTH:
      return "MAX_TOKENS";
    case AIP_FINISH_FILTER:
      return "SAFETY";
    case AIP_FINISH_PAUSE:
      return "OTHER";
    default:
      return "STOP";
  }
}

void append_image_payload(std::string_view json, std::string& out) {
  const json::Value image(json);
  const std::string_view url = image["url"].escaped();
  if (url.empty()) {
    return append_inline_data(image["mime_type"].escaped(), image["data"].escaped(), out);
  }
  const std::size_t semicolon = url.find(";base64,");
  if (url.starts_with("data:") && semicolon != std::string_view::npos) {
    return append_inline_data(url.substr(5, semicolon - 5), url.substr(semicolon + 8), out);
  }
  out.append(R"("fileData":{"fileUri":")").append(url).append("\"}");
}

void append_audio_payload(std::string_view json, std::string& out) {
  // OpenAI streams 16 bit PCM at 24 kHz; Google's name for the same.
  append_inline_data("audio/L16;codec=pcm;rate=24000", json::Value(json)["data"].escaped(), out);
}

void append_grounding_chunk(std::string_view annotation, std::string& out) {
  const json::Value source = json::Value(annotation)["url_citation"];
  const json::Value url = source["url"];
  if (url.escaped().empty()) return;
  comma(out);
  out.append(R"({"web":{"uri":)").append(url.raw());
  if (const json::Value title = source["title"]; title.is_string()) {
    out.append(",\"title\":").append(title.raw());
  }
  out.append("}}");
}

void LogprobLists::add(std::string_view logprobs) {
  for (const json::Value token : json::Value(logprobs)["content"].items()) {
    if (!is_token(token)) continue;
    comma(chosen);
    append_candidate(token, chosen);
    comma(top);
    top.append("{\"candidates\":[");
    bool first = true;
    for (const json::Value other : token["top_logprobs"].items()) {
      if (!is_token(other)) continue;
      if (!first) top.push_back(',');
      first = false;
      append_candidate(other, top);
    }
    top.append("]}");
  }
}

void LogprobLists::append_json(std::string& out) {
  if (empty()) return;
  out.append(",\"logprobsResult\":{\"chosenCandidates\":[").append(chosen);
  out.append("],\"topCandidates\":[").append(top).append("]}");
  chosen.clear();
  top.clear();
}

}  // namespace aip::dialect
