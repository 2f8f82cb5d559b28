#include "exchange.h"

#include <aiproxy/splice.hpp>

#include <string>
#include <vector>

#include "request.h"
#include "upstream.h"

namespace aip::claude {
namespace {

bool is_native(const aip_request& request) noexcept {
  return (request.flags & AIP_REQ_NATIVE) != 0;
}

// The client's own body under the upstream's model name. Untouched if there is nothing to change.
sdk::Splice native_body(const aip_request& request) {
  sdk::Splice body(request);
  const std::string_view model = sdk::text(request.model);
  const json::Value asked = json::Value(sdk::text(request.body))["model"];
  if (!asked.equals(model)) body.set_string("model", model);
  body.drop_own();
  return body;
}

Outcome<Translated> translated_body(const aip_request& request, Purpose purpose,
                                    const Settings& settings, sdk::Stream stream) {
  Target target;
  target.model = sdk::text(request.model);
  target.traits = traits_of(target.model, stream.capability(target.model));
  target.default_max_tokens = settings.default_max_tokens;
  target.purpose = purpose;
  HostQuestions questions(stream);
  const Chat chat = read_chat(request);
  return translate(chat, target, questions);
}

// SDKs ask for beta features by "?beta=true"; nothing else of a client's query is the API's.
std::string_view query_of(const aip_request& request) noexcept {
  return sdk::text(request.query).find("beta=true") != std::string_view::npos ? "beta=true" : "";
}

// What every call of a chat or a count has.
class Exchange : public sdk::Request {
 public:
  Exchange(sdk::Stream stream, const Settings& settings) : Request(stream), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    native_ = is_native(request);
    sdk::Call call("POST", url_of(settings_, path(), query_of(request)));
    add_credential(stream(), request.credential, call.headers);
    add_versions(settings_, request, call.headers);
    call.headers.add("content-type", "application/json");
    call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE);
    shape(request, call);
    if (native_) {
      const sdk::Splice body = native_body(request);
      return stream().start(call.body(body.pieces()));
    }
    Outcome<Translated> made = translated_body(request, purpose(request), settings_, stream());
    if (const auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    const Translated& translated = std::get<Translated>(made);
    understand(translated);
    return stream().start(call.body(translated.body));
  }

  aip_status on_call(const aip_call_event& e) override {
    switch (e.type) {
      case AIP_CALL_HEAD:
        return on_head(e);
      case AIP_CALL_DATA:
        if (error_) return keep_error(e);
        return on_answer(e);
      case AIP_CALL_END:
        return error_ ? tell_error() : on_end();
      case AIP_CALL_FAILED:
        return error_ ? tell_error() : on_broken(e.error);
      default:
        return AIP_OK;
    }
  }

 protected:
  [[nodiscard]] virtual std::string_view path() const = 0;
  [[nodiscard]] virtual Purpose purpose(const aip_request& request) const = 0;
  virtual void shape(const aip_request& request, sdk::Call& call) = 0;
  virtual void understand(const Translated&) {}
  virtual void on_good_head(const aip_call_event&) {}
  virtual aip_status on_answer(const aip_call_event& e) = 0;
  virtual aip_status on_end() = 0;
  virtual aip_status on_broken(std::int32_t error) { return fail(failure_of_call(error)); }

  [[nodiscard]] bool native() const noexcept { return native_; }

 private:
  aip_status on_head(const aip_call_event& e) {
    if (e.status >= 200 && e.status < 300) {
      on_good_head(e);
      return AIP_OK;
    }
    // A redirect is no answer to a POST either.
    error_ = read_error_head(e.status, e.headers, e.header_count);
    return AIP_OK;
  }
  // Told at the end, so that the connection can be used again.
  aip_status keep_error(const aip_call_event& e) {
    if (failure_) return AIP_OK;
    const bool json = (e.flags & AIP_DATA_JSON) != 0;
    failure_ =
        failure_of_answer(*error_, sdk::text(e.data), json ? BodyKind::Json : BodyKind::Other);
    return AIP_OK;
  }

  // What the head said stays true, whatever became of the body.
  aip_status tell_error() {
    return fail(failure_ ? *failure_ : failure_of_answer(*error_, {}, BodyKind::Other));
  }

  const Settings& settings_;
  bool native_ = false;
  std::optional<ErrorHead> error_;  // set: the head told a failure
  std::optional<sdk::Failure> failure_;
};

class ChatExchange final : public Exchange {
 public:
  using Exchange::Exchange;

  aip_status on_wake(std::uint32_t why, std::uint64_t) override {
    return why == AIP_WAKE_TIMER && reader().complete() ? stream().finish() : AIP_OK;
  }

 protected:
  std::string_view path() const override { return "/v1/messages"; }
  Purpose purpose(const aip_request& request) const override {
    return (request.flags & AIP_REQ_STREAM) != 0 ? Purpose::AnswerStream : Purpose::Answer;
  }
  void shape(const aip_request& request, sdk::Call& call) override {
    asked_stream_ = (request.flags & AIP_REQ_STREAM) != 0;
    sse_ = asked_stream_;
    call.headers.add("accept", asked_stream_ ? "text/event-stream" : "application/json");
    call.decode(asked_stream_ ? AIP_DECODE_SSE : AIP_DECODE_WHOLE).flags(AIP_CALLF_BY_TYPE);
    reader_.emplace(AnswerReader::Shape::Plain);
  }
  void understand(const Translated& translated) override {
    if (translated.json_tool) reader_.emplace(AnswerReader::Shape::JsonTool);
  }
  void on_good_head(const aip_call_event& e) override {
    if ((e.flags & AIP_HEAD_SSE) != 0) sse_ = true;
    if ((e.flags & AIP_HEAD_WHOLE) != 0) sse_ = false;
    raw_ = native() && sse_ == asked_stream_;
  }

