#include "identity.h"

#include <aiproxy/text.hpp>

#include <algorithm>
#include <array>

namespace aip::coze {
namespace {

constexpr std::string_view kToolPrefix = "coze-";

// Ids are texts; the seed's users write some of them as numbers.
std::string id_text(json::Value value) {
  return value.is_number() ? std::string(value.raw()) : value.str();
}

// A member of the seed's block, wherever it stands in it.
std::string block_member(json::Value block, std::string_view name) {
  std::string inside = id_text(block["conversation"][name]);
  return inside.empty() ? id_text(block[name]) : inside;
}

std::string_view header(const aip_request& request, std::string_view name) {
  return sdk::find_header(request.headers, request.header_count, name);
}

bool is_number(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_bot(std::string_view model, const Settings& settings) noexcept {
  return is_number(model) || settings.knows_bot(model);
}

// The last message's, if that is a tool's output.
std::optional<ToolRef> tool_ref(json::Value messages) {
  json::Value last;
  for (const json::Value message : messages.items()) last = message;
  if (!last["role"].equals("tool")) return std::nullopt;
  return parse_tool_id(last["tool_call_id"].str());
}

void fill(std::string& field, std::string value) {
  if (field.empty()) field = std::move(value);
}

Outcome<Version> version_of(std::string_view model, const Settings& settings) {
  if (model == "coze-v2") return Version::V2;
  if (model == "coze-v3") return Version::V3;
  if (model.empty() || model == "coze-api") return settings.api_version.value_or(Version::V2);
  if (is_bot(model, settings)) return settings.api_version.value_or(Version::V3);
  sdk::Failure failure(AIP_E_INVALID,
                       "Coze has no model of this name: coze-api, coze-v2, coze-v3 or the id of a "
                       "bot are served.");
  failure.http_status = 404;
  failure.type = "invalid_request_error";
  failure.reason = "model_not_found";
  failure.param = "/model";
  return failure;
}

}  // namespace

std::string to_tool_id(const ToolRef& ref) {
  for (const std::string* part : {&ref.bot_id, &ref.conversation_id, &ref.chat_id}) {
    // It could not be taken apart again.
    if (part->empty() || part->find('-') != std::string::npos) return ref.id;
  }
  std::string id(kToolPrefix);
  id.append(ref.bot_id).append("-").append(ref.conversation_id).append("-");
  return id.append(ref.chat_id).append("-").append(ref.id);
}

std::optional<ToolRef> parse_tool_id(std::string_view id) {
  if (id.substr(0, kToolPrefix.size()) != kToolPrefix) return std::nullopt;
  id.remove_prefix(kToolPrefix.size());
  ToolRef ref;
  for (std::string* part : {&ref.bot_id, &ref.conversation_id, &ref.chat_id}) {
    const std::size_t dash = id.find('-');
    if (dash == std::string_view::npos || dash == 0) return std::nullopt;
    *part = id.substr(0, dash);
    id.remove_prefix(dash + 1);
  }
  ref.id = id;
  return ref;
}

Asked read_asked(const aip_request& request, const Chat& chat, const Settings& settings) {
  Asked asked;
  asked.bot_id = header(request, "x-bot-id");
  asked.user = header(request, "x-auth-id");
  fill(asked.bot_id, block_member(chat.coze, "bot_id"));
  fill(asked.user, block_member(chat.coze, "user"));
  fill(asked.user, block_member(chat.coze, "index"));
  asked.conversation_id = block_member(chat.coze, "conversation_id");
  asked.chat_id = block_member(chat.coze, "chat_id");
  if (const std::optional<ToolRef> ref = tool_ref(chat.messages)) {
    fill(asked.bot_id, ref->bot_id);
    fill(asked.conversation_id, ref->conversation_id);
    fill(asked.chat_id, ref->chat_id);
  }
  const std::string_view model = sdk::text(request.model);
  if (is_bot(model, settings)) fill(asked.bot_id, std::string(model));
  return asked;
}

Outcome<Identity> settle(const aip_request& request, const Chat& chat, const Settings& settings) {
  const Outcome<Version> version = version_of(sdk::text(request.model), settings);
  if (const auto* failure = std::get_if<sdk::Failure>(&version)) return *failure;
  Asked asked = read_asked(request, chat, settings);
  Identity out;
  out.version = std::get<Version>(version);
  out.conversation_id = std::move(asked.conversation_id);
  out.chat_id = std::move(asked.chat_id);
  out.bot_id = std::move(asked.bot_id);

  // What is configured for the chosen token; for a client's own, what its names lead to.
  const bool own = (request.credential.flags & AIP_CRED_CLIENT) != 0;
  const json::Value entry(sdk::text(request.credential.extra));
  const Bot* bot = own ? settings.find(out.bot_id, asked.user) : nullptr;
  fill(out.bot_id, bot != nullptr ? bot->bot_id : entry["bot_id"].str());
  if (out.bot_id.empty()) {
    return invalid("/coze/conversation/bot_id",
                   "Which bot? Name it in x-bot-id, in coze.conversation.bot_id or as the model.");
  }
  // The operator's tokens ask the operator's bots. With no list, the token alone decides.
  if (!own && !settings.bots.empty() && !settings.knows_bot(out.bot_id)) {
    return invalid("/coze/conversation/bot_id", "This bot is not configured.");
  }
  // "user/bot" is how the host tells apart what is configured for one user.
  const Bot* named = settings.find({}, asked.user);
  out.user = named != nullptr ? named->user : asked.user;
  fill(out.user, bot != nullptr ? bot->user : entry["user"].str());
  fill(out.user, chat.user.str());
  fill(out.user, std::string(kDefaultUser));
  out.region = bot != nullptr ? bot->region : entry["region"].str();
  return out;
}

}  // namespace aip::coze
