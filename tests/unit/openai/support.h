// support.h - a reader under test, and its events as lines.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "plugins/openai/answer.h"

namespace aip::test {

inline std::string text_of(const aip_event& e) {
  std::string out;
  if ((e.flags & AIP_EVF_ESCAPED) != 0) {
    json::unescape(sdk::text(e.text), out);
  } else {
    out = sdk::text(e.text);
  }
  return out;
}

// "TEXT Hello", "TOOL_BEGIN 0 call_1 look"; joined by "; ".
inline std::string lines_of(const std::vector<aip_event>& events) {
  static constexpr std::string_view kNames[] = {
      "?",        "START", "TEXT",  "REASONING", "REFUSAL",  "BEGIN", "ARGS",   "END", "SIGNATURE",
      "CITATION", "IMAGE", "AUDIO", "LOGPROBS",  "PROVIDER", "USAGE", "FINISH", "PING"};
  std::string out;
  for (const aip_event& e : events) {
    if (!out.empty()) out += "; ";
    out += kNames[e.type];
    if (e.choice != 0) out += "@" + std::to_string(e.choice);
    if (e.type >= AIP_EV_TOOL_BEGIN && e.type <= AIP_EV_BLOCK_END)
      out += " " + std::to_string(e.block);
    if (e.type == AIP_EV_FINISH) out += " " + std::to_string(e.finish);
    for (const std::string& word : {std::string(sdk::text(e.id)), std::string(sdk::text(e.name)),
                                    text_of(e), std::string(sdk::text(e.json))}) {
      if (!word.empty()) out += " " + word;
    }
    for (std::uint32_t i = 0; i < e.usage_count; ++i) {
      out += " " + std::to_string(e.usage[i].kind) + "=" + std::to_string(e.usage[i].count);
    }
  }
  return out;
}

// Feeds chunks, each a block of its own that is freed afterwards; gives all events, or the failure.
inline std::string read_chunks(openai::AnswerReader& reader,
                               const std::vector<std::string>& chunks) {
  std::string out;
  const auto add = [&] {
    const std::string lines = lines_of(reader.events());
    if (!out.empty() && !lines.empty()) out += "; ";
    out += lines;
  };
  for (const std::string& chunk : chunks) {
    REQUIRE_MESSAGE(json::check(chunk).ok(), chunk);
    const std::string lent = chunk;
    if (const auto failure = reader.chunk(json::Value(lent))) {
      return out + "; FAILED " + std::to_string(failure->http_status) + " " + failure->message;
    }
    add();
  }
  if (!reader.complete()) return out + "; INCOMPLETE";
  reader.end();
  add();
  return out;
}

// {"choices":[{"index":0,"delta":DELTA,"finish_reason":FINISH}]}
inline std::string delta(const std::string& delta, const std::string& finish = "null") {
  return R"({"choices":[{"index":0,"delta":)" + delta + R"(,"finish_reason":)" + finish + "}]}";
}

}  // namespace aip::test
