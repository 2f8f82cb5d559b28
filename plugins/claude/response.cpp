#include "response.h"

#include <array>

#include "errors.h"
#include "tools.h"

namespace aip::claude {
namespace {

namespace event = sdk::event;

struct Reason {
  std::string_view name;
  std::uint32_t finish;
};
// Every other reason is an end like any other.
constexpr std::array<Reason, 7> kReasons{{
    {"end_turn", AIP_FINISH_STOP},
    {"stop_sequence", AIP_FINISH_STOP_SEQUENCE},
    {"pause_turn", AIP_FINISH_PAUSE},
    {"max_tokens", AIP_FINISH_LENGTH},
    {"model_context_window_exceeded", AIP_FINISH_LENGTH},
    {"tool_use", AIP_FINISH_TOOLS},
    {"refusal", AIP_FINISH_FILTER},
}};

std::uint32_t finish_of(std::string_view reason) noexcept {
  for (const Reason& row : kReasons) {
    if (row.name == reason) return row.finish;
  }
  return AIP_FINISH_STOP;
}

bool begins_with(std::string_view text, std::string_view with) noexcept {
  return text.substr(0, with.size()) == with;
}

}  // namespace

std::optional<std::string_view> text_of_delta(std::string_view data) noexcept {
  constexpr std::string_view kHead = R"({"type":"content_block_delta","index":)";
  constexpr std::string_view kMiddle = R"(,"delta":{"type":"text_delta","text":")";
  if (!begins_with(data, kHead)) return std::nullopt;
  data.remove_prefix(kHead.size());
  const std::size_t comma = data.find_first_not_of("0123456789");
  if (comma == 0 || comma == std::string_view::npos) return std::nullopt;
  data.remove_prefix(comma);
  if (!begins_with(data, kMiddle)) return std::nullopt;
  data.remove_prefix(kMiddle.size());
  const char* end = data.data() + data.size();
  const char* quote = json::detail::string_end(data.data(), end);
  std::string_view rest(quote, static_cast<std::size_t>(end - quote));
  if (!begins_with(rest, R"("}})") && !begins_with(rest, R"("} )")) return std::nullopt;
  // Two braces with blanks between and behind them: the service pads its events.
  rest = rest.substr(2);
  const std::size_t brace = rest.find_first_not_of(' ');
  if (brace == std::string_view::npos || rest[brace] != '}') return std::nullopt;
  if (rest.find_first_not_of(' ', brace + 1) != std::string_view::npos) return std::nullopt;
  return data.substr(0, static_cast<std::size_t>(quote - data.data()));
}

// ---- the stream --------------------------------------------------------------------------------

MaybeFailure AnswerReader::stream_event(std::string_view data) {
  if (const std::optional<std::string_view> escaped = text_of_delta(data)) {
    clear();
    text(*escaped);
    return std::nullopt;
  }
  return walk_event(json::Value(data));
}

MaybeFailure AnswerReader::walk_event(json::Value event) {
  clear();
  const json::Value type = event["type"];
  if (type.equals("content_block_delta")) {
    block_delta(event["delta"]);
  } else if (type.equals("message_start")) {
    message_start(event["message"]);
  } else if (type.equals("content_block_start")) {
    block_start(event["content_block"]);
  } else if (type.equals("content_block_stop")) {
    block_stop();
  } else if (type.equals("message_delta")) {
    message_delta(event);
  } else if (type.equals("message_stop")) {
    // Without a reason before it the answer is not what this protocol calls whole; it is taken to
    // be: some intermediaries leave message_delta out.
    tell_finish();
  } else if (type.equals("ping")) {
    add(event::ping());
  } else if (type.equals("error") || (event["error"] && !type)) {
    return failure_of_event(event);
  }
  return std::nullopt;
}

void AnswerReader::clear() {
  events_.clear();
  scratch_.clear();
}

// START goes before all else; an intermediary that leaves out message_start gets an empty one.
void AnswerReader::add(aip_event event) {
  if (complete_ && event.type != AIP_EV_PING) return;  // the answer has ended
  if (!started_ && event.type != AIP_EV_PING) {
    started_ = true;
    events_.push_back(event::start({}, {}));
  }
  events_.push_back(event);
}

// Names and ids cross as plain text. They hold no escapes as a rule, and are then not copied.
std::string_view AnswerReader::plain(json::Value string) {
  if (string.escaped().find('\\') == std::string_view::npos) return string.escaped();
  return scratch_.emplace_back(string.str());
}

void AnswerReader::message_start(json::Value message) {
  if (!started_) {
    started_ = true;  // before add(), which would put one of its own in front
    add(event::start(plain(message["id"]), plain(message["model"])));
  }
  counts_.learn(message["usage"]);
  tell_usage();
}

void AnswerReader::text(std::string_view escaped) {
  if (escaped.empty()) return;
  citations_.text(escaped);
  add_escaped(event::text(escaped));
}

// ---- blocks ------------------------------------------------------------------------------------

