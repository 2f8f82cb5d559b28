#include "exchange.h"

#include <aiproxy/splice.hpp>

#include <string>
#include <vector>

#include "call.h"
#include "records.h"
#include "request.h"
#include "response.h"
#include "upstream.h"

namespace aip::gemini {
namespace {

bool has_flag(const aip_request& request, std::uint32_t flag) noexcept {
  return (request.flags & flag) != 0;
}

// The client's own body, without the members that are this gateway's. A model's name that the body
// repeats is the upstream's from here on.
sdk::Splice native_body(const aip_request& request, const std::string& model) {
  sdk::Splice body(request);
  const json::Value whole(sdk::text(request.body));
  if (whole["model"].is_string()) body.set_string("model", "models/" + model);
  const json::Value inner = whole["generateContentRequest"];
  if (inner["model"].is_string()) {
    sdk::Splice renamed(inner.raw());
    body.set("generateContentRequest", renamed.set_string("model", "models/" + model).str());
  }
  body.drop_own();
  return body;
}

Outcome<Translated> translated_body(const aip_request& request, Purpose purpose,
                                    std::string_view model, const Settings& settings,
                                    sdk::Stream stream) {
  Target target;
  target.model = model;
  target.traits = traits_of(model, stream.capability(model));
  target.purpose = purpose;
  target.schema = settings.schema;
  target.is_vertex = settings.is_vertex;
  target.web_files = settings.web_files;
  HostQuestions questions(stream);
  const Chat chat = read_chat(request);
  return translate(chat, target, questions);
}

sdk::Failure no_such_model() {
  sdk::Failure failure(AIP_E_INVALID, "This is no name of a model.");
  failure.param = "/model";
  return failure;
}

// The seed's block, for those who know it: {"type":"api","index":"10001"}.
std::string provider_block(const aip_request& request) {
  bool wanted = false;
  for (std::size_t i = 0; i < request.member_count; ++i) {
    if (sdk::text(request.members[i].name) == "gemini") wanted = true;
  }
  for (const std::string_view path : {"/gemini/openai", "/c/v1/chat/completions"}) {
    if (sdk::text(request.path) == path) wanted = true;
  }
  if (!wanted) return {};
  std::string out;
  json::Writer json(out);
  json.object().member("type", "api");
  const bool ours = (request.credential.flags & AIP_CRED_CLIENT) == 0;
  if (ours) json.member("index", sdk::text(request.credential.id));
  json.end_object();
  return out;
}

// ---- a chat ------------------------------------------------------------------------------------

class ChatExchange final : public OneCall {
 public:
  using OneCall::OneCall;

