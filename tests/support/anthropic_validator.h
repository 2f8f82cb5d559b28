// anthropic_validator.h - a strict reader of Anthropic's streams, written from their documentation
// and from recorded ones, and knowing nothing of our encoder.
//
//   const AnthropicStreamed got = read_anthropic_stream(bytes);
//   CHECK(got.fault == "");          // the first rule that was broken, in words
//   CHECK(got.complete);             // message_stop came
//
// Rules: each event is `event: T`, `data: {"type":T,...}` and a blank line; message_start first and
// once; one block open at a time, indexes from 0 without a gap; deltas only of the open block and
// only of its kind; a signature once and behind the thinking; no empty text block; a tool's input
// is an object; message_delta once, with a reason, behind the last block; message_stop last; an
// error event is the end. A ping may stand anywhere.
#pragma once

#include <aiproxy/json.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::test {

struct AnthropicStreamed {
  struct Tool {
    std::string id, name, input;
    bool operator==(const Tool&) const = default;
  };
  std::string fault;  // empty: no rule was broken
  bool complete = false;
  std::string id, model, text, thinking, signatures, redacted, citations;
  std::string stop_reason, stop_sequence, error_type, error_message;
  std::vector<Tool> tools;
  std::vector<std::string> blocks;  // kinds, in order
  std::map<std::string, std::int64_t> usage;
  std::size_t events = 0, pings = 0;
};

class AnthropicStreamReader {
 public:
  AnthropicStreamed read(std::string_view stream) {
    while (!stream.empty() && out_.fault.empty()) {
      const std::size_t end = stream.find("\n\n");
      if (end == std::string_view::npos) {
        fail("the stream does not stand at the end of an event");
        break;
      }
      framed(stream.substr(0, end));
      stream.remove_prefix(end + 2);
    }
    return out_;
  }

 private:
  enum class Place { Before, Blocks, Delta, Stopped };

  void fail(std::string words) {
    if (out_.fault.empty()) out_.fault = std::move(words);
  }
  bool expect(bool holds, const std::string& words) {
    if (!holds) fail(words + " (event " + std::to_string(out_.events) + ")");
    return holds;
  }

  void framed(std::string_view event) {
    ++out_.events;
    const std::size_t line = event.find('\n');
    if (!expect(line != std::string_view::npos && event.starts_with("event: "), "event: first")) {
      return;
    }
    const std::string name(event.substr(7, line - 7));
    event.remove_prefix(line + 1);
    if (!expect(event.starts_with("data: ") && event.find('\n') == std::string_view::npos,
                "one line of data")) {
      return;
    }
    event.remove_prefix(6);
    if (!expect(json::check(event).ok(), "data is JSON: " + std::string(event))) return;
    const json::Value data(event);
    if (!expect(data["type"].equals(name), "the type is the event's name")) return;
    told(name, data);
  }

  void told(const std::string& name, json::Value data) {
    if (name == "ping") {
      ++out_.pings;
      return;
    }
    if (!expect(place_ != Place::Stopped, "nothing stands behind the end, but " + name)) return;
    if (name == "error") {
      out_.error_type = data["error"]["type"].str();
      out_.error_message = data["error"]["message"].str();
      expect(!out_.error_type.empty() && !out_.error_message.empty(), "an error has words");
      place_ = Place::Stopped;
    } else if (name == "message_start") {
      message_start(data["message"]);
    } else if (name == "content_block_start") {
      block_start(data);
    } else if (name == "content_block_delta") {
      block_delta(data);
    } else if (name == "content_block_stop") {
      block_stop(data);
    } else if (name == "message_delta") {
      message_delta(data);
    } else if (name == "message_stop") {
      expect(place_ == Place::Delta, "message_stop stands behind message_delta");
      place_ = Place::Stopped;
      out_.complete = true;
    } else {
      fail("no event is called " + name);
    }
  }

  void usage(json::Value usage) {
    expect(usage["input_tokens"].integer().value_or(-1) >= 0, "usage has input_tokens");
    expect(usage["output_tokens"].integer().value_or(-1) >= 0, "usage has output_tokens");
    for (const auto& m : usage.members()) {
      if (m.value().is_number()) out_.usage[m.key()] = m.value().integer().value_or(-1);
    }
  }

  void message_start(json::Value message) {
    expect(place_ == Place::Before, "message_start stands first and once");
    place_ = Place::Blocks;
    out_.id = message["id"].str();
    out_.model = message["model"].str();
    expect(out_.id.starts_with("msg_"), "the id is a message's");
    expect(!out_.model.empty(), "the model is named");
    expect(message["type"].equals("message") && message["role"].equals("assistant"), "a message");
    expect(message["content"].is_array() && message["content"].size() == 0, "content is []");
    expect(message["stop_reason"].is_null() && message["stop_sequence"].is_null(), "no reason yet");
    usage(message["usage"]);
  }