void AnswerReader::block_start(json::Value block) {
  const json::Value type = block["type"];
  if (open_ != Block::None) block_stop();
  if (type.equals("text")) {
    open_ = Block::Text;
    citations_.begin_block();
    for (const json::Value citation : block["citations"].items()) citations_.add(citation);
    text(block["text"].escaped());
  } else if (type.equals("thinking")) {
    open_ = Block::Thinking;
    signature_seen_ = false;
    const std::string_view thinking = block["thinking"].escaped();
    if (!thinking.empty()) add_escaped(event::reasoning(thinking));
    const std::string_view signature = block["signature"].escaped();
    signature_seen_ = !signature.empty();
    if (signature_seen_) add_escaped(event::signature(signature));
  } else if (type.equals("redacted_thinking")) {
    open_ = Block::Hidden;
    add_escaped(event::redacted(block["data"].escaped()));
  } else if (type.equals("tool_use")) {
    tool_start(block);
  } else {
    // Server tools and their results, and whatever is newer than this file.
    open_ = Block::Hidden;
  }
}

void AnswerReader::tool_start(json::Value block) {
  input_seen_ = false;
  first_input_.clear();
  if (shape_ == Shape::JsonTool && block["name"].equals(kJsonTool)) {
    open_ = Block::JsonTool;
  } else {
    open_ = Block::Tool;
    add(event::tool_begin(tools_++, plain(block["id"]), plain(block["name"])));
  }
  // The service sends {} here and the input in deltas; some intermediaries send all of it here.
  if (block["input"].size() != 0) first_input_ = std::string(block["input"].raw());
}

void AnswerReader::block_delta(json::Value delta) {
  const json::Value type = delta["type"];
  if (type.equals("text_delta")) {
    text(delta["text"].escaped());
  } else if (type.equals("input_json_delta")) {
    tool_input(delta["partial_json"].escaped());
  } else if (type.equals("thinking_delta")) {
    const std::string_view thinking = delta["thinking"].escaped();
    if (!thinking.empty()) add_escaped(event::reasoning(thinking));
  } else if (type.equals("signature_delta")) {
    signature_seen_ = true;
    add_escaped(event::signature(delta["signature"].escaped()));
  } else if (type.equals("citations_delta")) {
    citations_.add(delta["citation"]);
  }
}

// partial_json is JSON text inside a JSON string, and so is what the client gets: the same bytes.
void AnswerReader::tool_input(std::string_view escaped) {
  if (escaped.empty()) return;
  if (open_ == Block::Tool) add_escaped(event::tool_args(tools_ - 1, escaped));
  if (open_ == Block::JsonTool) text(escaped);
  input_seen_ = true;
}

void AnswerReader::block_stop() {
  switch (open_) {
    case Block::None:
    case Block::Hidden:
      break;
    case Block::Text:
      for (std::string& annotation : citations_.end_block()) {
        add(event::citation(scratch_.emplace_back(std::move(annotation))));
      }
      break;
    case Block::Thinking:
      // A signature has closed it; without one the end must be told.
      if (!signature_seen_) add(event::block_end(0));
      break;
    case Block::Tool:
    case Block::JsonTool:
      if (!input_seen_) {
        const std::string_view input =
            scratch_.emplace_back(first_input_.empty() ? "{}" : first_input_);
        add(open_ == Block::Tool ? event::tool_args(tools_ - 1, input) : event::text(input));
      }
      if (open_ == Block::Tool) add(event::block_end(tools_ - 1));
      break;
  }
  open_ = Block::None;
}

// ---- whole answers -----------------------------------------------------------------------------

MaybeFailure AnswerReader::whole(json::Value message) {
  clear();
  if (message["type"].equals("error") || message["error"].is_object()) {
    return failure_of_event(message);
  }
  if (!message["content"].is_array()) {
    return bad_answer("The provider's answer is JSON, but no message of Anthropic's.");
  }
  message_start(message);
  for (const json::Value block : message["content"].items()) {
    block_start(block);
    block_stop();
  }
  learn_reason(message);
  tell_finish();
  return std::nullopt;
}

// ---- the end -----------------------------------------------------------------------------------

void AnswerReader::message_delta(json::Value event) {
  counts_.learn(event["usage"]);
  tell_usage();
  learn_reason(event["delta"]);
}

void AnswerReader::learn_reason(json::Value delta) {
  if (delta["stop_reason"].is_string()) {
    reason_told_ = true;
    reason_ = delta["stop_reason"].str();
  }
  if (delta["stop_sequence"].is_string()) stop_sequence_ = delta["stop_sequence"].str();
  const json::Value explanation = delta["stop_details"]["explanation"];
  if (explanation.is_string()) explanation_ = std::string(explanation.escaped());
}

void AnswerReader::tell_usage() {
  if (!counts_.known()) return;
  usage_ = counts_.as_usage();
  add(event::usage(usage_));
}

void AnswerReader::tell_finish() {
  if (complete_) return;
  if (open_ != Block::None) block_stop();
  std::uint32_t finish = finish_of(reason_);
  // A call of kJsonTool, or of a tool that only the service sees, is no call for the client.
  if (finish == AIP_FINISH_TOOLS && tools_ == 0) finish = AIP_FINISH_STOP;
  if (finish == AIP_FINISH_FILTER && !explanation_.empty()) {
    add_escaped(event::refusal(explanation_));
  }
  add(event::finish(finish, reason_, stop_sequence_));
  complete_ = true;
}

MaybeFailure AnswerReader::end() {
  clear();
  if (complete_) return std::nullopt;
  if (!reason_told_) return truncated("The provider's answer ended in the middle.");
  stop_missing_ = true;
  tell_finish();
  return std::nullopt;
}

}  // namespace aip::claude
