// plugin.cpp - the provider "coze": bots of Coze by its API, versions 2 and 3.
//
//   chat      exchange.h: the story of one chat
//   forward   below: /coze/api/*, /v3/chat and /open_api/* with another head, all else untouched
// Which bot a request means is identity.h; the way up is request.h, the way down v2.h and v3.h.
#include <aiproxy/forward.hpp>
#include <aiproxy/plugin.hpp>

#include "errors.h"
#include "exchange.h"
#include "identity.h"
#include "settings.h"
#include "upstream.h"

namespace aip::coze {
namespace {

// The host splices both bodies; only the heads and the end pass here.
class Forward final : public sdk::Forward {
 public:
  Forward(sdk::Stream stream, const Settings& settings)
      : sdk::Forward(stream, "Coze"), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    const json::Value entry(sdk::text(request.credential.extra));
    std::string url = base_of(settings_, entry["region"].str());
    url.append(forward_path(sdk::text(request.path)));
    if (request.query.len != 0) url.append("?").append(sdk::text(request.query));
    sdk::Call call(sdk::text(request.method), std::move(url));
    add_token(token_of(request.credential), call.headers);
    add_forwarded_fields(request, call.headers);
    return start(call);
  }

 private:
  const Settings& settings_;
};

class Coze final : public sdk::Provider {
 public:
  explicit Coze(Settings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<sdk::Request> open(sdk::Stream stream, const aip_request& request,
                                     sdk::Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return make_chat(stream, settings_);
      case AIP_OP_FORWARD:
        return std::make_unique<Forward>(stream, settings_);
      default:
        return nullptr;
    }
  }

  // The entry that the request names by bot, user or both. A forward that names none gets the
  // first: conversations and files belong to one account, so it must not be another one each time.
  aip_status select(const aip_request& request, aip_selection& out) const override {
    out.kind = sdk::span(settings_.bots.empty() ? "token" : "bot");
    const bool is_chat = request.operation == AIP_OP_CHAT;
    const Asked asked = read_asked(request, is_chat ? read_chat(request) : Chat(), settings_);
    const Bot* bot = settings_.find(asked.bot_id, asked.user);
    if (bot == nullptr && !is_chat && !settings_.bots.empty()) bot = &settings_.bots.front();
    if (bot == nullptr) return AIP_OK;
    out.how = AIP_SELECT_NAMED;
    out.id = sdk::span(bot->credential);
    return AIP_OK;
  }

 private:
  Settings settings_;
};

std::unique_ptr<sdk::Provider> create(std::string_view section, sdk::Failure&) {
  return std::make_unique<Coze>(read_settings(section));
}

}  // namespace
}  // namespace aip::coze

AIP_PLUGIN(aip::coze::create);
