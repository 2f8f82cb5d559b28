// plugin.cpp - the provider "openai": OpenAI's API, Azure OpenAI, and all that speak the same.
//
//   chat                          chat.h: the story of one call
//   embeddings, models, forward   surfaces.h
// The way up is request.h, the way down answer.h; how services differ is quirks.h.
#include <aiproxy/plugin.hpp>
#include <aiproxy/select.hpp>

#include "chat.h"
#include "settings.h"
#include "surfaces.h"

namespace aip::openai {
namespace {

class OpenAi final : public sdk::Provider {
 public:
  explicit OpenAi(Settings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<sdk::Request> open(sdk::Stream stream, const aip_request& request,
                                     sdk::Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return make_chat(stream, settings_);
      case AIP_OP_EMBEDDINGS:
        return make_embeddings(stream, settings_);
      case AIP_OP_MODELS:
        return make_models(stream, settings_);
      case AIP_OP_FORWARD:
        return make_forward(stream, settings_);
      default:
        return nullptr;
    }
  }

  // The seed's block names a key: {"openai": {"index": "10001"}}, as a string or a number. A
  // service of one's own may need no key: without any configured, a request goes without.
  aip_status select(const aip_request& request, aip_selection& out) const override {
    const bool needs_key = settings_.has_keys || settings_.is_openai || settings_.is_azure;
    if (needs_key) return sdk::select_key("openai", request, out);
    out.kind = sdk::span("");
    return AIP_OK;
  }

 private:
  const Settings settings_;
};

std::unique_ptr<sdk::Provider> create(std::string_view section, sdk::Failure& failure) {
  Settings settings;
  if (!read_settings(section, settings, failure)) return nullptr;
  return std::make_unique<OpenAi>(std::move(settings));
}

}  // namespace
}  // namespace aip::openai

AIP_PLUGIN(aip::openai::create);
