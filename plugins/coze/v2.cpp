#include "v2.h"

namespace aip::coze {

MaybeFailure V2Reader::stream_event(const Event& event) {
  if (!event.is_json) {
    if (event.data.empty() || event.data == "[DONE]") return std::nullopt;
    return bad_answer("Coze's stream holds an event that is not JSON.");
  }
  const json::Value data(event.data);
  const json::Value kind = data["event"];
  if (kind.equals("message")) {
    message(data);
  } else if (kind.equals("done")) {
    answer_.finish("done");
  } else if (kind.equals("error") || data["error_information"].is_object()) {
    return failure_of_object(data);
  } else {
    answer_.ping();
  }
  return std::nullopt;
}

void V2Reader::message(json::Value event) {
  const json::Value conversation = event["conversation_id"];
  if (conversation.is_string()) answer_.learn_conversation(conversation.str());
  answer_.start({}, 0);
  const json::Value message = event["message"];
  if (message["type"].equals("answer")) {
    answer_.text(event["index"].raw(), message["content"].escaped());
  } else if (message["type"].equals("follow_up")) {
    follow_up(event);
  } else {
    answer_.ping();
  }
}

void V2Reader::follow_up(json::Value event) {
  const std::int64_t index = event["index"].integer().value_or(0);
  if (follow_ups_.size() >= kFollowUpsMax && follow_ups_.count(index) == 0) return;
  std::string& question = follow_ups_[index];
  // One byte above the limit is enough for the answer to leave it out.
  const std::size_t room = kFollowUpBytesMax + 1 - question.size();
  question.append(event["message"]["content"].escaped().substr(0, room));
  if (!event["is_finish"].is_true()) return;
  answer_.follow_up(question);
  follow_ups_.erase(index);
}

MaybeFailure V2Reader::end() {
  if (answer_.complete()) return std::nullopt;
  return truncated();
}

void V2Reader::whole(json::Value body) {
  const json::Value conversation = body["conversation_id"];
  if (conversation.is_string()) answer_.learn_conversation(conversation.str());
  answer_.start({}, 0);
  std::size_t number = 0;
  for (const json::Value message : body["messages"].items()) {
    const std::string_view content = message["content"].escaped();
    if (message["type"].equals("answer")) answer_.text(std::to_string(number++), content);
    if (message["type"].equals("follow_up")) answer_.follow_up(content);
  }
  answer_.finish("done");
}

}  // namespace aip::coze
