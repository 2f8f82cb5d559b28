#include "chat.h"

#include "answer.h"
#include "errors.h"
#include "request.h"
#include "upstream.h"

namespace aip::openai {
namespace {

constexpr std::string_view kDone = "[DONE]";
constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";
constexpr std::string_view kComment = ":";

bool ends_with_blank_line(std::string_view raw) noexcept {
  const auto ends = [raw](std::string_view end) {
    return raw.size() >= end.size() && raw.substr(raw.size() - end.size()) == end;
  };
  return ends("\n\n") || ends("\r\n\r\n") || ends("\r\r");
}

class Chat final : public sdk::Request {
 public:
  Chat(sdk::Stream stream, const Settings& settings) : Request(stream), settings_(settings) {}

  aip_status begin(const aip_request& request) override {
    native_ = (request.flags & AIP_REQ_NATIVE) != 0;
    responses_ = native_ && request.dialect == AIP_DIALECT_OPENAI_RESPONSES;
    asked_stream_ = (request.flags & AIP_REQ_STREAM) != 0;
    seed_ = sdk::text(request.request_id);
    secret_ = request.credential.secret;
    const std::string_view model = sdk::text(request.model);
    Quirks quirks = native_ ? Quirks() : usual_quirks(model);
    lay_over(json::Value(settings_.quirks), quirks);
    lay_over(json::Value(stream().capability(model)), quirks);
    no_finish_reason_ = quirks.no_finish_reason;

    HostQuestions questions(stream());
    if (responses_) return start(request, responses_body(request, quirks, questions).body);
    if (native_) {
      const Outgoing out = native_body(request, quirks, questions);
      hides_usage_ = out.hides_usage;
      return start(request, out.body);
    }
    const Outcome<Outgoing> out = translated_body(request, quirks, questions);
    if (const auto* failure = std::get_if<sdk::Failure>(&out)) return fail(*failure);
    return start(request, std::get<Outgoing>(out).body);
  }

  aip_status on_call(const aip_call_event& e) override {
    switch (e.type) {
      case AIP_CALL_HEAD:
        return on_head(e);
      case AIP_CALL_DATA:
        if (error_) return keep_error(e);
        return sse_ ? on_event(e) : on_whole(e);
      case AIP_CALL_END:
        return on_end();
      case AIP_CALL_FAILED:
        if (error_) return tell_error();
        if (sse_ && reader_ && (done_ || reader_->complete())) return end_well();
        return fail(failure_of_call(e.error));
      default:
        return AIP_OK;
    }
  }

  aip_status on_wake(std::uint32_t why, std::uint64_t) override {
    return why == AIP_WAKE_TIMER ? end_well() : AIP_OK;
  }

 private:
  aip_status start(const aip_request& request, const sdk::Splice& body) {
    sdk::Call call(
        "POST", responses_ ? plain_url(settings_, "/responses")
                           : model_url(settings_, "/chat/completions", sdk::text(request.model)));
    add_credential(settings_, request.credential, call.headers);
    add_account(settings_, request, call.headers);
    call.headers.add("content-type", "application/json")
        .add("accept", asked_stream_ ? "text/event-stream" : "application/json");
    call.decode(asked_stream_ ? AIP_DECODE_SSE : AIP_DECODE_WHOLE)
        .flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE |
               AIP_CALLF_BY_TYPE);
    return stream().start(call.body(body.pieces()));
  }

  aip_status on_head(const aip_call_event& e) {
    if (e.status < 200 || e.status >= 300) {  // a redirect is no answer to a POST either
      error_ = read_error_head(e.status, e.headers, e.header_count);
      return AIP_OK;
    }
    sse_ = (e.flags & AIP_HEAD_SSE) != 0 || (asked_stream_ && (e.flags & AIP_HEAD_WHOLE) == 0);
    raw_ = native_ && sse_ == asked_stream_;
    if (responses_) {
      reader_ = make_responses_watcher();
    } else {
      reader_ = raw_ ? make_watcher() : make_reader(seed_);
    }
    return AIP_OK;
  }

  // Told at the end, so that the connection can be used again.
  aip_status keep_error(const aip_call_event& e) {
    const bool is_json = (e.flags & AIP_DATA_JSON) != 0;
    if (!failure_) {
      failure_ = failure_of_answer(
          *error_, is_json ? json::Value(sdk::text(e.data)) : json::Value(), secret());
    }
    return AIP_OK;
  }

