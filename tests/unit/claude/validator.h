// validator.h - judges a body for Anthropic's Messages API as the service would.
//
// Written from the service's rules and not from the translator: every body that a test makes goes
// through here, so that a translation which satisfies its own test and no server fails loudly.
// violations() gives one sentence a broken rule; none means that the service would take it.
#pragma once

#include <aiproxy/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::claude_test {

enum class Endpoint { Messages, CountTokens };

class Validator {
 public:
  explicit Validator(std::string_view body, Endpoint endpoint) : endpoint_(endpoint) {
    if (!json::check(body)) {
      bad("the body is not JSON");
      return;
    }
    body_ = json::Value(body);
    if (auto twice = json::duplicate_member(body_)) bad("member " + *twice + " stands twice");
    check_members();
    check_tools();
    check_system();
    check_messages();
    check_thinking();
    if (marks_ + (body_["cache_control"] ? 1 : 0) > 4) bad("more than 4 cache marks");
  }
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  void bad(std::string text) { violations_.push_back(std::move(text)); }

  static bool blank(json::Value text) {
    return text.str().find_first_not_of(" \t\r\n") == std::string::npos;
  }
  static bool id_charset(const std::string& id) {
    return !id.empty() && id.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-") == std::string::npos;
  }

  void check_members() {
    static const std::set<std::string> known{
        "model",        "max_tokens",         "messages",    "system",        "stop_sequences",
        "stream",       "temperature",        "top_p",       "top_k",         "tools",
        "tool_choice",  "thinking",           "metadata",    "service_tier",  "output_config",
        "container",    "context_management", "mcp_servers", "cache_control", "speed",
        "inference_geo"};
    static const std::set<std::string> not_counted{"max_tokens",  "stop_sequences", "stream",
                                                   "temperature", "top_p",          "top_k",
                                                   "metadata",    "service_tier"};
    for (const auto& m : body_.members()) {
      if (known.count(m.key()) == 0) bad("extra input: " + m.key());
      if (endpoint_ == Endpoint::CountTokens && not_counted.count(m.key()) != 0) {
        bad("extra input of count_tokens: " + m.key());
      }
      if (m.value().is_null()) bad("null: " + m.key());
    }
    if (body_["model"].escaped().empty()) bad("model is required");
    if (endpoint_ == Endpoint::Messages && body_["max_tokens"].integer().value_or(0) < 1) {
      bad("max_tokens is required and at least 1");
    }
    const json::Value t = body_["temperature"];
    if (t && (!t.is_number() || t.number() < 0 || t.number() > 1)) bad("temperature is 0 to 1");
    for (const json::Value stop : body_["stop_sequences"].items()) {
      if (!stop.is_string() || blank(stop)) bad("a stop sequence is blank");
    }
    for (const auto& m : body_["metadata"].members()) {
      if (!m.named("user_id") || !m.value().is_string()) bad("metadata holds more than user_id");
    }
    const json::Value tier = body_["service_tier"];
    if (tier && !tier.equals("auto") && !tier.equals("standard_only")) bad("service_tier");
    const json::Value effort = body_["output_config"]["effort"];
    static const std::set<std::string> efforts{"low", "medium", "high", "xhigh", "max"};
    if (effort && efforts.count(effort.str()) == 0) bad("effort " + effort.str());
    const json::Value format = body_["output_config"]["format"];
    if (format && (!format["type"].equals("json_schema") || !format["schema"].is_object())) {
      bad("output_config.format");
    }
    if (format) check_closed(format["schema"]);
  }

  void check_closed(json::Value schema) {
    if (schema["type"].equals("object") && !schema["additionalProperties"].is_false()) {
      bad("a schema for output_config.format has an open object");
    }
    for (const auto& m : schema.members()) {
      static const std::set<std::string> refused{"minimum",   "maximum",    "minLength",
                                                 "maxLength", "multipleOf", "maxItems"};
      if (refused.count(m.key()) != 0) bad("output_config.format refuses " + m.key());
      if (m.named("properties")) {
        for (const auto& p : m.value().members()) check_closed(p.value());
      }
      if (m.named("items")) check_closed(m.value());
    }
  }