  void block_start(json::Value data) {
    expect(place_ == Place::Blocks, "a block stands between message_start and message_delta");
    expect(kind_.empty(), "one block is open at a time");
    expect(data["index"].integer() == static_cast<std::int64_t>(out_.blocks.size()),
           "indexes ascend without a gap");
    const json::Value block = data["content_block"];
    kind_ = block["type"].str();
    gathered_.clear();
    signed_ = false;
    out_.blocks.push_back(kind_);
    if (kind_ == "text") {
      expect(block["text"].is_string() && block["text"].escaped().empty(), "text starts empty");
    } else if (kind_ == "thinking") {
      expect(block["thinking"].is_string() && block["thinking"].escaped().empty(), "thinking");
      expect(block["signature"].is_string(), "thinking has a signature");
    } else if (kind_ == "redacted_thinking") {
      out_.redacted += block["data"].str();
      expect(!block["data"].escaped().empty(), "redacted thinking comes whole");
    } else if (kind_ == "tool_use") {
      out_.tools.push_back({block["id"].str(), block["name"].str(), {}});
      expect(!out_.tools.back().id.empty() && !out_.tools.back().name.empty(), "a tool is named");
      expect(ids_.insert(out_.tools.back().id).second, "a tool's id is its own");
      expect(block["input"].is_object() && block["input"].size() == 0, "input starts as {}");
    } else if (kind_ == "image") {
      expect(block["source"]["type"].is_string(), "an image has a source");
    } else {
      fail("no block is of type " + kind_);
    }
  }

  void block_delta(json::Value data) {
    if (!expect(!kind_.empty(), "a delta stands within its block")) return;
    expect(data["index"].integer() == static_cast<std::int64_t>(out_.blocks.size()) - 1,
           "a delta is of the open block");
    const json::Value delta = data["delta"];
    const std::string type = delta["type"].str();
    static const std::map<std::string, std::pair<std::string, std::string>> kDeltas{
        {"text_delta", {"text", "text"}},
        {"thinking_delta", {"thinking", "thinking"}},
        {"signature_delta", {"thinking", "signature"}},
        {"input_json_delta", {"tool_use", "partial_json"}},
        {"citations_delta", {"text", "citation"}}};
    const auto row = kDeltas.find(type);
    if (!expect(row != kDeltas.end(), "no delta is of type " + type)) return;
    expect(row->second.first == kind_, type + " stands in its kind of block, not in " + kind_);
    const json::Value value = delta[row->second.second];
    if (type == "citations_delta") {
      expect(value["type"].is_string(), "a citation has a type");
      out_.citations += value["type"].str() + " ";
      return;
    }
    expect(value.is_string(), type + " holds a string");
    expect(!signed_, "the signature comes last");
    if (type == "text_delta") out_.text += value.str();
    if (type == "thinking_delta") out_.thinking += value.str();
    if (type == "signature_delta") out_.signatures += value.str();
    if (type == "signature_delta") signed_ = true;
    gathered_ += value.str();
  }

  void block_stop(json::Value data) {
    if (!expect(!kind_.empty(), "a stop stands behind its start")) return;
    expect(data["index"].integer() == static_cast<std::int64_t>(out_.blocks.size()) - 1,
           "the open block stops");
    expect(kind_ != "text" || !gathered_.empty(), "no text block is empty");
    if (kind_ == "tool_use") out_.tools.back().input = gathered_.empty() ? "{}" : gathered_;
    kind_.clear();
  }

  void message_delta(json::Value data) {
    expect(place_ == Place::Blocks, "message_delta stands once behind message_start");
    expect(kind_.empty(), "every block has stopped");
    place_ = Place::Delta;
    static const std::set<std::string> kReasons{
        "end_turn", "max_tokens", "stop_sequence", "tool_use",
        "refusal",  "pause_turn", "compaction",    "model_context_window_exceeded"};
    out_.stop_reason = data["delta"]["stop_reason"].str();
    expect(kReasons.count(out_.stop_reason) == 1, "the reason is a known one");
    out_.stop_sequence = data["delta"]["stop_sequence"].str();
    expect((out_.stop_reason == "stop_sequence") == data["delta"]["stop_sequence"].is_string(),
           "a stop sequence is told where one was hit");
    expect(out_.stop_reason != "tool_use" || !out_.tools.empty(), "tool_use with a tool");
    usage(data["usage"]);
  }

  AnthropicStreamed out_;
  Place place_ = Place::Before;
  std::string kind_, gathered_;
  std::set<std::string> ids_;
  bool signed_ = false;
};

inline AnthropicStreamed read_anthropic_stream(std::string_view stream) {
  return AnthropicStreamReader().read(stream);
}

}  // namespace aip::test