  // One event of a stream.
  aip_status on_event(const aip_call_event& e) {
    const std::string_view data = sdk::text(e.data);
    if (done_) return AIP_OK;  // some say [DONE] twice
    if (sdk::text(e.name) == kComment) {
      if (const aip_status s = hide(e); s < 0) return s;
      return emitted(stream().emit(sdk::event::ping()));
    }
    if (data == kDone) return on_done(e);
    if ((e.flags & AIP_DATA_JSON) == 0) return on_strange(e);
    const json::Value value(data);
    if (responses_) return on_responses_event(e, value);
    // Some say by the event's name alone that it is an error.
    if (sdk::text(e.name) == "error" && !value["error"] && !reader_->complete()) {
      return fail_with(failure_of_error(value, {}));
    }
    if (auto failure = reader_->chunk(value)) return fail_with(std::move(*failure));
    const bool hidden = hides_usage_ && reader_->was_usage_only();
    if (const aip_status s = hidden ? hide(e) : pass(e); s < 0) return s;
    return tell();
  }

  // A failure in mid-stream is told in the client's own dialect already, if it is an event of it.
  // As the first event it becomes a status, and may be tried again.
  aip_status on_responses_event(const aip_call_event& e, json::Value value) {
    if (reader_->complete()) return AIP_OK;
    std::optional<sdk::Failure> failure = reader_->chunk(value);
    if (!failure && !passed_) failure = reader_->told_failure();
    if (failure && (!passed_ || !value["type"])) return fail_with(std::move(*failure));
    if (const aip_status s = raw_ ? pass(e) : pass_end_as_whole(value); s < 0) return s;
    if (failure) return fail_with(std::move(*failure));
    return tell();
  }

  // A stream came where JSON was asked for: its last event holds all of it.
  aip_status pass_end_as_whole(json::Value value) {
    if (!reader_->complete()) return AIP_OK;
    return emitted(stream().emit_raw(value["response"].raw()));
  }

  // Data that is no JSON would break the client's own reader, so it is never passed on. What the
  // end of the body cut off is judged there; behind the finish nothing changes any more.
  aip_status on_strange(const aip_call_event& e) {
    const bool cut_off = (e.flags & AIP_DATA_LAST) != 0;
    if (e.data.len == 0 || cut_off || reader_->complete()) return AIP_OK;
    return fail(bad_answer("The provider's stream holds data that is not JSON."));
  }

  // The client gets the event's bytes. An event is told at the CR of its last CR LF if the LF has
  // not come yet; that LF then stands in front of the next event, and goes where its CR went.
  aip_status pass(const aip_call_event& e) {
    if (!raw_) return AIP_OK;
    std::string_view raw = sdk::text(e.raw);
    if (cr_ == Cr::Hidden && raw.substr(0, 1) == "\n") raw.remove_prefix(1);
    cr_ = !raw.empty() && raw.back() == '\r' ? Cr::Passed : Cr::None;
    passed_ = true;
    const aip_status status = emitted(stream().emit_raw(raw));
    const bool last = (e.flags & AIP_DATA_LAST) != 0;
    if (status < 0 || !last || ends_with_blank_line(raw)) return status;
    cr_ = Cr::None;
    return emitted(stream().emit_raw("\n\n"));
  }
  aip_status hide(const aip_call_event& e) {
    if (!raw_) return AIP_OK;
    const std::string_view raw = sdk::text(e.raw);
    const bool closes = cr_ == Cr::Passed && raw.substr(0, 1) == "\n";
    cr_ = !raw.empty() && raw.back() == '\r' ? Cr::Hidden : Cr::None;
    return closes ? emitted(stream().emit_raw("\n")) : AIP_OK;
  }

  aip_status on_done(const aip_call_event& e) {
    if (!no_finish_reason_ && !reader_->complete()) {
      return fail(truncated("The provider's stream ended without a finish reason (truncated)."));
    }
    if (const aip_status s = hide(e); s < 0) return s;
    if (const aip_status s = tell_end(); s < 0) return s;
    return emitted(stream().timer(kLingerMs));
  }

