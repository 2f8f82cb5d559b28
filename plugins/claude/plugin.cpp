// plugin.cpp - the provider "claude": Anthropic's Messages API.
//
//   chat, count_tokens   exchange.h: the story of one call
//   forward              below: /claude/api/* with another head, everything else untouched
// The way up is request.h, the way down response.h; what each model takes is models.h.
#include <aiproxy/forward.hpp>
#include <aiproxy/plugin.hpp>
#include <aiproxy/select.hpp>

#include "errors.h"
#include "exchange.h"
#include "settings.h"
#include "upstream.h"

namespace aip::claude {
namespace {

// The host splices both bodies; only the heads and the end pass here.
class Forward final : public sdk::Forward {
 public:
  Forward(sdk::Stream stream, const Settings& settings)
      : sdk::Forward(stream), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    sdk::Call call(
        sdk::text(request.method),
        url_of(settings_, forward_path(sdk::text(request.path)), sdk::text(request.query)));
    add_credential(stream(), request.credential, call.headers);
    add_versions(settings_, request, call.headers);
    add_forwarded_fields(request, call.headers);
    return start(call);
  }

 private:
  const Settings& settings_;
};

class Claude final : public sdk::Provider {
 public:
  explicit Claude(Settings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<sdk::Request> open(sdk::Stream stream, const aip_request& request,
                                     sdk::Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return make_chat(stream, settings_);
      case AIP_OP_COUNT_TOKENS:
        return make_count(stream, settings_);
      case AIP_OP_FORWARD:
        return std::make_unique<Forward>(stream, settings_);
      default:
        return nullptr;
    }
  }

  // The seed's block names a key: {"claude": {"index": "10001"}}, as a string or a number.
  aip_status select(const aip_request& request, aip_selection& out) const override {
    return sdk::select_key("claude", request, out);
  }

 private:
  Settings settings_;
};

std::unique_ptr<sdk::Provider> create(std::string_view section, sdk::Failure&) {
  return std::make_unique<Claude>(read_settings(section));
}

}  // namespace
}  // namespace aip::claude

AIP_PLUGIN(aip::claude::create);
