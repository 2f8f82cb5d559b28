#include "core/dialect/token_count.h"

#include <doctest/doctest.h>

using aip::dialect::count_body;
using aip::dialect::estimate_chat;
using aip::dialect::estimate_text;
using aip::dialect::Kind;
using aip::json::Value;

TEST_CASE("token count: a text costs about what tokenizers make of it") {
  struct Row {
    std::string_view text;
    std::uint64_t low, high;  // what tokenizers in use say, and a third around it
  };
  for (const Row& row : {
           Row{"", 0, 0},
           Row{"Hello", 1, 2},
           Row{"The quick brown fox jumps over the lazy dog.", 8, 14},
           Row{"for (int i = 0; i < n; ++i) { sum += values[i]; }", 14, 28},
           Row{"北京是中国的首都", 6, 12},
           Row{"Привет, как дела?", 5, 11},
           Row{"1234567890", 4, 7},
       }) {
    CAPTURE(row.text);
    CHECK(estimate_text(row.text) >= row.low);
    CHECK(estimate_text(row.text) <= row.high);
  }
}

TEST_CASE("token count: an escape is one character, wherever the text ends") {
  CHECK(estimate_text("\\u5317\\u4eac") == 2);
  CHECK(estimate_text("a\\nb\\\"c") <= 3);
  for (const char* cut : {"\\", "\\u", "\\u5", "\\u531", "a\\"}) CHECK(estimate_text(cut) <= 1);
}

TEST_CASE("token count: pictures and documents count by rule, not by their base64") {
  const std::string data(300'000, 'A');
  const auto with = [&](const std::string& part) {
    const std::string chat = R"({"messages":[{"role":"user","content":[)" + part + "]}]}";
    return estimate_chat(Value(chat));
  };
  CHECK(with(R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" + data + "\"}}") ==
        aip::dialect::kTokensOfImage + aip::dialect::kTokensOfMessage);
  CHECK(with(R"({"type":"document","source":{"type":"base64","data":")" + data + "\"}}") ==
        10'000 + aip::dialect::kTokensOfMessage);
  CHECK(with(R"({"type":"file","file":{"file_data":")" + data + "\"}}") < 11'000);
  CHECK(with(R"({"type":"input_audio","input_audio":{"data":")" + data + "\"}}") < 11'000);
  CHECK(with(R"({"type":"document","source":{"type":"text","data":"four words of text"}})") < 10);
}

TEST_CASE("token count: messages, calls and tools all count, settings do not") {
  const auto count = [](const std::string& text) { return estimate_chat(Value(text)); };
  const std::uint64_t plain = count(R"({"messages":[{"role":"user","content":"hello there"}]})");
  CHECK(plain > aip::dialect::kTokensOfMessage);
  CHECK(count(R"({"model":"m","temperature":0.25,"user":"a very long name of a user",
      "messages":[{"role":"user","content":"hello there"}]})") == plain);
  CHECK(count(R"({"messages":[{"role":"user","content":"hello there"}],
      "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]})") >
        plain + 10);
  CHECK(count(R"({"messages":[{"role":"user","content":"hello there"},{"role":"assistant",
      "content":null,"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]}]})") >
        plain + 8);
  CHECK(count("{}") == 0);
}

TEST_CASE("token count: each dialect has its own answer") {
  CHECK(count_body(Kind::Anthropic, 7) == R"({"input_tokens":7})");
  CHECK(count_body(Kind::Gemini, 7) == R"({"totalTokens":7})");
}
