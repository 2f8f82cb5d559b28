#include "hub.h"

#include <algorithm>
#include <utility>

#include "errors.h"
#include "upstream.h"

namespace aip::bing {
namespace {

constexpr std::size_t kListMax = 64;          // of suggestions, of sources, of image queries
constexpr std::size_t kQueryBytesMax = 2048;  // of an image query: what an address can hold

// The answer's text stands in the message, and in older answers only in its card.
std::string text_of(json::Value message) {
  const json::Value text = message["text"];
  if (text.is_string() && !text.escaped().empty()) return text.str();
  for (const json::Value card : message["adaptiveCards"].items()) {
    for (const json::Value block : card["body"].items()) return block["text"].str();
  }
  return {};
}

}  // namespace

std::optional<sdk::Failure> refused_handshake(json::Value record) {
  const json::Value error = record["error"];
  if (error.is_null_or_none() || !record.is_object()) return std::nullopt;
  sdk::Failure failure = bad_answer("a refused handshake");
  failure.message += " (" + error.str() + ")";
  return failure;
}

HubAnswer::Step HubAnswer::take(json::Value record) {
  switch (record["type"].integer().value_or(0)) {
    case 1:
      return update(record);
    case 2:
      return result(record["item"]);
    case 3:
      return fail(record["error"].is_null_or_none()
                      ? truncated("ended without a result")
                      : sdk::Failure(AIP_E_UPSTREAM, "Bing: " + record["error"].str()));
    case 6:
      return Step::Ping;
    case 7:
      return fail(truncated("ended: the hub closed" + (record["error"].is_null_or_none()
                                                           ? std::string()
                                                           : " (" + record["error"].str() + ")")));
    default:
      return Step::Go;
  }
}

HubAnswer::Step HubAnswer::update(json::Value record) {
  for (const json::Value argument : record["arguments"].items()) {
    take_throttling(argument["throttling"]);
    take_messages(argument["messages"], When::Update);
  }
  return Step::Go;
}

HubAnswer::Step HubAnswer::result(json::Value item) {
  const json::Value result = item["result"];
  if (!result.is_object()) return fail(bad_answer("a result that is none"));
  take_throttling(item["throttling"]);
  if (!result["value"].equals("Success")) return fail(failure_of_result(result));
  take_messages(item["messages"], When::Last);
  if (!last_text_.empty()) new_text_ += text_.finish(last_id_, last_text_);
  if (!text_.told() && image_queries_.empty() && !filtered_) {
    return fail(bad_answer("a result without an answer"));
  }
  return Step::Done;
}

HubAnswer::Step HubAnswer::fail(sdk::Failure failure) {
  failure_ = std::move(failure);
  return Step::Failed;
}

void HubAnswer::take_messages(json::Value messages, When when) {
  for (const json::Value message : messages.items()) {
    if (message["author"].equals("bot")) take_message(message, when);
  }
}

void HubAnswer::take_message(json::Value message, When when) {
  take_sides(message);
  if (message["contentType"].equals("IMAGE")) {
    take_image_query(message);
    return;
  }
  if (const json::Value type = message["messageType"]; type.is_string()) {
    if (type.equals("Disengaged")) filtered_ = true;
    if (!type.equals("Chat")) return;
  }
  std::string text = text_of(message);
  if (message["contentOrigin"].equals("Apology")) {
    filtered_ = true;
    refusal_ = std::move(text);
    return;
  }
  if (text.empty()) return;
  last_id_ = message["messageId"].str();
  last_text_ = std::move(text);
  if (when == When::Update) new_text_ += text_.update(last_id_, last_text_);
}

void HubAnswer::take_image_query(json::Value message) {
  std::string query = text_of(message);
  const bool known =
      std::find(image_queries_.begin(), image_queries_.end(), query) != image_queries_.end();
  if (query.empty() || query.size() > kQueryBytesMax) return;
  if (known || image_queries_.size() >= kListMax) return;
  new_text_ += "\n" + base_url_ + "/images/create?q=" + query_escaped(query);
  image_queries_.push_back(std::move(query));
}

void HubAnswer::take_sides(json::Value message) {
  if (const json::Value list = message["suggestedResponses"]; list.size() > 0) {
    suggestions_.clear();
    for (const json::Value one : list.items()) {
      if (suggestions_.size() < kListMax) suggestions_.push_back(one["text"].str());
    }
  }
  if (const json::Value list = message["sourceAttributions"]; list.size() > 0) {
    sources_.clear();
    for (const json::Value one : list.items()) {
      if (sources_.size() >= kListMax) break;
      sources_.push_back({one["seeMoreUrl"].str(), one["providerDisplayName"].str()});
    }
  }
}

void HubAnswer::take_throttling(json::Value throttling) {
  if (const auto n = throttling["numUserMessagesInConversation"].integer()) asked_ = n;
  if (const auto n = throttling["maxNumUserMessagesInConversation"].integer()) asked_max_ = n;
}

void HubAnswer::write_extras(json::Writer& out) const {
  if (!suggestions_.empty()) {
    out.key("suggestions").array();
    for (const std::string& text : suggestions_) out.string(text);
    out.end_array();
  }
  if (!sources_.empty()) {
    out.key("sources").array();
    for (const Source& s : sources_) {
      out.object().member("url", s.url).member("title", s.title).end_object();
    }
    out.end_array();
  }
  if (asked_ && asked_max_) {
    out.key("throttling").object();
    out.key("numUserMessagesInConversation").number(*asked_);
    out.key("maxNumUserMessagesInConversation").number(*asked_max_).end_object();
  }
}

}  // namespace aip::bing
