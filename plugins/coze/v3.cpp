#include "v3.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "content.h"

namespace aip::coze {
namespace {

constexpr std::string_view kPrefix = "conversation.";

// Two sets of names are in use.
std::uint64_t count_of(json::Value usage, std::string_view name, std::string_view other) {
  const json::Value value = usage[name] ? usage[name] : usage[other];
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value.integer().value_or(0), 0));
}

sdk::Usage usage_of(json::Value usage) {
  sdk::Usage out;
  if (!usage.is_object()) return out;
  out.set(AIP_USAGE_INPUT, count_of(usage, "input_count", "input_tokens"));
  out.set(AIP_USAGE_OUTPUT, count_of(usage, "output_count", "output_tokens"));
  return out;
}

// "conversation.chat.completed" without its prefix; the documents misspell it.
std::string_view short_name(std::string_view name) noexcept {
  if (name.substr(0, kPrefix.size()) == kPrefix) name.remove_prefix(kPrefix.size());
  if (name == "message.compleated") return "message.completed";
  if (name == "chat.compleated") return "chat.completed";
  return name;
}

// An id may be as long as an event: its hash is kept in its place.
std::size_t hash_of(std::string_view id) noexcept {
  return std::hash<std::string_view>()(id);
}

bool is_known(std::string_view name) noexcept {
  return name == "error" || name.substr(0, 5) == "chat." || name.substr(0, 8) == "message.";
}

}  // namespace

MaybeFailure V3Reader::stream_event(const Event& event) {
  const std::string_view name = short_name(event.name);
  if (name == "done") {
    if (status_ == ChatStatus::Running) return truncated();
    finish();
    return std::nullopt;
  }
  if (!event.is_json) {
    if (is_known(name)) return bad_answer("Coze's stream holds an event that is not JSON.");
    answer_.ping();
    return std::nullopt;
  }
  const json::Value data(event.data);
  if (name == "error") return failure_of_object(data);
  if (name == "message.delta") {
    delta(data);
  } else if (name == "message.completed") {
    completed(data);
  } else if (name == "chat.failed") {
    open_ = false;
    return failure_of_object(data);
  } else if (name.substr(0, 5) == "chat.") {
    return chat(data);
  } else {
    answer_.ping();
  }
  return std::nullopt;
}

void V3Reader::learn(json::Value chat) {
  const json::Value conversation = chat["conversation_id"];
  const json::Value id = chat["id"];
  if (conversation.is_string()) answer_.learn_conversation(conversation.str());
  if (id.is_string()) answer_.learn_chat(id.str());
  if (id.is_string() && conversation.is_string() && status_ == ChatStatus::Running) open_ = true;
  const std::int64_t created = chat["created_at"].integer().value_or(0);
  answer_.start(id.str(), static_cast<std::uint64_t>(std::max<std::int64_t>(created, 0)));
}

MaybeFailure V3Reader::chat(json::Value chat) {
  if (!chat.is_object()) return bad_answer("Coze's answer holds no chat.");
  learn(chat);
  return take_status(chat);
}

MaybeFailure V3Reader::take_status(json::Value chat) {
  const json::Value status = chat["status"];
  if (status.equals("failed")) {
    open_ = false;
    return failure_of_object(chat);
  }
  if (status.equals("canceled") || status.equals("cancelled")) {
    open_ = false;
    sdk::Failure failure(AIP_E_UPSTREAM, "The chat was cancelled in Coze.");
    failure.flags = AIP_ERR_TRUNCATED;
    return failure;
  }
  const bool waits = status.equals("requires_action");
  if ((!waits && !status.equals("completed")) || status_ != ChatStatus::Running) {
    answer_.ping();
    return std::nullopt;
  }
  open_ = false;
  status_ = waits ? ChatStatus::RequiresAction : ChatStatus::Completed;
  reason_ = status.str();
  if (waits) {
    const json::Value calls = chat["required_action"]["submit_tool_outputs"]["tool_calls"];
    if (calls.size() == 0) return bad_answer("Coze waits for the outputs of no tool.");
    for (const json::Value call : calls.items()) answer_.tool(call);
  }
  answer_.usage(usage_of(chat["usage"]));
  return std::nullopt;
}

void V3Reader::delta(json::Value message) {
  if (!message["type"].equals("answer")) return answer_.ping();
  const std::string_view id = message["id"].escaped();
  answer_.reasoning(message["reasoning_content"].escaped());
  const std::string_view content = message["content"].escaped();
  if (content.empty()) return;
  if (message["content_type"].equals("text") || !message["content_type"]) {
    if (told_.size() < kAnswersMax) told_.insert(hash_of(id));
    answer_.text(id, content);
  }
}

void V3Reader::completed(json::Value message) {
  if (message["type"].equals("answer")) {
    if (!was_told(message["id"].escaped())) answer_whole(message);
  } else if (message["type"].equals("follow_up")) {
    answer_.follow_up(message["content"].escaped());
  } else {
    answer_.ping();
  }
}

bool V3Reader::was_told(std::string_view id) const {
  return told_.count(hash_of(id)) != 0;
}

// An object_string is JSON in a string; what is no JSON after all is text.
void V3Reader::answer_whole(json::Value message) {
  const std::string_view id = message["id"].escaped();
  const json::Value type = message["content_type"];
  if (type.equals("card") || type.equals("audio")) return answer_.ping();
  if (!type.equals("object_string")) return answer_.text(id, message["content"].escaped());
  const std::string inside = message["content"].str();
  if (!sdk::is_json(inside)) return answer_.text(id, message["content"].escaped());
  for (const json::Value part : json::Value(inside).items()) {
    if (part["type"].equals("text")) {
      answer_.text_copy(id, part["text"].escaped());
    } else if (part["type"].equals("image") && part["file_url"].is_string()) {
      answer_.image(part["file_url"].escaped());
    }
  }
}

void V3Reader::messages(json::Value list) {
  for (const json::Value message : list.items()) {
    if (!message["role"].equals("assistant")) continue;
    if (message["type"].equals("answer")) {
      answer_.reasoning(message["reasoning_content"].escaped());
      answer_whole(message);
    }
    if (message["type"].equals("follow_up")) {
      answer_.follow_up(message["content"].escaped());
    }
  }
  finish();
}

MaybeFailure V3Reader::end() {
  if (answer_.complete()) return std::nullopt;
  if (status_ == ChatStatus::Running) return truncated();
  finish();
  return std::nullopt;
}

}  // namespace aip::coze
