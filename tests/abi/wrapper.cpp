// The C++ wrapper as a plugin author uses it, whole, for the compilers and standards of the tests.
#include <aiproxy/plugin.hpp>

namespace {

using namespace aip::sdk;

class Everything final : public Request {
 public:
  using Request::Request;
  aip_status begin(const aip_request& request) override {
    Splice body(request);
    body.set_string("model", text(request.model)).set("n", "1").drop("x").drop_own();
    Call call("POST", "https://example.com/");
    call.headers.add("content-type", "application/json")
        .add_secret("authorization", "Bearer ", request.credential.secret);
    call.body(body.pieces()).decode(AIP_DECODE_SSE).flags(AIP_CALLF_PRIMARY).user(1);
    call.kind(AIP_CALL_HTTP).delimiter(0x1e).timeout_ms(1).max_event(1);
    if (!stream().may_drop("/x", "field")) return fail(Failure(AIP_E_UNSUPPORTED, "no x"));
    return stream().start(call);
  }
  aip_status on_call(const aip_call_event& e) override {
    if (!is_json(text(e.data))) return AIP_OK;
    const auto kept = stream().keep(find_header(e.headers, e.header_count, "Retry-After"));
    log(stream().id(), AIP_LOG_INFO, kept);
    Usage usage;
    usage.set(AIP_USAGE_INPUT, 1).set(AIP_USAGE_INPUT, 2);
    return stream().emit({event::start("id", "model"), event::escaped(event::text("a")),
                          event::reasoning("b"), event::refusal("c"),
                          event::tool_begin(0, "i", "n"), event::tool_args(0, "{}"),
                          event::block_end(0), event::signature("s"), event::redacted("r"),
                          event::citation("{}"), event::image("{}"), event::audio("{}"),
                          event::logprobs("{}"), event::provider("p", "{}"), event::usage(usage),
                          event::with_choice(event::finish(AIP_FINISH_STOP), 1), event::ping()});
  }
  aip_status on_wake(std::uint32_t, std::uint64_t) override {
    if (stream().capability("m").empty() || stream().reveal(1).empty()) return stream().finish();
    Headers headers;
    if (const aip_status s = stream().respond(200, headers); s < 0) return s;
    if (const aip_status s = stream().emit_raw("x"); s < 0) return s;
    if (const aip_status s = stream().timer(1); s < 0) return s;
    return stream().resolved(headers, 1) + stream().not_resolved(Failure());
  }
};

class All final : public Provider {
 public:
  std::unique_ptr<Request> open(Stream stream, const aip_request&, Worker&) const override {
    return std::make_unique<Everything>(stream);
  }
};

std::unique_ptr<Provider> create(std::string_view, Failure&) {
  return std::make_unique<All>();
}

}  // namespace

AIP_PLUGIN_WITH_RESOLVE(create);
