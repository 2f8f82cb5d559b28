// responses_validator.h - a strict judge of a Responses stream, which knows nothing of the encoder.
//
// Framing: `event: T`, `data: JSON` with the same type, a blank line; comments between events.
// Order:   created, in_progress, then items; an item is added, its parts are added, grow by deltas
//          and are done, the item is done; completed or incomplete last, and nothing behind it. A
//          failure: `error`, response.failed, nothing behind it.
// Counts:  sequence_number from 0 without holes; output_index, content_index and summary_index
//          follow the order of adding; ids of items are unique and their events name them.
// Words:   every done holds exactly what its deltas held, the last `response` exactly what the
//          items' done events held.
#pragma once

#include <aiproxy/json.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::test {

class ResponsesValidator {
 public:
  // The first fault in words; empty: none.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  // "completed", "incomplete", "failed", or "open" if no last event came.
  [[nodiscard]] const std::string& ending() const noexcept { return ending_; }
  [[nodiscard]] std::size_t events() const noexcept { return sequence_; }
  // The last event's `response`.
  [[nodiscard]] json::Value response() const noexcept { return json::Value(response_); }
  [[nodiscard]] const std::vector<std::string>& types() const noexcept { return types_; }

  explicit ResponsesValidator(std::string_view stream) { read_all(stream); }

 private:
  void read_all(std::string_view stream) {
    while (!stream.empty() && fault_.empty()) {
      const std::size_t end = stream.find("\n\n");
      if (end == std::string_view::npos) return wrong("the stream ends within an event");
      const std::string_view event = stream.substr(0, end);
      stream.remove_prefix(end + 2);
      if (!event.empty() && event.front() == ':') continue;
      read(event);
    }
  }

  struct Part {
    std::string added_type, text;  // escaped text
    std::vector<std::string> annotations;
    bool done = false;
  };
  struct Item {
    std::string id, type, done_json, input;
    std::vector<Part> parts;
    bool done = false, input_done = false;
  };

  void wrong(const std::string& words) {
    if (fault_.empty()) fault_ = words + " (event " + std::to_string(sequence_) + ")";
  }
  void demand(bool good, const char* words) {
    if (!good) wrong(words);
  }

  void read(std::string_view event) {
    const std::size_t line = event.find('\n');
    if (event.substr(0, 7) != "event: " || line == std::string_view::npos) {
      return wrong("no event line");
    }
    const std::string type(event.substr(7, line - 7));
    const std::string_view data = event.substr(line + 1);
    if (data.substr(0, 6) != "data: " || data.find('\n') != std::string_view::npos) {
      return wrong("not exactly one data line");
    }
    if (!json::check(data.substr(6)).ok()) return wrong("the data is no JSON");
    const json::Value value(data.substr(6));
    demand(value["type"].equals(type), "type and event line differ");
    demand(value["sequence_number"].integer() == static_cast<std::int64_t>(sequence_),
           "sequence_number has a hole");
    demand(ending_ == "open", "an event behind the last one");
    judge(type, value);
    types_.push_back(type);
    ++sequence_;
  }

  void judge(const std::string& type, json::Value value) {
    if (sequence_ == 0 || sequence_ == 1) return begin(type, value);
    if (type == "error") {
      demand(!failed_ && value["error"]["message"].is_string(), "a second error, or one unsaid");
      demand(value["message"].is_string() && value["error"]["type"].is_string(), "an error unsaid");
      failed_ = true;
      return;
    }
    if (type == "response.failed") return last(type, "failed", value["response"]);
    demand(!failed_, "the answer goes on behind an error");
    if (type == "response.completed") return last(type, "completed", value["response"]);
    if (type == "response.incomplete") return last(type, "incomplete", value["response"]);
    if (type == "response.output_item.added") return add_item(value);
    Item* item = item_of(value);
    if (item == nullptr) return;
    if (type == "response.output_item.done") return end_item(*item, value["item"]);
    demand(value["item_id"].equals(item->id), "item_id is another item's");
    if (type.find("function_call_arguments.") != std::string::npos) {
      demand(item->type == "function_call", "arguments of what is no call");
      return input(*item, type, value, "arguments");
    }
    if (type.find("custom_tool_call_input.") != std::string::npos) {
      demand(item->type == "custom_tool_call", "input of what is no custom call");
      return input(*item, type, value, "input");
    }
    part(*item, type, value);
  }

  void begin(const std::string& type, json::Value value) {
    demand(type == (sequence_ == 0 ? "response.created" : "response.in_progress"),
           "it does not begin with created and in_progress");
    const json::Value response = value["response"];
    check_response(response, "in_progress");
    demand(response["output"].is_array() && response["output"].size() == 0, "output already");
  }

  void check_response(json::Value response, const char* status) {
    demand(response["object"].equals("response"), "no response object");
    demand(response["status"].equals(status), "a wrong status");
    demand(!response["id"].escaped().empty(), "a response without an id");
    demand(response["created_at"].is_number() && response["model"].is_string(), "no model or time");
    if (id_.empty()) id_ = response["id"].str();
    demand(response["id"].equals(id_), "the response changes its id");
    for (const char* name :
         {"error", "incomplete_details", "instructions", "metadata", "output",
          "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p", "usage"}) {
      if (!response[name]) wrong(std::string("the response lacks ") + name);
    }
  }