  // A whole answer.
  aip_status on_whole(const aip_call_event& e) {
    const std::string_view data = sdk::text(e.data);
    if ((e.flags & AIP_DATA_JSON) == 0) {
      return fail(bad_answer(data.empty() ? "The provider's answer is empty."
                                          : "The provider's answer is not JSON."));
    }
    if (auto failure = reader_->whole(json::Value(data))) return fail_with(std::move(*failure));
    if (responses_ && !raw_) {
      return fail(bad_answer("The provider's answer is JSON where a stream was asked for."));
    }
    if (raw_) {
      if (const aip_status s = emitted(stream().emit_raw(data)); s < 0) return s;
    }
    if (const aip_status s = tell(); s < 0) return s;
    whole_told_ = true;
    return AIP_OK;
  }

  // What the head said stays true, whatever became of the body.
  aip_status tell_error() {
    return fail(failure_ ? *failure_ : failure_of_answer(*error_, json::Value(), secret()));
  }

  aip_status on_end() {
    if (error_) return tell_error();
    if (!reader_) return fail(bad_answer("The provider gave no answer."));
    if (!sse_) {
      return whole_told_ ? stream().finish() : fail(bad_answer("The provider's answer is empty."));
    }
    if (!done_ && !reader_->complete()) {
      if (auto failure = reader_->told_failure()) return fail_with(std::move(*failure));
      return fail(truncated("The provider's stream ended early (truncated)."));
    }
    return end_well();
  }

  // The stream is complete, with [DONE] or without.
  aip_status end_well() {
    if (!done_ && (!sse_ || !reader_->complete())) return AIP_OK;
    if (!done_) {
      if (const aip_status s = tell_end(); s < 0) return s;
    }
    return stream().finish();
  }

  // Gives what the reader made to the host.
  aip_status tell() {
    const std::vector<aip_event>& events = reader_->events();
    if (!events.empty()) {
      const aip_status s = sdk::host().emit(stream().id(), events.data(), events.size());
      if (s < 0) return s;
    }
    if (!sse_ || lingering_ || !reader_->complete()) return AIP_OK;
    lingering_ = true;
    return emitted(stream().timer(responses_ ? kLingerMs : kSilenceMs));
  }

  // The end of the stream, told to the client once. Raw bytes go before the events beside them.
  aip_status tell_end() {
    done_ = true;
    lingering_ = true;
    if (raw_) {
      const std::string_view open_lf = cr_ == Cr::Passed ? "\n" : "";
      const std::string_view done = responses_ ? std::string_view() : kDoneEvent;
      const std::string end = std::string(open_lf) + std::string(done);
      if (const aip_status s = emitted(stream().emit_raw(end)); s < 0) return s;
    }
    if (no_finish_reason_) {
      reader_->assume_finished();
      if (const aip_status s = tell(); s < 0) return s;
    }
    reader_->end();
    return tell();
  }

  // Accepted is accepted: AIP_BLOCKED is for those who generate.
  static aip_status emitted(aip_status status) noexcept { return status < 0 ? status : AIP_OK; }

  aip_status fail_with(sdk::Failure failure) {
    failure.message = without_keys(std::move(failure.message), secret());
    return fail(failure);
  }
  [[nodiscard]] std::string_view secret() const {
    return secret_ != 0 ? stream().reveal(secret_) : std::string_view();
  }

  enum class Cr : std::uint8_t { None, Passed, Hidden };

  const Settings& settings_;
  std::string seed_;
  std::uint32_t secret_ = 0;
  bool native_ = false;
  bool responses_ = false;  // native, at /responses
  bool asked_stream_ = false;
  bool no_finish_reason_ = false;
  bool hides_usage_ = false;
  bool sse_ = false;     // how the answer is cut
  bool raw_ = false;     // its bytes are the client's answer
  bool passed_ = false;  // the client has bytes of it
  bool done_ = false;
  bool whole_told_ = false;
  bool lingering_ = false;
  Cr cr_ = Cr::None;  // the CR at the end of the last event, if its LF is still to come
  std::unique_ptr<AnswerReader> reader_;
  std::optional<ErrorHead> error_;  // set: the head told a failure
  std::optional<sdk::Failure> failure_;
};

}  // namespace

std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<Chat>(stream, settings);
}

}  // namespace aip::openai