  // Marks stand in the order tools, system, messages: the longer lifetime first.
  void check_mark(json::Value block, bool allowed) {
    const json::Value mark = block["cache_control"];
    if (!mark) return;
    ++marks_;
    if (!allowed) bad("a cache mark stands where none may");
    if (!mark["type"].equals("ephemeral")) bad("cache_control is not ephemeral");
    const json::Value ttl = mark["ttl"];
    if (ttl && !ttl.equals("5m") && !ttl.equals("1h")) bad("ttl is not 5m or 1h");
    const bool is_long = ttl.equals("1h");
    if (is_long && short_mark_) bad("a 1h mark behind a 5m mark");
    if (!is_long) short_mark_ = true;
  }

  void check_tools() {
    const json::Value tools = body_["tools"];
    if (tools && tools.size() == 0) bad("tools is empty");
    for (const json::Value tool : tools.items()) {
      const std::string name = tool["name"].str();
      const json::Value type = tool["type"];
      if (!type || type.equals("custom")) {
        if (!id_charset(name) || name.size() > 128) bad("tool name: " + name);
        if (!tool["input_schema"]["type"].equals("object")) bad("input_schema.type: " + name);
      }
      if (!name.empty() && !tool_names_.insert(name).second) bad("tool twice: " + name);
      if (tool["strict"].is_true()) check_closed(tool["input_schema"]);
      check_mark(tool, true);
    }
    const json::Value choice = body_["tool_choice"];
    if (!choice) return;
    if (!tools) bad("tool_choice without tools");
    static const std::set<std::string> kinds{"auto", "any", "none", "tool"};
    const std::string kind = choice["type"].str();
    if (kinds.count(kind) == 0) bad("tool_choice " + kind);
    if (kind == "tool" && tool_names_.count(choice["name"].str()) == 0) {
      bad("tool_choice names no tool");
    }
    if (kind == "none" && choice["disable_parallel_tool_use"]) bad("none with parallel flag");
    const json::Value thinking = body_["thinking"]["type"];
    if ((kind == "any" || kind == "tool") && thinking && !thinking.equals("disabled")) {
      bad("thinking with a forced tool");
    }
  }

  void check_system() {
    const json::Value system = body_["system"];
    if (!system) return;
    if (system.size() == 0) bad("system is empty");
    for (const json::Value block : system.items()) {
      if (!block["type"].equals("text") || blank(block["text"])) bad("a system block is blank");
      check_mark(block, true);
    }
  }

  void check_thinking() {
    const json::Value thinking = body_["thinking"];
    if (!thinking || thinking["type"].equals("disabled")) return;
    if (thinking["type"].equals("enabled")) {
      const auto budget = thinking["budget_tokens"].integer().value_or(0);
      if (budget < 1024) bad("budget below 1024");
      if (endpoint_ == Endpoint::Messages && budget >= body_["max_tokens"].integer().value_or(0)) {
        bad("budget not below max_tokens");
      }
    }
    const json::Value t = body_["temperature"];
    if (t && (t.number() < 1 || t.number() > 1)) bad("temperature while thinking");
    if (body_["top_k"]) bad("top_k while thinking");
    if (body_["top_p"] && body_["top_p"].number() < 0.95) bad("top_p while thinking");
    if (last_role_ == "assistant") bad("prefill while thinking");
  }

  void check_messages() {
    const json::Value messages = body_["messages"];
    if (messages.size() == 0) bad("messages is empty");
    std::vector<std::string> waiting;  // tool_use ids of the turn before
    for (const json::Value message : messages.items()) {
      const std::string role = message["role"].str();
      if (role != "user" && role != "assistant") bad("role " + role);
      if (last_role_.empty() && role != "user") bad("the first role is not user");
      if (role == last_role_) bad("two turns of " + role);
      last_role_ = role;
      if (message["content"].size() == 0) bad("a turn without content");
      if (role == "user") {
        check_user(message["content"], waiting);
        waiting.clear();
      } else {
        check_assistant(message["content"], waiting);
      }
    }
    if (!waiting.empty()) bad("tool_use without a result at the end");
    if (last_role_ == "assistant" && last_text_ends_blank_) bad("prefill ends in white space");
  }