  aip_status begin(const aip_request& request) override {
    const std::optional<std::string> model = model_of(settings(), sdk::text(request.model));
    if (!model) return fail(no_such_model());
    native_ = has_flag(request, AIP_REQ_NATIVE);
    form_ = asked_ = form_for(request);
    std::string url =
        model_url(settings(), version_of(settings(), request), *model,
                  asked_ == Form::Whole ? "generateContent" : "streamGenerateContent");
    if (asked_ == Form::Sse) url.append("?alt=sse");
    sdk::Call call("POST", std::move(url));
    shape(call);
    Reading how;
    how.seed = std::string(sdk::text(request.request_id));
    how.signature_in_ids = settings().signature_in_ids;
    how.native = native_;
    how.provider_block = native_ ? std::string() : provider_block(request);
    if (native_) {
      reader_.emplace(std::move(how));
      const sdk::Splice body = native_body(request, *model);
      return start(request, call.body(body.pieces()));
    }
    Outcome<Translated> made =
        translated_body(request, Purpose::Answer, *model, settings(), stream());
    if (const auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    const Translated& translated = std::get<Translated>(made);
    how.grounded = translated.grounded;
    reader_.emplace(std::move(how));
    return start(request, call.body(translated.body));
  }

 private:
  enum class Form : std::uint8_t { Whole, Sse, Array };

  // A native client's stream has the form that the client asked for.
  Form form_for(const aip_request& request) const {
    if (!has_flag(request, AIP_REQ_STREAM)) return Form::Whole;
    if (has_flag(request, AIP_REQ_NATIVE)) {
      const bool sse = sdk::text(request.query).find("alt=sse") != std::string_view::npos;
      return sse ? Form::Sse : Form::Array;
    }
    return settings().stream == StreamForm::Sse ? Form::Sse : Form::Array;
  }

  void shape(sdk::Call& call) const {
    call.headers.add("content-type", "application/json");
    switch (asked_) {
      case Form::Whole:
        call.headers.add("accept", "application/json");
        call.decode(AIP_DECODE_WHOLE).flags(AIP_CALLF_BY_TYPE);
        break;
      case Form::Sse:
        call.headers.add("accept", "text/event-stream");
        call.decode(AIP_DECODE_SSE).flags(AIP_CALLF_BY_TYPE);
        break;
      case Form::Array:
        call.headers.add("accept", "application/json");
        call.decode(AIP_DECODE_RAW);
        break;
    }
  }

  void on_good_head(const aip_call_event& e) override {
    if ((e.flags & AIP_HEAD_SSE) != 0) form_ = Form::Sse;
    if ((e.flags & AIP_HEAD_WHOLE) != 0) form_ = Form::Whole;
    raw_ = native_ && form_ == asked_;
  }

  aip_status on_answer(const aip_call_event& e) override {
    switch (form_) {
      case Form::Whole:
        return on_whole(e);
      case Form::Sse:
        return on_event(e);
      case Form::Array:
        return on_bytes(sdk::text(e.data));
    }
    return AIP_OK;
  }

  // An object, or the array of a stream that came in one piece.
  aip_status on_whole(const aip_call_event& e) {
    const json::Value body(sdk::text(e.data));
    if ((e.flags & AIP_DATA_JSON) == 0) {
      return fail(bad_answer("The provider's answer is not JSON."));
    }
    if (raw_) {
      if (const aip_status passed = stream().emit_raw(e.data); passed < 0) return passed;
    }
    if (!body.is_array()) return read(body);
    for (const json::Value one : body.items()) {
      if (const aip_status status = read(one); status < 0 || failed_) return status;
    }
    return AIP_OK;
  }

  aip_status on_event(const aip_call_event& e) {
    const std::string_view data = sdk::text(e.data);
    // A comment of the stream, or an empty line: upstream lives.
    if (sdk::text(e.name) == ":") return stream().emit(sdk::event::ping());
    if ((e.flags & AIP_DATA_JSON) == 0) {
      if (data.empty() || data == "[DONE]") return AIP_OK;
      return fail(bad_answer("The provider's stream holds an event that is not JSON."));
    }
    const json::Value chunk(data);
    // An error is told as one, and not passed.
    if (raw_ && !chunk["error"]) {
      if (const aip_status passed = stream().emit_raw(e.raw); passed < 0) return passed;
    }
    return read(chunk);
  }

  aip_status on_bytes(std::string_view bytes) {
    const Records::Fed fed = records_.feed(bytes);
    if (records_.too_large()) return fail(bad_answer("The provider's stream has no end to it."));
    for (const std::string_view record : fed.records) {
      if (!sdk::is_json(record)) {
        return fail(bad_answer("The provider's stream holds something that is not JSON."));
      }
      if (raw_ && json::Value(record)["error"]) return read(json::Value(record));
    }
    if (raw_ && !fed.whole.empty()) {
      if (const aip_status passed = stream().emit_raw(fed.whole); passed < 0) return passed;
    }
    for (const std::string_view record : fed.records) {
      if (const aip_status status = read(json::Value(record)); status < 0 || failed_) {
        return status;
      }
    }
    return AIP_OK;
  }

  aip_status on_end() override {
    if (failed_) return AIP_OK;
    if (raw_ && form_ == Form::Array && records_.closed() && !records_.rest().empty()) {
      if (const aip_status passed = stream().emit_raw(records_.rest()); passed < 0) return passed;
    }
    if (form_ == Form::Whole) {
      if (asked_ == Form::Whole) reader_->assume_finished();
      if (!reader_->complete() && !heard_) {
        return fail(bad_answer("The provider's answer is empty."));
      }
    }
    return end();
  }

  // The connection broke. What was complete stays complete.
  aip_status on_broken(std::int32_t error) override {
    if (failed_) return AIP_OK;
    if (form_ == Form::Whole || !reader_->complete()) return fail(failure_of_call(error));
    return end();
  }

  aip_status end() {
    if (const std::optional<sdk::Failure> failure = reader_->end()) return fail(*failure);
    const aip_status told = tell();
    return told < 0 ? told : stream().finish();
  }

  aip_status read(json::Value chunk) {
    if (failed_) return AIP_OK;
    heard_ = true;
    const std::optional<sdk::Failure> failure = reader_->chunk(chunk);
    if (!failure) return tell();
    failed_ = true;
    return fail(*failure);
  }

  // Gives what the reader made to the host; beside raw bytes only what the ledger needs.
  aip_status tell() {
    std::vector<aip_event> beside;
    const std::vector<aip_event>& all = reader_->events();
    if (raw_) {
      for (const aip_event& event : all) {
        if (event.type == AIP_EV_USAGE || event.type == AIP_EV_FINISH) beside.push_back(event);
      }
    }
    const std::vector<aip_event>& events = raw_ ? beside : all;
    if (events.empty()) return AIP_OK;
    const aip_status status = sdk::host().emit(stream().id(), events.data(), events.size());
    return status < 0 ? status : AIP_OK;
  }

  std::optional<AnswerReader> reader_;
  Records records_;
  Form asked_ = Form::Whole;
  Form form_ = Form::Whole;  // how the answer is cut
  bool native_ = false;
  bool raw_ = false;     // its bytes are the client's answer
  bool heard_ = false;   // something was read
  bool failed_ = false;  // the failure was told
};

// ---- a count -----------------------------------------------------------------------------------

class CountExchange final : public OneCall {
 public:
  using OneCall::OneCall;

