// support.h - translates a chat in one line, and reads an answer into lines that can be compared.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "plugins/coze/request.h"
#include "plugins/coze/v2.h"
#include "plugins/coze/v3.h"
#include "tests/support/questions.h"

namespace aip::coze_test {

using Host = test::ListedQuestions;

struct Made {
  coze::Translated value;
  sdk::Failure failure;
  std::vector<std::string> asked, changed;
  [[nodiscard]] bool ok() const { return failure.message.empty(); }
  // A member of the body without blanks.
  [[nodiscard]] std::string operator[](std::string_view name) const {
    return std::string(json::Value(value.body)[name].raw());
  }
};

struct Ask {
  coze::Version version = coze::Version::V3;
  coze::Delivery wanted = coze::Delivery::Stream;
  std::string conversation{}, chat{};
  bool drops = false;
};

inline Made translate(const std::string& chat, const Ask& ask = {}) {
  REQUIRE_MESSAGE(json::check(chat), chat);
  Host host;
  host.drops = ask.drops;
  const coze::Identity who{"7317", "u", {}, ask.conversation, ask.chat, ask.version};
  auto made = coze::translate(coze::read_chat(json::Value(chat)), who, ask.wanted, host);
  Made out;
  if (auto* failure = std::get_if<sdk::Failure>(&made)) out.failure = *failure;
  if (auto* value = std::get_if<coze::Translated>(&made)) {
    out.value = std::move(*value);
    CHECK_MESSAGE(json::check(out.value.body), out.value.body);
  }
  out.asked = host.asked;
  out.changed = host.changed;
  return out;
}

inline std::string with_messages(const std::string& messages) {
  return R"({"messages":[)" + messages + "]}";
}
// One user message, and these members beside it (each with its comma in front).
inline std::string with_members(const std::string& members) {
  return R"({"messages":[{"role":"user","content":"hi"}])" + members + "}";
}

inline std::string unescaped(const aip_event& e) {
  std::string out;
  if ((e.flags & AIP_EVF_ESCAPED) == 0) return std::string(sdk::text(e.text));
  json::unescape(sdk::text(e.text), out);
  return out;
}

inline std::string line_of(const aip_event& e) {
  const std::string text = unescaped(e);
  const std::string name(sdk::text(e.name)), id(sdk::text(e.id)), json(sdk::text(e.json));
  switch (e.type) {
    case AIP_EV_START:
      return "START " + id;
    case AIP_EV_TEXT:
      return "TEXT " + text;
    case AIP_EV_REASONING:
      return "REASONING " + text;
    case AIP_EV_TOOL_BEGIN:
      return "TOOL " + std::to_string(e.block) + " " + id + " " + name;
    case AIP_EV_TOOL_ARGS:
      return "ARGS " + std::to_string(e.block) + " " + text;
    case AIP_EV_BLOCK_END:
      return "END " + std::to_string(e.block);
    case AIP_EV_IMAGE:
      return "IMAGE " + json;
    case AIP_EV_PROVIDER:
      return "BLOCK " + json;
    case AIP_EV_USAGE: {
      std::string out = "USAGE";
      for (std::uint32_t i = 0; i < e.usage_count; ++i) {
        out += " " + std::to_string(e.usage[i].kind) + "=" + std::to_string(e.usage[i].count);
      }
      return out;
    }
    case AIP_EV_FINISH:
      return "FINISH " + std::to_string(e.finish);
    case AIP_EV_PING:
      return "PING";
    default:
      return "?" + std::to_string(e.type);
  }
}

// What a reader made of a stream's events, without pings and blocks unless asked for.
struct Told {
  std::vector<std::string> lines, blocks;
  std::size_t pings = 0;
  coze::MaybeFailure failure;
  bool open = false;

  void take(const coze::Answer& answer) {
    for (const aip_event& e : answer.events()) {
      const std::string line = line_of(e);
      if (e.type == AIP_EV_PING) {
        ++pings;
      } else if (e.type == AIP_EV_PROVIDER) {
        blocks.push_back(line.substr(6));
      } else {
        lines.push_back(line);
      }
    }
  }
};

struct Named {
  std::string name, data;
};

template <class Reader>
Told read(const std::vector<Named>& events) {
  coze::Answer answer(coze::Identity{"7317", "u", {}, {}, {}, coze::Version::V3});
  Reader reader(answer);
  Told told;
  for (const Named& event : events) {
    answer.clear();
    told.failure =
        reader.stream_event({event.name, event.data, static_cast<bool>(json::check(event.data))});
    told.take(answer);
    if constexpr (std::is_same_v<Reader, coze::V3Reader>) told.open = reader.open();
    if (told.failure) return told;
  }
  answer.clear();
  told.failure = reader.end();
  told.take(answer);
  return told;
}

using Texts = std::vector<std::string>;

}  // namespace aip::coze_test

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& text : list) out += text + " | ";
    return (out + "]").c_str();
  }
};
}  // namespace doctest
