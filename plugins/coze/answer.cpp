#include "answer.h"

namespace aip::coze {

namespace event = sdk::event;

void Answer::clear() {
  events_.clear();
  scratch_.clear();
}

std::string_view Answer::keep(std::string text) {
  return scratch_.emplace_back(std::move(text));
}

void Answer::add(aip_event event) {
  if (complete_) return;
  start({}, 0);
  events_.push_back(event);
}

void Answer::start(std::string_view id, std::uint64_t created_s) {
  if (started_) return;
  started_ = true;
  events_.push_back(event::start(keep(std::string(id)), {}, created_s));
  tell_block();
}

// The seed's block: what a client gives back to go on in the same conversation.
void Answer::tell_block() {
  std::string block;
  json::Writer json(block);
  json.object().member("type", "api").member("bot_id", who_.bot_id);
  json.member("conversation_id", who_.conversation_id).member("user", who_.user);
  if (!who_.chat_id.empty()) json.member("chat_id", who_.chat_id);
  if (!follow_ups_.empty()) {
    json.key("follow_ups").array();
    for (const std::string& question : follow_ups_) json.escaped(question);
    json.end_array();
  }
  json.end_object();
  events_.push_back(event::provider("coze", keep(std::move(block))));
}

void Answer::text(std::string_view message, std::string_view escaped) {
  if (escaped.empty()) return;
  if (text_told_ && message != message_) add(event::escaped(event::text("\\n\\n")));
  message_ = message;
  text_told_ = true;
  add(event::escaped(event::text(escaped)));
}

void Answer::reasoning(std::string_view escaped) {
  if (!escaped.empty()) add(event::escaped(event::reasoning(escaped)));
}

void Answer::image(std::string_view url_escaped) {
  std::string json;
  json::Writer(json).object().key("url").escaped(url_escaped).end_object();
  add(event::image(keep(std::move(json))));
}

void Answer::tool(json::Value call) {
  const json::Value function = call["function"];
  const std::string id =
      to_tool_id({who_.bot_id, who_.conversation_id, who_.chat_id, call["id"].str()});
  const std::uint32_t block = tools_++;
  add(event::tool_begin(block, keep(id), keep(function["name"].str())));
  const std::string_view arguments = function["arguments"].escaped();
  add(event::escaped(event::tool_args(block, arguments.empty() ? "{}" : arguments)));
  add(event::block_end(block));
}

void Answer::usage(const sdk::Usage& usage) {
  if (usage.empty()) return;
  usage_ = usage;
  add(event::usage(usage_));
}

void Answer::follow_up(std::string_view escaped) {
  if (escaped.empty() || escaped.size() > kFollowUpBytesMax) return;
  if (follow_ups_.size() < kFollowUpsMax) follow_ups_.emplace_back(escaped);
}

void Answer::ping() {
  if (!complete_) events_.push_back(event::ping());
}

void Answer::finish(std::string_view upstream_reason) {
  if (complete_) return;
  start({}, 0);
  tell_block();
  add(event::finish(tools_ != 0 ? AIP_FINISH_TOOLS : AIP_FINISH_STOP,
                    keep(std::string(upstream_reason))));
  complete_ = true;
}

}  // namespace aip::coze
