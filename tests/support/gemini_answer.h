// gemini_answer.h - a strict reader of what this gateway says in Gemini's dialect.
//
// It is written from Google's description of GenerateContentResponse and of both framings, not from
// the encoder, and knows no mercy: an unknown member, a part with two payloads, a second finish
// reason, a call without an object, a sum that is not one, anything behind the end is a fault in
// words. What it accepts it puts together as a client does.
#pragma once

#include <aiproxy/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::test {

struct GeminiCandidateRead {
  std::string text, thoughts, finish, signatures;
  std::vector<std::string> calls;  // "id name args"
  std::vector<std::string> media;  // payloads
};

struct GeminiAnswer {
  std::string fault;  // empty: the answer keeps all rules
  std::map<std::int64_t, GeminiCandidateRead> candidates;
  std::string model, id, usage, error;
  std::size_t chunks = 0;

  [[nodiscard]] bool good() const { return fault.empty(); }
  // All candidates are finished and there was no error.
  [[nodiscard]] bool whole() const {
    return good() && error.empty() && !candidates.empty() &&
           std::all_of(candidates.begin(), candidates.end(),
                       [](const auto& c) { return !c.second.finish.empty(); });
  }
};

class GeminiReader {
 public:
  // `more`: top-level members that may stand beside Google's own.
  explicit GeminiReader(std::set<std::string> more = {}) : more_(std::move(more)) {}

