#include "surfaces.h"

#include <aiproxy/forward.hpp>

#include "errors.h"
#include "facts.h"
#include "request.h"
#include "upstream.h"

namespace aip::openai {
namespace {

// One call whose answer becomes the client's, whole.
class Whole : public sdk::Request {
 public:
  Whole(sdk::Stream stream, const Settings& settings) : Request(stream), settings_(settings) {}

  aip_status on_call(const aip_call_event& e) override {
    switch (e.type) {
      case AIP_CALL_HEAD:
        head_ = read_error_head(e.status, e.headers, e.header_count);
        content_type_ = sdk::find_header(e.headers, e.header_count, "content-type");
        return AIP_OK;
      case AIP_CALL_DATA:
        return on_answer(sdk::text(e.data), (e.flags & AIP_DATA_JSON) != 0);
      case AIP_CALL_END:
        if (failure_) return fail(*failure_);
        return answered_ ? stream().finish() : fail(bad_answer("The provider's answer is empty."));
      case AIP_CALL_FAILED:
        return fail(failure_of_call(e.error));
      default:
        return AIP_OK;
    }
  }

 protected:
  aip_status start(const aip_request& request, sdk::Call& call) {
    secret_ = request.credential.secret;
    add_credential(settings_, request.credential, call.headers);
    add_account(settings_, request, call.headers);
    call.headers.add("accept", "application/json");
    return stream().start(call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON));
  }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  virtual aip_status tell(json::Value) { return AIP_OK; }

 private:
  aip_status on_answer(std::string_view data, bool is_json) {
    const json::Value body = is_json ? json::Value(data) : json::Value();
    const std::string_view secret = secret_ != 0 ? stream().reveal(secret_) : std::string_view();
    if (head_.status < 200 || head_.status >= 300) {
      failure_ = failure_of_answer(head_, body, secret);
      return AIP_OK;
    }
    const json::Value error = body["error"];
    if (error.is_object() || error.is_string()) {
      failure_ = failure_of_error(error, secret);
      return AIP_OK;
    }
    if (!is_json) {
      failure_ = bad_answer("The provider's answer is not JSON.");
      return AIP_OK;
    }
    answered_ = true;
    sdk::Headers headers;
    headers.add("content-type", content_type_.empty() ? "application/json" : content_type_);
    if (const aip_status s = stream().respond(head_.status, headers); s < 0) return s;
    if (const aip_status s = stream().emit_raw(data); s < 0) return s;
    return tell(body);
  }

  const Settings& settings_;
  ErrorHead head_;
  std::string content_type_;
  std::optional<sdk::Failure> failure_;
  std::uint32_t secret_ = 0;
  bool answered_ = false;
};

class Embeddings final : public Whole {
 public:
  using Whole::Whole;

  aip_status begin(const aip_request& request) override {
    const std::string_view model = sdk::text(request.model);
    Quirks quirks;
    lay_over(json::Value(settings().quirks), quirks);
    lay_over(json::Value(stream().capability(model)), quirks);
    HostQuestions questions(stream());
    const Outgoing out = plain_body(request, quirks, questions);
    sdk::Call call("POST", model_url(settings(), "/embeddings", model));
    call.headers.add("content-type", "application/json");
    call.body(out.body.pieces());
    return start(request, call);
  }

 private:
  aip_status tell(json::Value body) override {
    sdk::Usage usage;
    read_usage(body["usage"], usage);
    if (usage.empty()) return AIP_OK;
    const aip_status s = stream().emit(sdk::event::usage(usage));
    return s < 0 ? s : AIP_OK;
  }
};

class Models final : public Whole {
 public:
  using Whole::Whole;

  aip_status begin(const aip_request& request) override {
    // "/v1/models" or "/v1/models/gpt-4o", with our own prefix or without.
    constexpr std::string_view kModels = "/models";
    const std::string_view path = sdk::text(request.path);
    const std::size_t at = path.find(kModels);
    const std::string_view rest =
        at == std::string_view::npos ? std::string_view() : path.substr(at + kModels.size());
    const std::optional<std::string> url =
        forward_url(settings(), "/v1/models" + std::string(rest), {});
    if (!url) return fail(sdk::Failure(AIP_E_INVALID, "There is no such model."));
    sdk::Call call("GET", *url);
    return start(request, call);
  }
};

// The host splices both bodies; only the heads and the end pass here.
class Forward final : public sdk::Forward {
 public:
  Forward(sdk::Stream stream, const Settings& settings)
      : sdk::Forward(stream), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    const std::optional<std::string> url =
        forward_url(settings_, sdk::text(request.path), sdk::text(request.query));
    if (!url) return refuse_path();
    sdk::Call call(sdk::text(request.method), *url);
    add_credential(settings_, request.credential, call.headers);
    add_account(settings_, request, call.headers);
    add_forwarded_fields(request, call.headers);
    return start(call);
  }

 private:
  const Settings& settings_;
};

}  // namespace

std::unique_ptr<sdk::Request> make_embeddings(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<Embeddings>(stream, settings);
}
std::unique_ptr<sdk::Request> make_models(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<Models>(stream, settings);
}
std::unique_ptr<sdk::Request> make_forward(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<Forward>(stream, settings);
}

}  // namespace aip::openai
