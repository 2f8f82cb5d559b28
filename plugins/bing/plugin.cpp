// plugin.cpp - the provider "bing": Bing chat, as Microsoft's pages spoke to it.
//
//   chat     chat.h: the story of one question; the way up is request.h and invocation.h, the way
//            down hub.h
//   routes   routes.h: /bing/conversation
// The service is retired; docs/providers/bing.md says what that means.
#include <aiproxy/plugin.hpp>

#include "chat.h"
#include "routes.h"
#include "settings.h"

namespace aip::bing {
namespace {

class Bing final : public sdk::Provider {
 public:
  explicit Bing(Settings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<sdk::Request> open(sdk::Stream stream, const aip_request& request,
                                     sdk::Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return make_chat(stream, settings_);
      case AIP_OP_ROUTE:
        return make_route(stream, settings_, request);
      default:
        return nullptr;
    }
  }

  // The operator's cookies or none: never what a client brought.
  aip_status select(const aip_request&, aip_selection& out) const override {
    out.how = settings_.has_cookies ? AIP_SELECT_ANY : AIP_SELECT_NONE;
    out.kind = sdk::span("cookie");
    return AIP_OK;
  }

 private:
  Settings settings_;
};

std::unique_ptr<sdk::Provider> create(std::string_view section, sdk::Failure&) {
  return std::make_unique<Bing>(read_settings(section));
}

}  // namespace
}  // namespace aip::bing

AIP_PLUGIN(aip::bing::create);
