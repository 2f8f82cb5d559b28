// validator.h - the rules of generateContent that a body must obey, as far as Google documents or
// enforces them. A second opinion, written without a look at the translator.
#pragma once

#include <aiproxy/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::gemini_test {

class Validator {
 public:
  explicit Validator(const std::string& body) {
    if (!json::check(body)) {
      broken("the body is not JSON");
      return;
    }
    json::Value all(body);
    if (all["generateContentRequest"]) all = all["generateContentRequest"];
    check_top(all);
    check_contents(all["contents"]);
    const json::Value system = all["systemInstruction"]["parts"];
    if (all["systemInstruction"] && system.size() == 0) broken("systemInstruction is empty");
    for (const json::Value part : system.items()) {
      if (part["text"].escaped().empty()) broken("a system text is empty");
    }
    const json::Value tools = all["tools"];
    for (const json::Value tool : tools.items()) {
      const json::Value list = tool["functionDeclarations"];
      for (const json::Value function : list.items()) {
        if (function["name"].escaped().empty()) broken("a function without a name");
        if (function["parameters"]) check_schema(function["parameters"], "parameters");
      }
    }
    const json::Value config = all["generationConfig"];
    if (all["generationConfig"] && config.size() == 0) broken("generationConfig is empty");
    if (config["responseSchema"]) check_schema(config["responseSchema"], "responseSchema");
    if (config["responseSchema"] && config["responseJsonSchema"]) broken("two schemas");
    if (config["stopSequences"].size() > 5) broken("more than 5 stop sequences");
    const json::Value thinking = config["thinkingConfig"];
    if (thinking["thinkingBudget"] && thinking["thinkingLevel"]) broken("budget and level");
  }

  [[nodiscard]] const std::vector<std::string>& violations() const noexcept { return violations_; }
  [[nodiscard]] std::string all() const {
    std::string out;
    for (const std::string& one : violations_) out += one + "\n";
    return out;
  }

 private:
  void broken(std::string what) { violations_.push_back(std::move(what)); }

  void check_top(json::Value all) {
    static const std::vector<std::string> known{
        "model",  "contents",       "systemInstruction", "tools",        "toolConfig",
        "labels", "safetySettings", "generationConfig",  "cachedContent"};
    for (const auto& m : all.members()) {
      if (std::find(known.begin(), known.end(), m.key()) == known.end()) {
        broken("unknown member " + m.key());
      }
    }
  }

  void check_contents(json::Value contents) {
    if (contents.size() == 0) broken("contents is empty");
    std::string role;
    std::vector<std::string> calls;  // of the turn before
    bool first = true;
    for (const json::Value turn : contents.items()) {
      const std::string now = turn["role"].str();
      if (now != "user" && now != "model") broken("the role is neither user nor model");
      if (now == role) broken("two turns of one role");
      if (first && now != "user") broken("the first turn is not the user's");
      first = false;
      role = now;
      const json::Value parts = turn["parts"];
      if (parts.size() == 0) broken("a turn without parts");
      std::vector<std::string> made, answered;
      for (const json::Value part : parts.items()) check_part(part, now, made, answered);
      if (answered != calls) broken("the responses are not those of the calls before");
      calls = made;
    }
    if (!calls.empty()) broken("calls without responses at the end");
  }

  void check_part(json::Value part, const std::string& role, std::vector<std::string>& made,
                  std::vector<std::string>& answered) {
    std::size_t payloads = 0;
    for (const char* name :
         {"text", "inlineData", "fileData", "functionCall", "functionResponse"}) {
      if (part[name]) ++payloads;
    }
    if (payloads != 1) broken("a part without exactly one payload");
    if (part["text"] && part["text"].escaped().empty() && !part["thoughtSignature"]) {
      broken("an empty text");
    }
    if (const json::Value call = part["functionCall"]; call) {
      if (role != "model") broken("a call of the user");
      if (!call["args"].is_object()) broken("args are no object");
      if (call["name"].escaped().empty()) broken("a call without a name");
      made.emplace_back(call["name"].escaped());
    }
    if (const json::Value answer = part["functionResponse"]; answer) {
      if (role != "user") broken("a response of the model");
      if (!answer["response"].is_object()) broken("a response is no object");
      answered.emplace_back(answer["name"].escaped());
    }
    if (part["inlineData"] && part["inlineData"]["data"].escaped().empty()) broken("no data");
    if (part["fileData"] && part["fileData"]["fileUri"].escaped().empty()) broken("no file");
  }

  void check_schema(json::Value schema, const std::string& where) {
    static const std::vector<std::string> known{
        "type",    "format",   "title",     "description", "nullable",      "enum",
        "items",   "maxItems", "minItems",  "required",    "properties",    "propertyOrdering",
        "minimum", "maximum",  "minLength", "maxLength",   "minProperties", "maxProperties",
        "pattern", "example",  "anyOf"};
    if (!schema.is_object()) {
      broken(where + " is no schema");
      return;
    }
    for (const auto& m : schema.members()) {
      if (std::find(known.begin(), known.end(), m.key()) == known.end()) {
        broken(where + ": unknown name " + m.key());
      }
    }
    if (schema["type"] && !schema["type"].is_string()) broken(where + ": type is no text");
    if (schema["type"].equals("array") && !schema["items"]) broken(where + ": no items");
    if (!schema["type"] && !schema["anyOf"]) broken(where + ": neither type nor anyOf");
    const json::Value words = schema["enum"];
    for (const json::Value word : words.items()) {
      if (word.escaped().empty()) broken(where + ": enum of other than texts");
    }
    const json::Value required = schema["required"];
    for (const json::Value name : required.items()) {
      bool found = false;
      for (const auto& m : schema["properties"].members()) found |= m.key() == name.str();
      if (!found) broken(where + ": required names no property");
    }
    const json::Value properties = schema["properties"];
    for (const auto& m : properties.members()) check_schema(m.value(), where + "." + m.key());
    if (schema["items"]) check_schema(schema["items"], where + "[]");
    const json::Value choices = schema["anyOf"];
    for (const json::Value choice : choices.items()) check_schema(choice, where + "|");
  }

  std::vector<std::string> violations_;
};

}  // namespace aip::gemini_test