  aip_status begin(const aip_request& request) override {
    const std::optional<std::string> model = model_of(settings(), sdk::text(request.model));
    if (!model) return fail(no_such_model());
    sdk::Call call("POST",
                   model_url(settings(), version_of(settings(), request), *model, "countTokens"));
    call.headers.add("content-type", "application/json").add("accept", "application/json");
    if (has_flag(request, AIP_REQ_NATIVE)) {
      const sdk::Splice body = native_body(request, *model);
      return start(request, call.body(body.pieces()));
    }
    Outcome<Translated> made =
        translated_body(request, Purpose::CountTokens, *model, settings(), stream());
    if (const auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    return start(request, call.body(std::get<Translated>(made).body));
  }

 private:
  aip_status on_answer(const aip_call_event& e) override {
    if ((e.flags & AIP_DATA_JSON) == 0) return AIP_OK;
    const json::Value body(sdk::text(e.data));
    const std::optional<std::int64_t> tokens = body["totalTokens"].integer();
    if (!tokens || *tokens < 0) return AIP_OK;
    counted_ = true;
    sdk::Usage usage;
    usage.set(AIP_USAGE_INPUT, static_cast<std::uint64_t>(*tokens));
    if (const auto cached = body["cachedContentTokenCount"].integer(); cached > 0) {
      usage.set(AIP_USAGE_CACHE_READ, static_cast<std::uint64_t>(*cached));
    }
    const aip_status told = stream().emit(sdk::event::usage(usage));
    return told < 0 ? told : AIP_OK;
  }
  aip_status on_end() override {
    return counted_ ? stream().finish() : fail(bad_answer("The provider gave no count of tokens."));
  }

  bool counted_ = false;
};

}  // namespace

std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<ChatExchange>(stream, settings);
}

std::unique_ptr<sdk::Request> make_count(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<CountExchange>(stream, settings);
}

}  // namespace aip::gemini