  aip_status on_answer(const aip_call_event& e) override {
    const std::string_view data = sdk::text(e.data);
    // A comment of the stream, or an empty line: upstream lives.
    if (sse_ && sdk::text(e.name) == ":") return stream().emit(sdk::event::ping());
    if ((e.flags & AIP_DATA_JSON) == 0) return on_strange(e);
    const std::optional<sdk::Failure> failure =
        sse_ ? reader().stream_event(data) : reader().whole(json::Value(data));
    if (failure) return fail(*failure);
    // The host keeps a client's stream alive itself, so a ping is told and not passed.
    const bool ping = reader().events().size() == 1 && reader().events()[0].type == AIP_EV_PING;
    if (raw_ && !ping) {
      const aip_status passed = stream().emit_raw(sse_ ? e.raw : e.data);
      if (passed < 0) return passed;
    }
    return tell();
  }

  aip_status on_end() override {
    // A whole answer without a body has told nothing yet.
    if (!sse_ && !reader().complete()) return fail(bad_answer("The provider's answer is empty."));
    if (const std::optional<sdk::Failure> failure = reader().end()) return fail(*failure);
    if (reader().stop_missing()) {
      sdk::log(stream().id(), AIP_LOG_INFO, "the stream ended without message_stop");
      sdk::host().metric(stream().id(), sdk::span("claude_stop_missing"), 1);
    }
    const aip_status told = tell();
    return told < 0 ? told : stream().finish();
  }

  // The connection broke. What was complete stays complete.
  aip_status on_broken(std::int32_t error) override {
    if (!sse_ || reader().end()) return fail(failure_of_call(error));
    const aip_status told = tell();
    return told < 0 ? told : stream().finish();
  }

 private:
  AnswerReader& reader() noexcept { return *reader_; }

  // Data that is not JSON: a page of an intermediary, or a line that only other providers send.
  aip_status on_strange(const aip_call_event& e) {
    const std::string_view data = sdk::text(e.data);
    if (sse_ && raw_) return stream().emit_raw(e.raw);
    if (sse_ && (data.empty() || data == "[DONE]")) return AIP_OK;
    return fail(bad_answer(sse_ ? "The provider's stream holds an event that is not JSON."
                                : "The provider's answer is not JSON."));
  }

  // Gives what the reader made to the host; beside raw bytes only what the ledger needs.
  aip_status tell() {
    aip_status status = AIP_OK;
    if (!raw_) {
      const std::vector<aip_event>& events = reader().events();
      if (!events.empty()) {
        status = sdk::host().emit(stream().id(), events.data(), events.size());
      }
    } else {
      for (const aip_event& event : reader().events()) {
        const bool beside =
            event.type == AIP_EV_USAGE || event.type == AIP_EV_FINISH || event.type == AIP_EV_PING;
        if (!beside) continue;
        status = stream().emit(event);
        if (status < 0) break;
      }
    }
    if (status < 0) return status;
    if (reader().complete() && !lingering_) {
      lingering_ = true;
      static_cast<void>(stream().timer(kLingerMs));
    }
    return AIP_OK;
  }

  std::optional<AnswerReader> reader_;
  bool asked_stream_ = false;
  bool sse_ = false;  // how the answer is cut
  bool raw_ = false;  // its bytes are the client's answer
  bool lingering_ = false;
};

class CountExchange final : public Exchange {
 public:
  using Exchange::Exchange;

 protected:
  std::string_view path() const override { return "/v1/messages/count_tokens"; }
  Purpose purpose(const aip_request&) const override { return Purpose::CountTokens; }
  void shape(const aip_request&, sdk::Call& call) override {
    call.headers.add("accept", "application/json");
  }
  aip_status on_answer(const aip_call_event& e) override {
    const std::string_view data = sdk::text(e.data);
    const json::Value count =
        (e.flags & AIP_DATA_JSON) != 0 ? json::Value(data)["input_tokens"] : json::Value();
    const std::optional<std::int64_t> tokens = count.integer();
    if (!tokens || *tokens < 0) return fail(bad_answer("The provider gave no count of tokens."));
    counted_ = true;
    sdk::Usage usage;
    usage.set(AIP_USAGE_INPUT, static_cast<std::uint64_t>(*tokens));
    const aip_status told = stream().emit(sdk::event::usage(usage));
    return told < 0 ? told : AIP_OK;
  }
  aip_status on_end() override {
    return counted_ ? stream().finish() : fail(bad_answer("The provider gave no count of tokens."));
  }

 private:
  bool counted_ = false;
};

}  // namespace

std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<ChatExchange>(stream, settings);
}

std::unique_ptr<sdk::Request> make_count(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<CountExchange>(stream, settings);
}

}  // namespace aip::claude
