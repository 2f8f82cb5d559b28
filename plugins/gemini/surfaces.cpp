#include "surfaces.h"

#include <aiproxy/forward.hpp>

#include "call.h"
#include "embeddings.h"
#include "upstream.h"

namespace aip::gemini {
namespace {

// One call whose answer is written anew in OpenAI's words.
class Rewritten : public OneCall {
 public:
  using OneCall::OneCall;

 protected:
  // Empty: the answer is not what it should be.
  virtual std::string rewrite(json::Value answer) = 0;
  virtual aip_status tell(json::Value) { return AIP_OK; }

 private:
  aip_status on_answer(const aip_call_event& e) override {
    if ((e.flags & AIP_DATA_JSON) == 0) return AIP_OK;
    const json::Value answer(sdk::text(e.data));
    const std::string body = rewrite(answer);
    if (body.empty()) return AIP_OK;
    answered_ = true;
    sdk::Headers headers;
    headers.add("content-type", "application/json");
    if (const aip_status s = stream().respond(200, headers); s < 0) return s;
    if (const aip_status s = stream().emit_raw(std::string_view(body)); s < 0) return s;
    return tell(answer);
  }
  aip_status on_end() override {
    return answered_ ? stream().finish()
                     : fail(bad_answer("The provider's answer is not what was asked for."));
  }

  bool answered_ = false;
};

class Embeddings final : public Rewritten {
 public:
  using Rewritten::Rewritten;

  aip_status begin(const aip_request& request) override {
    const std::optional<std::string> model = model_of(settings(), sdk::text(request.model));
    if (!model) return fail(sdk::Failure(AIP_E_INVALID, "This is no name of a model."));
    model_ = *model;
    HostQuestions questions(stream());
    Outcome<EmbeddingAsk> made =
        translate_embeddings(json::Value(sdk::text(request.body)), model_, questions);
    if (const auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    const EmbeddingAsk& ask = std::get<EmbeddingAsk>(made);
    encoding_ = ask.encoding;
    sdk::Call call("POST", model_url(settings(), version_of(settings(), request), model_,
                                     ask.batch ? "batchEmbedContents" : "embedContent"));
    call.headers.add("content-type", "application/json").add("accept", "application/json");
    return start(request, call.body(ask.body));
  }

 private:
  std::string rewrite(json::Value answer) override {
    return embeddings_of(answer, model_, encoding_);
  }
  aip_status tell(json::Value answer) override {
    const std::int64_t tokens = embedding_tokens(answer);
    if (tokens == 0) return AIP_OK;
    sdk::Usage usage;
    usage.set(AIP_USAGE_INPUT, static_cast<std::uint64_t>(tokens));
    const aip_status s = stream().emit(sdk::event::usage(usage));
    return s < 0 ? s : AIP_OK;
  }

  std::string model_;
  Encoding encoding_ = Encoding::Float;
};

class Models final : public Rewritten {
 public:
  using Rewritten::Rewritten;

  aip_status begin(const aip_request& request) override {
    // "/v1/models" or "/v1/models/gemini-2.5-flash".
    constexpr std::string_view kModels = "/models/";
    const std::string_view path = sdk::text(request.path);
    const std::size_t at = path.find(kModels);
    std::string model;
    if (at != std::string_view::npos && at + kModels.size() < path.size()) {
      const std::optional<std::string> named =
          model_of(settings(), path.substr(at + kModels.size()));
      if (!named) return fail(sdk::Failure(AIP_E_INVALID, "There is no such model."));
      model = *named;
    }
    std::string url = model_url(settings(), version_of(settings(), request), model, {});
    if (model.empty()) url.append("?pageSize=1000");
    sdk::Call call("GET", std::move(url));
    call.headers.add("accept", "application/json");
    return start(request, call);
  }

 private:
  static void write(json::Value model, json::Writer& json) {
    std::string name = model["name"].str();
    if (name.compare(0, 7, "models/") == 0) name.erase(0, 7);
    json.object().member("id", name).member("object", "model").key("created").number(0);
    json.member("owned_by", "google").end_object();
  }
  std::string rewrite(json::Value answer) override {
    std::string out;
    json::Writer json(out);
    if (answer["name"].is_string()) {
      write(answer, json);
      return out;
    }
    const json::Value models = answer["models"];
    if (!models.is_array()) return {};
    json.object().member("object", "list").key("data").array();
    for (const json::Value model : models.items()) write(model, json);
    json.end_array().end_object();
    return out;
  }
};

// The host splices both bodies; only the heads and the end pass here.
class Forward final : public sdk::Forward {
 public:
  Forward(sdk::Stream stream, const Settings& settings)
      : sdk::Forward(stream), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    std::optional<std::string> url = forward_url(settings_, request);
    if (!url) return refuse_path();
    sdk::Call call(sdk::text(request.method), std::move(*url));
    add_credential(stream(), request.credential, call.headers);
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

}  // namespace aip::gemini
