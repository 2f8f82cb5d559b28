// acme.cpp - a provider in C++: a chat becomes one call, its events become text.
//
// The imagined service takes the canonical chat as it is at POST <base_url>/chat and streams
// `data: {"text": "..."}`, the last one with "done": true. Nothing here touches a socket: the host
// calls, cuts the answer into events, checks that they are JSON, and slows the service down when
// the client is slow.
#include <aiproxy/plugin.hpp>

#include <memory>
#include <string>
#include <utility>

namespace {

using aip::json::Value;
using aip::sdk::Call;
using aip::sdk::Failure;
using aip::sdk::Provider;
using aip::sdk::Request;
using aip::sdk::Stream;
using aip::sdk::text;
using aip::sdk::Worker;
namespace event = aip::sdk::event;

class Chat final : public Request {
 public:
  Chat(Stream stream, const std::string& base_url) : Request(stream), base_url_(base_url) {}

  aip_status begin(const aip_request& request) override {
    Call call("POST", base_url_ + "/chat");
    call.headers.add("content-type", "application/json")
        .add_secret("authorization", "Bearer ", request.credential.secret);
    call.body(text(request.body)).decode(AIP_DECODE_SSE);
    call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE);
    return stream().start(call);
  }

  aip_status on_call(const aip_call_event& e) override {
    switch (e.type) {
      case AIP_CALL_HEAD:
        status_ = e.status;
        return AIP_OK;
      case AIP_CALL_DATA:
        return status_ == 200 ? on_event(e) : fail(refusal());
      case AIP_CALL_FAILED:
        return fail(Failure(e.error, "Acme could not be reached."));
      default:
        // The end without "done": no finish event was told, so the host calls it truncated.
        return stream().finish();
    }
  }

 private:
  aip_status on_event(const aip_call_event& e) {
    if (text(e.name) == ":") return stream().emit(event::ping());  // a comment: it is alive
    if ((e.flags & AIP_DATA_JSON) == 0) {
      Failure failure(AIP_E_UPSTREAM, "Acme sent something that is not JSON.");
      failure.flags = AIP_ERR_BAD_ANSWER;
      return fail(failure);
    }
    const Value data(text(e.data));
    if (const Value piece = data["text"]) {
      // The text stays escaped as it came: no copy, no second escaping.
      const aip_status s = stream().emit(event::escaped(event::text(piece.escaped())));
      if (s < 0) return s;
    }
    if (!data["done"].is_true()) return AIP_OK;
    if (const aip_status s = stream().emit(event::finish(AIP_FINISH_STOP, "done")); s < 0) return s;
    return stream().finish();
  }
  Failure refusal() const {
    Failure failure(AIP_E_UPSTREAM, "Acme refused the request.");
    failure.http_status = static_cast<std::uint16_t>(status_);
    if (status_ == 401) failure.flags = AIP_ERR_AUTH;
    if (status_ == 429) failure.flags = AIP_ERR_RATE | AIP_ERR_RETRYABLE;
    if (status_ >= 500) failure.flags = AIP_ERR_RETRYABLE;
    return failure;
  }

  const std::string& base_url_;  // the provider's, which outlives its streams
  int status_ = 0;
};

class Acme final : public Provider {
 public:
  explicit Acme(std::string base_url) : base_url_(std::move(base_url)) {}
  std::unique_ptr<Request> open(Stream stream, const aip_request& request, Worker&) const override {
    if (request.operation != AIP_OP_CHAT) return nullptr;
    return std::make_unique<Chat>(stream, base_url_);
  }

 private:
  const std::string base_url_;
};

std::unique_ptr<Provider> create(std::string_view section, Failure& failure) {
  std::string base_url = Value(section)["base_url"].str();
  if (base_url.empty()) {
    failure = Failure(AIP_E_CONFIG, "base_url is needed");
    return nullptr;
  }
  return std::make_unique<Acme>(std::move(base_url));
}

}  // namespace

AIP_PLUGIN(create);
