// plugin.cpp - the provider "gemini": Google's Gemini API, and Vertex AI's Gemini models.
//
//   chat, count_tokens            exchange.h: the story of one call
//   embeddings, models, forward   surfaces.h
// The way up is request.h, the way down response.h; what each model takes is models.h.
#include <aiproxy/plugin.hpp>
#include <aiproxy/select.hpp>

#include "exchange.h"
#include "settings.h"
#include "surfaces.h"

namespace aip::gemini {
namespace {

class Gemini final : public sdk::Provider {
 public:
  explicit Gemini(Settings settings) : settings_(std::move(settings)) {}

  std::unique_ptr<sdk::Request> open(sdk::Stream stream, const aip_request& request,
                                     sdk::Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return make_chat(stream, settings_);
      case AIP_OP_COUNT_TOKENS:
        return make_count(stream, settings_);
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

  // The seed's block names a key: {"gemini": {"index": "10001"}}, as a string or a number.
  aip_status select(const aip_request& request, aip_selection& out) const override {
    return sdk::select_key("gemini", request, out);
  }

 private:
  const Settings settings_;
};

std::unique_ptr<sdk::Provider> create(std::string_view section, sdk::Failure&) {
  return std::make_unique<Gemini>(read_settings(section));
}

}  // namespace
}  // namespace aip::gemini

AIP_PLUGIN(aip::gemini::create);