  GeminiAnswer events(std::string_view bytes) {
    while (!bytes.empty() && answer_.good()) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string_view::npos) return fault("the last event is not ended");
      const std::string_view event = bytes.substr(0, end);
      bytes.remove_prefix(end + 4);
      if (event.find_first_of("\r\n") != std::string_view::npos) return fault("a line end inside");
      if (event.substr(0, 1) == ":") continue;
      if (event.substr(0, 6) != "data: ") return fault("no data field");
      response(event.substr(6));
    }
    return answer_;
  }

  GeminiAnswer array(std::string_view bytes) {
    if (!json::check(bytes).ok()) return fault("the array is no JSON");
    const json::Value items(bytes);
    if (!items.is_array()) return fault("no array");
    for (const json::Value item : items.items()) response(item.raw());
    return answer_;
  }

  GeminiAnswer whole(std::string_view bytes) {
    response(bytes);
    if (answer_.good() && answer_.error.empty() && !answer_.whole()) return fault("unfinished");
    return answer_;
  }

 private:
  GeminiAnswer fault(const std::string& words) {
    if (answer_.good()) answer_.fault = words;
    return answer_;
  }
  bool knows(json::Value object, std::initializer_list<std::string_view> names,
             const std::string& what) {
    if (!object.is_object()) return fault(what + " is no object"), false;
    std::set<std::string> seen;
    for (const json::Value::Member& m : object.members()) {
      const std::string name = m.key();
      if (!seen.insert(name).second) fault(what + " has " + name + " twice");
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        fault(what + " has the unknown member " + name);
      }
    }
    return answer_.good();
  }

  void response(std::string_view text) {
    if (!json::check(text).ok()) return void(fault("no JSON: " + std::string(text)));
    const json::Value root(text);
    if (!answer_.error.empty()) return void(fault("something behind the error"));
    if (finished_) return void(fault("something behind the last chunk"));
    ++answer_.chunks;
    if (root["error"]) return error(root);
    for (const json::Value::Member& m : root.members()) top_member(m.key());
    if (!root["candidates"].is_array() || root["candidates"].size() == 0) {
      return void(fault("no candidates"));
    }
    same(root["modelVersion"], answer_.model, "modelVersion");
    same(root["responseId"], answer_.id, "responseId");
    std::set<std::int64_t> in_chunk;
    for (const json::Value one : root["candidates"].items()) candidate(one, in_chunk);
    if (root["usageMetadata"]) usage(root["usageMetadata"]);
    // The last chunk is the one that ends all candidates at once.
    finished_ = answer_.whole();
  }

  void top_member(const std::string& name) {
    static const std::set<std::string> kKnown{"candidates", "usageMetadata", "modelVersion",
                                              "responseId"};
    if (kKnown.count(name) == 0 && more_.count(name) == 0) fault("unknown member " + name);
  }

  void same(json::Value value, std::string& before, const std::string& name) {
    if (value.escaped().empty()) return void(fault(name + " is missing"));
    if (!before.empty() && value.str() != before) fault(name + " changes");
    before = value.str();
  }

  void error(json::Value root) {
    const json::Value e = root["error"];
    if (!knows(root, {"error"}, "the error") ||
        !knows(e, {"code", "message", "status", "details"}, "the error")) {
      return;
    }
    const auto code = e["code"].integer();
    if (!code || *code < 400 || *code > 599) fault("error.code is no status");
    if (e["message"].escaped().empty() || e["status"].escaped().empty())
      fault("error without words");
    for (const json::Value detail : e["details"].items()) {
      if (detail["@type"].escaped().find("type.googleapis.com/google.rpc.") != 0) {
        fault("a detail without its type");
      }
    }
    answer_.error = e["status"].str();
  }

  void usage(json::Value u) {
    if (!knows(u,
               {"promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount",
                "cachedContentTokenCount", "totalTokenCount"},
               "usageMetadata")) {
      return;
    }
    const auto count = [&](const char* name) { return u[name].integer().value_or(0); };
    if (count("promptTokenCount") + count("candidatesTokenCount") + count("thoughtsTokenCount") !=
        count("totalTokenCount")) {
      fault("the tokens do not add up");
    }
    answer_.usage = std::string(u.raw());
  }

  void candidate(json::Value c, std::set<std::int64_t>& in_chunk) {
    if (!knows(c,
               {"content", "finishReason", "finishMessage", "index", "groundingMetadata",
                "logprobsResult"},
               "the candidate")) {
      return;
    }
    const auto index = c["index"].integer();
    if (!index || !in_chunk.insert(*index).second) return void(fault("index"));
    GeminiCandidateRead& read = answer_.candidates[*index];
    if (!read.finish.empty()) fault("a candidate goes on behind its end");
    if (!knows(c["content"], {"parts", "role"}, "content")) return;
    if (!c["content"]["role"].equals("model")) fault("the role is not model");
    if (c["content"]["parts"].size() == 0) fault("no parts");
    for (const json::Value one : c["content"]["parts"].items()) part(one, read);
    if (const json::Value reason = c["finishReason"]) {
      static const std::set<std::string> kReasons{"STOP",
                                                  "MAX_TOKENS",
                                                  "SAFETY",
                                                  "RECITATION",
                                                  "LANGUAGE",
                                                  "OTHER",
                                                  "SPII",
                                                  "MALFORMED_FUNCTION_CALL",
                                                  "BLOCKLIST",
                                                  "MODEL_ARMOR",
                                                  "PROHIBITED_CONTENT"};
      if (kReasons.count(reason.str()) == 0) fault("unknown reason " + reason.str());
      read.finish = reason.str();
    }
  }

  void part(json::Value p, GeminiCandidateRead& read) {
    if (!knows(p, {"text", "thought", "thoughtSignature", "functionCall", "inlineData", "fileData"},
               "the part")) {
      return;
    }
    int payloads = 0;
    for (const char* name : {"text", "functionCall", "inlineData", "fileData"}) {
      if (p[name]) ++payloads;
    }
    if (payloads != 1) fault("a part has exactly one payload");
    if (const json::Value sign = p["thoughtSignature"]) {
      if (sign.escaped().empty() || sign.escaped().size() % 4 != 0) fault("no base64");
      if (p["thought"].is_true()) fault("a thought that is signed itself");
      read.signatures += sign.str() + ";";
    }
    if (const json::Value text = p["text"]) {
      if (!text.is_string()) fault("text is no string");
      (p["thought"].is_true() ? read.thoughts : read.text) += text.str();
    }
    if (p["functionCall"]) return call(p["functionCall"], read);
    if (p["inlineData"] && knows(p["inlineData"], {"mimeType", "data"}, "inlineData")) {
      read.media.emplace_back(p["inlineData"].raw());
    }
    if (p["fileData"] && knows(p["fileData"], {"fileUri", "mimeType"}, "fileData")) {
      read.media.emplace_back(p["fileData"].raw());
    }
  }

  void call(json::Value call, GeminiCandidateRead& read) {
    if (!knows(call, {"id", "name", "args"}, "functionCall")) return;
    if (!call["args"].is_object()) fault("args are no object");
    if (call["name"].escaped().empty()) fault("a call without a name");
    if (call["id"].escaped().empty() || !ids_.insert(call["id"].str()).second) {
      fault("the id of a call is missing or not its own");
    }
    read.calls.push_back(call["id"].str() + " " + call["name"].str() + " " +
                         std::string(call["args"].raw()));
  }

  std::set<std::string> more_, ids_;
  GeminiAnswer answer_;
  bool finished_ = false;
};

}  // namespace aip::test
