// anthropic_recordings.h - recorded answers of Anthropic's, and what a second reader finds in them.
//
// Reading knows nothing of the plugin or of our encoders: it walks the recorded JSON and adds up
// text, thinking, tools, usage and the reason.
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/recorded/recordings.h"

namespace aip::recorded {

// ---- streams as lists of events ----------------------------------------------------------------

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    out.push_back(line);
  }
  return out;
}

// The data of each event: "data: ..." lines of an SSE file, all lines of a JSONL file.
inline std::vector<std::string> events_of(const Recording& recording) {
  std::vector<std::string> out;
  const bool sse = recording.name.find(".sse") != std::string::npos;
  for (const std::string& line : lines_of(recording.text)) {
    if (sse && line.compare(0, 5, "data:") != 0) continue;
    std::string data = sse ? line.substr(5) : line;
    if (data.find_first_not_of(' ') != std::string::npos) out.push_back(data);
  }
  return out;
}

inline std::string type_of(const std::string& event) {
  return json::Value(event)["type"].str();
}

inline std::string framed(const std::vector<std::string>& events) {
  std::string out;
  for (const std::string& event : events) {
    out += "event: " + type_of(event) + "\ndata: " + event + "\n\n";
  }
  return out;
}

struct Stream {
  std::string name, bytes;
  std::vector<std::string> events;
};

// A file may hold several turns; each begins with a message_start.
inline std::vector<Stream> streams() {
  std::vector<Stream> out;
  for (const char* ending : {".stream.sse", ".stream.jsonl"}) {
    for (const Recording& recording : recordings("anthropic", ending)) {
      std::vector<Stream> turns;
      for (const std::string& event : events_of(recording)) {
        if (type_of(event) == "message_start") turns.push_back({recording.name, {}, {}});
        if (!turns.empty()) turns.back().events.push_back(event);
      }
      // One turn of SSE keeps its own bytes; the others get a framing.
      const bool own = turns.size() == 1 && recording.name.find(".sse") != std::string::npos;
      for (Stream& turn : turns) {
        turn.bytes = own ? recording.text : framed(turn.events);
        out.push_back(std::move(turn));
      }
    }
  }
  return out;
}

// ---- a second reader ---------------------------------------------------------------------------

struct ReadTool {
  std::string id, name, args;
  bool operator==(const ReadTool&) const = default;
};

struct Reading {
  std::string id, model, text, thinking, signatures, redacted, reason;
  std::vector<ReadTool> tools;
  std::map<std::string, std::int64_t> counts;

  void usage(json::Value usage) {
    for (const auto& m : usage.members()) {
      if (m.value().is_number()) counts[m.key()] = *m.value().integer();
    }
  }
  void block(json::Value block) {
    const std::string type = block["type"].str();
    if (type == "text") text += block["text"].str();
    if (type == "thinking") {
      thinking += block["thinking"].str();
      signatures += block["signature"].str();
    }
    if (type == "redacted_thinking") redacted += block["data"].str();
    if (type == "tool_use") tools.push_back({block["id"].str(), block["name"].str(), {}});
  }

  static Reading of_stream(const std::vector<std::string>& events) {
    Reading r;
    std::string open;
    for (const std::string& text : events) {
      const json::Value event(text);
      const std::string type = event["type"].str();
      if (type == "message_start") {
        r.id = event["message"]["id"].str();
        r.model = event["message"]["model"].str();
        r.usage(event["message"]["usage"]);
      } else if (type == "content_block_start") {
        open = event["content_block"]["type"].str();
        r.block(event["content_block"]);
      } else if (type == "content_block_delta") {
        const json::Value delta = event["delta"];
        r.text += delta["text"].str();
        r.thinking += delta["thinking"].str();
        r.signatures += delta["signature"].str();
        if (open == "tool_use") r.tools.back().args += delta["partial_json"].str();
      } else if (type == "content_block_stop") {
        if (open == "tool_use" && r.tools.back().args.empty()) r.tools.back().args = "{}";
        open.clear();
      } else if (type == "message_delta") {
        r.reason = event["delta"]["stop_reason"].str();
        r.usage(event["usage"]);
      }
    }
    return r;
  }

  static Reading of_whole(json::Value message) {
    Reading r;
    r.id = message["id"].str();
    r.model = message["model"].str();
    r.reason = message["stop_reason"].str();
    r.usage(message["usage"]);
    for (const json::Value block : message["content"].items()) {
      r.block(block);
      if (block["type"].equals("tool_use")) r.tools.back().args = block["input"].raw();
    }
    return r;
  }
};

}  // namespace aip::recorded
