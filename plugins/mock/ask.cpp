#include "ask.h"

#include <algorithm>

#include "words.h"

namespace mock {
namespace {

using aip::json::Value;

constexpr std::int64_t kChoicesMax = 8;

struct Content {
  std::string text;
  std::size_t images = 0;
};

Content read_content(Value content) {
  Content out;
  if (content.is_string()) out.text = content.str();
  for (const Value part : content.items()) {
    if (part["text"].is_string()) {
      if (!out.text.empty()) out.text += ' ';
      out.text += part["text"].str();
    }
    if (part["type"].equals("image_url")) ++out.images;
  }
  return out;
}

void read_messages(Value messages, Ask& ask) {
  for (const Value message : messages.items()) {
    const Content content = read_content(message["content"]);
    ask.prompt_words += count_words(content.text) + content.images;
    ask.tool_calls_before += message["tool_calls"].size();
    ask.answers_tool = message["role"].equals("tool");
    if (ask.answers_tool) ask.tool_result = content.text;
    if (message["role"].equals("user")) {
      ask.last_user = content.text;
      ask.images = content.images;
    }
  }
}

void read_tools(Value body, Ask& ask) {
  const Value choice = body["tool_choice"];
  if (choice.equals("none")) return;
  ask.wanted_tool = choice["function"]["name"].str();
  for (const Value tool : body["tools"].items()) {
    const Value function = tool["function"];
    if (function) ask.tools.push_back({function["name"].str(), function["parameters"]});
  }
}

void read_limits(Value body, Ask& ask) {
  Value most = body["max_completion_tokens"];
  if (most.is_null_or_none()) most = body["max_tokens"];
  if (const auto n = most.integer(); n && *n > 0) ask.words_max = static_cast<std::size_t>(*n);
  const Value stop = body["stop"];
  if (stop.is_string()) ask.stops.push_back(stop.str());
  for (const Value item : stop.items()) ask.stops.push_back(item.str());
  ask.stops.erase(std::remove(ask.stops.begin(), ask.stops.end(), std::string()), ask.stops.end());
  if (const auto n = body["n"].integer()) {
    ask.choices = static_cast<std::uint32_t>(std::clamp<std::int64_t>(*n, 1, kChoicesMax));
  }
}

}  // namespace

Ask read_ask(std::string_view text) {
  const Value body(text);
  Ask ask;
  read_messages(body["messages"], ask);
  read_tools(body, ask);
  read_limits(body, ask);
  ask.response_schema = body["response_format"]["json_schema"]["schema"];
  return ask;
}

}  // namespace mock
