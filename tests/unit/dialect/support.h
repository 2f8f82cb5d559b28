// support.h - an encoder under test, and its output as values.
#pragma once

#include <doctest/doctest.h>

#include <aiproxy/events.hpp>
#include <aiproxy/json.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/dialect/dialect.h"

namespace aip::test {

namespace event = aip::sdk::event;

inline dialect::AnswerOptions options_of(bool stream, bool include_usage = false) {
  dialect::AnswerOptions options;
  options.stream = stream;
  options.include_usage = include_usage;
  options.model = "asked";
  options.id = "chatcmpl-own";
  options.created_s = 1700000000;
  return options;
}

// The JSON texts of a stream's events; [DONE] and comments as they are. Fails on broken framing.
inline std::vector<std::string> datas_of(std::string_view stream) {
  std::vector<std::string> out;
  while (!stream.empty()) {
    const std::size_t end = stream.find("\n\n");
    REQUIRE(end != std::string_view::npos);
    std::string_view event = stream.substr(0, end);
    REQUIRE(event.find('\n') == std::string_view::npos);
    stream.remove_prefix(end + 2);
    if (event.substr(0, 6) == "data: ") event.remove_prefix(6);
    if (event.front() == '{') REQUIRE_MESSAGE(json::check(event).ok(), std::string(event));
    out.emplace_back(event);
  }
  return out;
}

// What a client puts together out of a stream, for one choice.
struct Collected {
  std::string role, content, reasoning, refusal, finish;
  std::vector<std::string> tools;  // "id name arguments"
  int roles = 0, finishes = 0, chunks = 0;
};
inline Collected collect(std::string_view stream, std::int64_t choice = 0) {
  Collected out;
  std::vector<std::array<std::string, 3>> tools;
  for (const std::string& data : datas_of(stream)) {
    if (data.front() != '{') continue;
    for (const json::Value c : json::Value(data)["choices"].items()) {
      if (c["index"].integer() != choice) continue;
      ++out.chunks;
      const json::Value delta = c["delta"];
      if (delta["role"]) {
        ++out.roles;
        out.role = delta["role"].str();
      }
      out.content += delta["content"].str();
      out.reasoning += delta["reasoning_content"].str();
      out.refusal += delta["refusal"].str();
      for (const json::Value call : delta["tool_calls"].items()) {
        const auto index = static_cast<std::size_t>(*call["index"].integer());
        if (index >= tools.size()) tools.resize(index + 1);
        tools[index][0] += call["id"].str();
        tools[index][1] += call["function"]["name"].str();
        tools[index][2] += call["function"]["arguments"].str();
      }
      if (c["finish_reason"].is_string()) {
        ++out.finishes;
        out.finish = c["finish_reason"].str();
      }
    }
  }
  for (const auto& [id, name, arguments] : tools) {
    out.tools.push_back(id + " " + name + " " + arguments);
  }
  return out;
}

class Encoding {
 public:
  explicit Encoding(dialect::AnswerOptions options)
      : encoder_(dialect::make_encoder(dialect::Kind::OpenAiChat, std::move(options))) {}

  Encoding& tell(std::initializer_list<aip_event> events) {
    for (const aip_event& e : events) encoder_->event(e, out);
    return *this;
  }
  Encoding& end() {
    encoder_->end(out);
    return *this;
  }
  dialect::AnswerEncoder& encoder() { return *encoder_; }

  std::string out;

 private:
  std::unique_ptr<dialect::AnswerEncoder> encoder_;
};

// The whole answer to these events.
inline std::string whole_of(std::initializer_list<aip_event> events) {
  Encoding encoding(options_of(false));
  encoding.tell(events);
  REQUIRE(encoding.out.empty());
  encoding.end();
  REQUIRE_MESSAGE(json::check(encoding.out).ok(), encoding.out);
  return encoding.out;
}

}  // namespace aip::test
