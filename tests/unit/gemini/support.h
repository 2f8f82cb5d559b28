// support.h - translates a chat in one line and shows what became of it; reads answers as lines.
#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "plugins/gemini/request.h"
#include "plugins/gemini/response.h"
#include "tests/support/questions.h"
#include "tests/unit/gemini/validator.h"

namespace aip::gemini_test {

using Host = test::ListedQuestions;

inline constexpr std::string_view kModel = "gemini-2.5-flash";
inline constexpr std::string_view kOldModel = "gemini-2.0-flash";
inline constexpr std::string_view kNewModel = "gemini-3-flash-preview";

struct Ask {
  std::string_view model = kModel;
  bool drops = false;
  bool vertex = false;
  gemini::Purpose purpose = gemini::Purpose::Answer;
};

struct Outcome {
  std::string body;  // empty: it failed
  sdk::Failure failure;
  std::vector<std::string> asked, changed;
  // A member of the body; empty if there is none.
  [[nodiscard]] std::string operator[](std::string_view name) const {
    return std::string(json::Value(body)[name].raw());
  }
  [[nodiscard]] std::string config(std::string_view name) const {
    return std::string(json::Value(body)["generationConfig"][name].raw());
  }
};

inline Outcome translate(const std::string& chat, Ask ask = {}) {
  REQUIRE_MESSAGE(json::check(chat), chat);
  Host host;
  host.drops = ask.drops;
  gemini::Target target;
  target.model = ask.model;
  target.traits = gemini::traits_of(ask.model, {});
  target.purpose = ask.purpose;
  target.is_vertex = target.web_files = ask.vertex;
  auto made = gemini::translate(gemini::read_chat(json::Value(chat)), target, host);
  Outcome out;
  out.asked = host.asked;
  out.changed = host.changed;
  if (auto* failure = std::get_if<sdk::Failure>(&made)) {
    out.failure = *failure;
    return out;
  }
  out.body = std::get<gemini::Translated>(made).body;
  const Validator validator(out.body);
  CHECK_MESSAGE(validator.violations().empty(), validator.all() << out.body);
  return out;
}

// A chat of these messages.
inline std::string with_messages(const std::string& messages) {
  return R"({"messages":[)" + messages + "]}";
}
// One user message, and these members beside it (each with its comma in front).
inline std::string with_members(const std::string& members) {
  return R"({"messages":[{"role":"user","content":"hi"}])" + members + "}";
}
inline std::string contents_of(const std::string& messages, Ask ask = {}) {
  return translate(with_messages(messages), ask)["contents"];
}

using Texts = std::vector<std::string>;

// ---- answers -----------------------------------------------------------------------------------

inline std::string line_of(const aip_event& e) {
  std::string text(sdk::text(e.text));
  if ((e.flags & AIP_EVF_ESCAPED) != 0) {
    text.clear();
    json::unescape(sdk::text(e.text), text);
  }
  const std::string name(sdk::text(e.name)), id(sdk::text(e.id)), data(sdk::text(e.json));
  const std::string choice = e.choice == 0 ? "" : std::to_string(e.choice) + ": ";
  const std::string block = std::to_string(e.block);
  switch (e.type) {
    case AIP_EV_START:
      return "START " + id + " " + name;
    case AIP_EV_TEXT:
      return choice + "TEXT " + text;
    case AIP_EV_REASONING:
      return choice + "REASONING " + text;
    case AIP_EV_TOOL_BEGIN:
      return choice + "TOOL " + block + " " + id + " " + name;
    case AIP_EV_TOOL_ARGS:
      return choice + "ARGS " + block + " " + text;
    case AIP_EV_BLOCK_END:
      return choice + "END " + block;
    case AIP_EV_SIGNATURE:
      return choice + ((e.flags & AIP_EVF_REDACTED) != 0 ? "REDACTED " : "SIGNATURE ") + text;
    case AIP_EV_CITATION:
      return choice + "CITATION " + data;
    case AIP_EV_IMAGE:
      return choice + "IMAGE " + data;
    case AIP_EV_AUDIO:
      return choice + "AUDIO " + data;
    case AIP_EV_LOGPROBS:
      return choice + "LOGPROBS " + data;
    case AIP_EV_PROVIDER:
      return "PROVIDER " + name + " " + data;
    case AIP_EV_USAGE: {
      std::string out = "USAGE";
      for (std::uint32_t i = 0; i < e.usage_count; ++i) {
        out += " " + std::to_string(e.usage[i].kind) + "=" + std::to_string(e.usage[i].count);
      }
      return out;
    }
    case AIP_EV_FINISH:
      return choice + "FINISH " + std::to_string(e.finish) + " " + name;
    default:
      return "?" + std::to_string(e.type);
  }
}

struct Told {
  std::vector<std::string> lines;
  std::optional<sdk::Failure> failure;
  [[nodiscard]] std::string all() const {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }
};

enum class Ended { Stream, Whole };

inline Told read_answer(const std::vector<std::string>& chunks, Ended how = Ended::Stream,
                        gemini::Reading reading = {}) {
  gemini::AnswerReader reader(std::move(reading));
  Told told;
  const auto take = [&] {
    for (const aip_event& e : reader.events()) told.lines.push_back(line_of(e));
  };
  for (const std::string& chunk : chunks) {
    // The chunk's bytes die with its turn of the loop, as the host's do.
    const std::string lent = chunk;
    told.failure = reader.chunk(json::Value(lent));
    if (told.failure) return told;
    take();
  }
  if (how == Ended::Whole) reader.assume_finished();
  told.failure = reader.end();
  if (!told.failure) take();
  return told;
}

}  // namespace aip::gemini_test

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& text : list) out += text + " ";
    return (out + "]").c_str();
  }
};
}  // namespace doctest
