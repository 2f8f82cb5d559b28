// The mock provider: no upstream, no credentials, no state. README.md tells what it does.
#include <aiproxy/plugin.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "ask.h"
#include "chat.h"
#include "embeddings.h"

namespace mock {
namespace {

using aip::sdk::Failure;
using aip::sdk::Headers;
using aip::sdk::Provider;
using aip::sdk::Request;
using aip::sdk::Stream;
using aip::sdk::text;
using aip::sdk::Usage;
using aip::sdk::Worker;
namespace event = aip::sdk::event;
namespace json = aip::json;

constexpr std::array<std::string_view, 8> kModels{"mock",       "mock-slow", "mock-think",
                                                  "mock-tools", "mock-json", "mock-long",
                                                  "mock-429",   "mock-cut"};

class Models final : public Request {
 public:
  using Request::Request;
  aip_status begin(const aip_request&) override {
    std::string out;
    json::Writer w(out);
    w.object().member("object", "list").key("data").array();
    for (const std::string_view model : kModels) {
      w.object().member("id", model).member("object", "model");
      w.key("created").number(0).member("owned_by", "mock").end_object();
    }
    w.end_array().end_object();
    Headers headers;
    headers.add("content-type", "application/json");
    if (const aip_status s = stream().respond(200, headers); s < 0) return s;
    if (const aip_status s = stream().emit_raw(out); s < 0) return s;
    return stream().finish();
  }
};

class CountTokens final : public Request {
 public:
  using Request::Request;
  aip_status begin(const aip_request& request) override {
    const Ask ask = read_ask(text(request.body));
    const Usage usage = Usage().set(AIP_USAGE_INPUT, ask.prompt_words);
    if (const aip_status s = stream().emit(event::usage(usage)); s < 0) return s;
    return stream().finish();
  }
};

class Mock final : public Provider {
 public:
  explicit Mock(Pace pace) : pace_(pace) {}
  aip_status select(const aip_request&, aip_selection& out) const override {
    out.how = AIP_SELECT_NONE;
    return AIP_OK;
  }
  std::unique_ptr<Request> open(Stream stream, const aip_request& request, Worker&) const override {
    switch (request.operation) {
      case AIP_OP_CHAT:
        return std::make_unique<Chat>(stream, pace_);
      case AIP_OP_EMBEDDINGS:
        return std::make_unique<Embeddings>(stream);
      case AIP_OP_COUNT_TOKENS:
        return std::make_unique<CountTokens>(stream);
      case AIP_OP_MODELS:
        return std::make_unique<Models>(stream);
      default:
        return nullptr;
    }
  }

 private:
  const Pace pace_;
};

std::unique_ptr<Provider> create(std::string_view section, Failure&) {
  const json::Value config(section);
  Pace pace;
  if (const auto ms = config["delay_ms"].integer()) pace.delay_ms = static_cast<std::uint32_t>(*ms);
  if (const auto n = config["lines"].integer()) pace.lines = static_cast<std::uint64_t>(*n);
  return std::make_unique<Mock>(pace);
}

}  // namespace
}  // namespace mock

AIP_PLUGIN(mock::create);