  void add_item(json::Value value) {
    const json::Value given = value["item"];
    demand(value["output_index"].integer() == static_cast<std::int64_t>(items_.size()),
           "output_index does not follow");
    Item item;
    item.id = given["id"].str();
    item.type = given["type"].str();
    demand(!item.id.empty() && ids_.insert(item.id).second, "an item's id is not its own");
    demand(item.type == "reasoning" || given["status"].equals("in_progress"), "born done");
    demand(given["content"].size() == 0 && given["summary"].size() == 0, "born with parts");
    demand(given["arguments"].escaped().empty() && given["input"].escaped().empty(), "born full");
    items_.push_back(std::move(item));
  }

  Item* item_of(json::Value value) {
    const std::int64_t index = value["output_index"].integer().value_or(-1);
    if (index < 0 || index >= static_cast<std::int64_t>(items_.size())) {
      wrong("no such output_index");
      return nullptr;
    }
    Item& item = items_[static_cast<std::size_t>(index)];
    demand(!item.done, "an event of an item that is done");
    return &item;
  }

  void input(Item& item, const std::string& type, json::Value value, const char* name) {
    demand(!item.input_done, "input behind its done");
    if (type.ends_with(".delta")) {
      demand(!value["delta"].escaped().empty(), "an empty delta");
      item.input += value["delta"].escaped();
    } else {
      demand(value[name].escaped() == item.input, "input.done differs from its deltas");
      item.input_done = true;
    }
  }

  void part(Item& item, const std::string& type, json::Value value) {
    const bool summary = type.find("reasoning_summary_") != std::string::npos;
    demand(item.type == (summary ? "reasoning" : "message"), "a part of the wrong item");
    const json::Value number = value[summary ? "summary_index" : "content_index"];
    const std::int64_t index = number.integer().value_or(-1);
    if (type == "response.content_part.added" || type == "response.reasoning_summary_part.added") {
      demand(index == static_cast<std::int64_t>(item.parts.size()), "the part's index is wrong");
      demand(item.parts.empty() || item.parts.back().done, "two parts are open");
      item.parts.emplace_back();
      item.parts.back().added_type = value["part"]["type"].str();
      return;
    }
    if (index != static_cast<std::int64_t>(item.parts.size()) - 1 || item.parts.empty()) {
      return wrong("no such part");
    }
    Part& open = item.parts.back();
    demand(!open.done, "an event of a part that is done");
    if (type.ends_with(".delta")) {
      demand(!value["delta"].escaped().empty(), "an empty delta");
      open.text += value["delta"].escaped();
    } else if (type == "response.output_text.annotation.added") {
      demand(
          value["annotation_index"].integer() == static_cast<std::int64_t>(open.annotations.size()),
          "annotation_index does not follow");
      open.annotations.emplace_back(value["annotation"].raw());
    } else if (type.ends_with("_part.done")) {
      demand(same_part(open, value["part"]), "part.done differs from what was told");
      open.done = true;
    } else {
      demand(value[type == "response.refusal.done" ? "refusal" : "text"].escaped() == open.text,
             "text.done differs from its deltas");
    }
  }

  static bool same_part(const Part& told, json::Value part) {
    const json::Value text = part[told.added_type == "refusal" ? "refusal" : "text"];
    if (!part["type"].equals(told.added_type) || text.escaped() != told.text) return false;
    if (part["annotations"].size() != told.annotations.size()) return false;
    std::size_t i = 0;
    const json::Value annotations = part["annotations"];
    for (const json::Value one : annotations.items()) {
      if (one.raw() != told.annotations[i++]) return false;
    }
    return true;
  }

  void end_item(Item& item, json::Value done) {
    demand(done["id"].equals(item.id) && done["type"].equals(item.type), "another item is done");
    demand(!done["status"].equals("in_progress"), "done, and in progress");
    const json::Value parts = done[item.type == "reasoning" ? "summary" : "content"];
    demand(parts.size() == item.parts.size(), "parts are lost");
    std::size_t i = 0;
    for (const json::Value one : parts.items()) {
      if (i >= item.parts.size()) break;
      demand(item.parts[i].done, "the item is done before its part");
      demand(same_part(item.parts[i++], one), "the item differs from its parts");
    }
    const bool call = item.type == "function_call" || item.type == "custom_tool_call";
    const char* name = item.type == "function_call" ? "arguments" : "input";
    if (call) demand(item.input_done && done[name].escaped() == item.input, "a call unfinished");
    item.done = true;
    item.done_json = done.raw();
  }

  void last(const std::string& type, const char* status, json::Value response) {
    check_response(response, status);
    response_ = response.raw();
    ending_ = status;
    const bool failed = type == "response.failed";
    demand(failed == failed_ && failed == response["error"].is_object(), "failed without an error");
    demand((type == "response.incomplete") == response["incomplete_details"].is_object(),
           "incomplete_details do not fit");
    demand(response["output"].size() == items_.size(), "items are lost");
    if (failed) return;
    std::size_t i = 0;
    const json::Value output = response["output"];
    for (const json::Value one : output.items()) {
      const Item& item = items_[i++];
      demand(item.done, "the answer is over before an item");
      demand(one.raw() == item.done_json, "the response differs from an item");
    }
  }

  std::string fault_, ending_ = "open", id_, response_;
  std::vector<std::string> types_;
  std::vector<Item> items_;
  std::set<std::string> ids_;
  std::size_t sequence_ = 0;
  bool failed_ = false;
};

}  // namespace aip::test
