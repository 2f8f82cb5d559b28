#include "routes.h"

#include <aiproxy/json.hpp>

#include "chat.h"
#include "conversation.h"
#include "errors.h"
#include "upstream.h"
#include "whole.h"

namespace aip::bing {
namespace {

enum class Wish : std::uint8_t { List, Create, Delete };

class Route final : public sdk::Request {
 public:
  Route(sdk::Stream stream, const Settings& settings, Wish wish)
      : Request(stream), settings_(settings), wish_(wish) {}

  aip_status begin(const aip_request& request) override {
    const std::uint32_t cookie = cookie_of(request.credential);
    switch (wish_) {
      case Wish::List:
        return stream().start(list_call(settings_, cookie));
      case Wish::Create:
        return stream().start(create_call(settings_, cookie));
      case Wish::Delete:
        return begin_delete(sdk::text(request.body), cookie);
    }
    return AIP_E_UNSUPPORTED;
  }

  aip_status on_call(const aip_call_event& event) override {
    switch (answer_.take(event)) {
      case WholeAnswer::Step::More:
        return AIP_OK;
      case WholeAnswer::Step::Failed:
        return fail(answer_.failure());
      case WholeAnswer::Step::Complete:
        return wish_ == Wish::Create ? created() : respond(answer_.body());
    }
    return AIP_OK;
  }

 private:
  aip_status begin_delete(std::string_view body, std::uint32_t cookie) {
    if (!sdk::is_json(body)) return fail(bad_request("The body is not JSON.", ""));
    const json::Value wish(body);
    const std::string id = wish["conversationId"].str();
    const std::string signature = wish["conversationSignature"].str();
    const std::string client = wish["participant"]["id"].str();
    if (id.empty() || signature.empty() || client.empty()) {
      return fail(bad_request(
          "A deletion needs conversationId, conversationSignature and participant.id.", ""));
    }
    const std::string sent = delete_body(id, signature, client);
    return stream().start(delete_call(settings_, cookie, sent));
  }

  aip_status created() {
    auto made = read_created(answer_.json(), answer_.signature());
    if (auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    std::string block;
    json::Writer out(block);
    out.object();
    write_conversation(std::get<Conversation>(made), out);
    out.end_object();
    return respond(block);
  }

  aip_status respond(std::string_view body) {
    sdk::Headers headers;
    headers.add("content-type", "application/json");
    if (const aip_status s = stream().respond(200, headers); s < 0) return s;
    if (const aip_status s = stream().emit_raw(body); s < 0) return s;
    return stream().finish();
  }

  const Settings& settings_;
  const Wish wish_;
  WholeAnswer answer_;
};

}  // namespace

std::unique_ptr<sdk::Request> make_route(sdk::Stream stream, const Settings& settings,
                                         const aip_request& request) {
  const std::string_view method = sdk::text(request.method);
  if (sdk::text(request.path) != "/bing/conversation") return nullptr;
  if (method == "GET") return std::make_unique<Route>(stream, settings, Wish::List);
  if (method == "POST") return std::make_unique<Route>(stream, settings, Wish::Create);
  if (method == "DELETE") return std::make_unique<Route>(stream, settings, Wish::Delete);
  return nullptr;
}

}  // namespace aip::bing
