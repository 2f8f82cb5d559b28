#include "invocation.h"

#include <aiproxy/json.hpp>

#include <array>

namespace aip::bing {
namespace {

// What the pages of the service ask for (names are the service's own).
constexpr std::array<std::string_view, 15> kOptions{"nlu_direct_response_filter",
                                                    "deepleo",
                                                    "disable_emoji_spoken_text",
                                                    "responsible_ai_policy_235",
                                                    "enablemm",
                                                    "dv3sugg",
                                                    "iyxapbing",
                                                    "iycapbing",
                                                    "uquopt",
                                                    "techinstgnd",
                                                    "rctechalwlst",
                                                    "eredirecturl",
                                                    "bcechat",
                                                    "clgalileo",
                                                    "gencontentv3"};
constexpr std::array<std::string_view, 17> kMessageTypes{"ActionRequest",
                                                         "Chat",
                                                         "ConfirmationCard",
                                                         "Context",
                                                         "InternalSearchQuery",
                                                         "InternalSearchResult",
                                                         "Disengaged",
                                                         "InternalLoaderMessage",
                                                         "Progress",
                                                         "RenderCardRequest",
                                                         "RenderContentRequest",
                                                         "AdsQuery",
                                                         "SemanticSerp",
                                                         "GenerateContentQuery",
                                                         "SearchQuery",
                                                         "GeneratedCode",
                                                         "InternalTasksMessage"};
constexpr std::array<std::string_view, 4> kHistoryOptions{"threads_bce", "savemem", "uprofupd",
                                                          "uprofgen"};

template <std::size_t N>
void write_list(json::Writer& out, std::string_view key,
                const std::array<std::string_view, N>& items, std::string_view last = {}) {
  out.key(key).array();
  for (const std::string_view item : items) out.string(item);
  if (!last.empty()) out.string(last);
  out.end_array();
}

void write_message(json::Writer& out, const Question& q) {
  out.key("message").object();
  out.member("locale", q.locale).member("market", q.locale);
  out.member("region", q.locale.substr(q.locale.find('-') + 1));
  if (!q.conversation->image_url.empty()) {
    out.member("imageUrl", q.conversation->image_url);
    out.member("originalImageUrl", q.conversation->image_url);
  }
  out.member("author", "user").member("inputMethod", "Keyboard");
  out.member("text", q.turn->prompt).member("messageType", "Chat");
  out.member("requestId", q.request_id).member("messageId", q.request_id);
  out.end_object();
}

void write_context(json::Writer& out, std::string_view context) {
  out.key("previousMessages").array().object();
  out.member("author", "user").member("description", context);
  out.member("contextType", "WebPage").member("messageType", "Context");
  out.end_object().end_array();
}

}  // namespace

std::string invocation(const Question& q) {
  std::string text;
  json::Writer out(text);
  out.object().key("arguments").array().object();
  out.member("source", "cib");
  write_list(out, "optionsSets", kOptions, q.style.option);
  write_list(out, "allowedMessageTypes", kMessageTypes);
  out.key("sliceIds").array().end_array();
  out.member("verbosity", "verbose").member("scenario", "SERP");
  out.member("traceId", q.conversation->trace_id);
  write_list(out, "conversationHistoryOptionsSets", kHistoryOptions);
  out.key("isStartOfSession").boolean(q.first);
  out.member("requestId", q.request_id);
  write_message(out, q);
  out.member("tone", q.style.tone).member("spokenTextMode", "None");
  out.member("conversationId", q.conversation->id);
  out.key("participant").object().member("id", q.conversation->client_id).end_object();
  if (!q.turn->context.empty()) write_context(out, q.turn->context);
  out.end_object().end_array();
  out.member("invocationId", std::to_string(q.conversation->turn));
  out.member("target", "chat").key("type").number(4).end_object();
  text.push_back(kRecordEnd);
  return text;
}

}  // namespace aip::bing
