// events.h - what an AnswerReader made, as lines that can be compared.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/claude/response.h"

namespace aip::claude_test {

inline std::string unescaped(const aip_event& e) {
  std::string out;
  if ((e.flags & AIP_EVF_ESCAPED) != 0) {
    json::unescape(sdk::text(e.text), out);
  } else {
    out = sdk::text(e.text);
  }
  return out;
}

inline std::string line_of(const aip_event& e) {
  const std::string text = unescaped(e);
  const std::string name(sdk::text(e.name)), id(sdk::text(e.id));
  const std::string block = std::to_string(e.block);
  switch (e.type) {
    case AIP_EV_START:
      return "START " + id + " " + name;
    case AIP_EV_TEXT:
      return "TEXT " + text;
    case AIP_EV_REASONING:
      return "REASONING " + text;
    case AIP_EV_REFUSAL:
      return "REFUSAL " + text;
    case AIP_EV_TOOL_BEGIN:
      return "TOOL " + block + " " + id + " " + name;
    case AIP_EV_TOOL_ARGS:
      return "ARGS " + block + " " + text;
    case AIP_EV_BLOCK_END:
      return "END " + block;
    case AIP_EV_SIGNATURE:
      return ((e.flags & AIP_EVF_REDACTED) != 0 ? "REDACTED " : "SIGNATURE ") + text;
    case AIP_EV_CITATION:
      return "CITATION " + std::string(sdk::text(e.json));
    case AIP_EV_USAGE: {
      std::string out = "USAGE";
      for (std::uint32_t i = 0; i < e.usage_count; ++i) {
        out += " " + std::to_string(e.usage[i].kind) + "=" + std::to_string(e.usage[i].count);
      }
      return out;
    }
    case AIP_EV_FINISH:
      return "FINISH " + std::to_string(e.finish) + " " + name + (text.empty() ? "" : " " + text);
    case AIP_EV_PING:
      return "PING";
    default:
      return "?" + std::to_string(e.type);
  }
}

struct Told {
  std::vector<std::string> lines;
  std::optional<sdk::Failure> failure;
  bool complete = false, stop_missing = false;

  void take(const claude::AnswerReader& reader) {
    for (const aip_event& e : reader.events()) lines.push_back(line_of(e));
  }
  [[nodiscard]] std::string all() const {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }
};

enum class Path { ShortCut, Walker };

// A stream of these events' data, ended.
inline Told read_stream(const std::vector<std::string>& events,
                        claude::AnswerReader::Shape shape = claude::AnswerReader::Shape::Plain,
                        Path path = Path::ShortCut) {
  claude::AnswerReader reader(shape);
  Told told;
  for (const std::string& event : events) {
    told.failure =
        path == Path::ShortCut ? reader.stream_event(event) : reader.walk_event(json::Value(event));
    if (told.failure) return told;
    told.take(reader);
  }
  told.failure = reader.end();
  if (!told.failure) told.take(reader);
  told.complete = reader.complete();
  told.stop_missing = reader.stop_missing();
  return told;
}

inline Told read_whole(const std::string& body,
                       claude::AnswerReader::Shape shape = claude::AnswerReader::Shape::Plain) {
  claude::AnswerReader reader(shape);
  Told told;
  told.failure = reader.whole(json::Value(body));
  if (told.failure) return told;
  told.take(reader);
  told.failure = reader.end();
  told.complete = reader.complete();
  return told;
}

}  // namespace aip::claude_test