  void check_user(json::Value content, std::vector<std::string>& waiting) {
    bool others = false;
    for (const json::Value block : content.items()) {
      if (block["type"].equals("tool_result")) {
        if (others) bad("a tool_result is not first in its turn");
        const std::string id = block["tool_use_id"].str();
        const auto at = std::find(waiting.begin(), waiting.end(), id);
        if (at == waiting.end()) {
          bad("a tool_result without its tool_use in the turn before: " + id);
        } else {
          waiting.erase(at);
        }
        check_result(block);
      } else {
        others = true;
        check_block(block);
      }
      check_mark(block, true);
    }
    for (const std::string& id : waiting) bad("tool_use without tool_result: " + id);
  }

  void check_result(json::Value block) {
    const json::Value content = block["content"];
    if (content.is_string() && content.escaped().empty()) bad("tool_result content is \"\"");
    if (block["is_error"] && !block["is_error"].is_bool()) bad("is_error");
    for (const json::Value part : content.items()) {
      check_block(part);
      check_mark(part, false);
    }
  }

  void check_assistant(json::Value content, std::vector<std::string>& waiting) {
    bool after_thinking = false;
    for (const json::Value block : content.items()) {
      const std::string type = block["type"].str();
      last_text_ends_blank_ = false;
      if (type == "thinking") {
        if (after_thinking) bad("thinking behind text or tools");
        if (block["signature"].escaped().empty()) bad("thinking without a signature");
        if (!block["thinking"].is_string()) bad("thinking without its text");
        check_mark(block, false);
        continue;
      }
      if (type == "redacted_thinking") {
        if (block["data"].escaped().empty()) bad("redacted thinking without data");
        check_mark(block, false);
        continue;
      }
      after_thinking = true;
      if (type == "tool_use") {
        const std::string id = block["id"].str();
        if (!id_charset(id)) bad("tool_use id: " + id);
        if (!used_ids_.insert(id).second) bad("tool_use id twice: " + id);
        if (!block["input"].is_object()) bad("tool_use input is no object");
        if (block["name"].escaped().empty()) bad("tool_use without a name");
        waiting.push_back(id);
      } else {
        if (type != "text") bad("assistant block " + type);
        check_block(block);
        const std::string text = block["text"].str();
        last_text_ends_blank_ =
            !text.empty() && std::string(" \t\r\n").find(text.back()) != std::string::npos;
      }
      check_mark(block, true);
    }
  }

  void check_source(json::Value block, const std::set<std::string>& media_types) {
    const json::Value source = block["source"];
    const std::string kind = source["type"].str();
    if (kind == "base64") {
      const std::string type = source["media_type"].str();
      if (media_types.count(type) == 0) bad("media_type " + type);
      const std::string data = source["data"].str();
      if (data.empty() || data.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                                                 "wxyz0123456789+/=") != std::string::npos) {
        bad("data is not base64");
      }
    } else if (kind == "url") {
      if (source["url"].str().substr(0, 4) != "http") bad("url");
    } else if (kind == "file") {
      if (source["file_id"].escaped().empty()) bad("file_id");
    } else if (kind == "text") {
      if (!source["media_type"].equals("text/plain")) bad("text document's media_type");
    } else if (kind != "content") {
      bad("source " + kind);
    }
  }

  void check_block(json::Value block) {
    const std::string type = block["type"].str();
    if (type == "text") {
      if (blank(block["text"])) bad("a text block is blank");
    } else if (type == "image") {
      check_source(block, {"image/jpeg", "image/png", "image/gif", "image/webp"});
    } else if (type == "document") {
      check_source(block, {"application/pdf"});
    } else if (type != "search_result" && type != "container_upload") {
      bad("block " + type);
    }
  }

  Endpoint endpoint_;
  json::Value body_;
  std::vector<std::string> violations_;
  std::set<std::string> tool_names_, used_ids_;
  std::string last_role_;
  bool last_text_ends_blank_ = false;
  bool short_mark_ = false;
  int marks_ = 0;
};

inline std::string violations(std::string_view body, Endpoint endpoint = Endpoint::Messages) {
  const Validator validator(body, endpoint);
  std::string all;
  for (const std::string& v : validator.violations()) all += v + "; ";
  return all;
}

}  // namespace aip::claude_test
