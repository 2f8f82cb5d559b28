#include "exchange.h"

#include <aiproxy/random.hpp>

#include <optional>
#include <string>
#include <vector>

#include "errors.h"
#include "identity.h"
#include "request.h"
#include "upstream.h"
#include "v2.h"
#include "v3.h"

namespace aip::coze {
namespace {

enum class Step : std::uint8_t { Upload, Chat, Wait, Retrieve, List };

class ChatExchange final : public sdk::Request {
 public:
  ChatExchange(sdk::Stream stream, const Settings& settings)
      : Request(stream), settings_(settings) {}
  ~ChatExchange() override { cancel_chat(); }

  aip_status begin(const aip_request& request) override {
    const Chat chat = read_chat(request);
    Outcome<Identity> who = settle(request, chat, settings_);
    if (const auto* failure = std::get_if<sdk::Failure>(&who)) return fail(*failure);
    const Identity& identity = std::get<Identity>(who);
    HostQuestions questions(stream());
    const bool streams = (request.flags & AIP_REQ_STREAM) != 0;
    Outcome<Translated> made =
        translate(chat, identity, streams ? Delivery::Stream : Delivery::Whole, questions);
    if (const auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
    translated_ = std::move(std::get<Translated>(made));
    token_ = token_of(request.credential);
    base_ = base_of(settings_, identity.region);
    answer_.emplace(identity);
    v2_.emplace(*answer_);
    v3_.emplace(*answer_);
    return translated_.uploads.empty() ? start_chat() : start_upload();
  }

  aip_status on_call(const aip_call_event& e) override {
    if (e.user != call_) return AIP_OK;  // the end of an earlier call, whose answer was read
    switch (e.type) {
      case AIP_CALL_HEAD:
        status_ = e.status;
        sse_ = (e.flags & AIP_HEAD_SSE) != 0;
        answered_ = false;
        return AIP_OK;
      case AIP_CALL_DATA:
        if (sse_) return on_stream_event(e);
        return on_body(sdk::text(e.data),
                       (e.flags & AIP_DATA_JSON) != 0 ? BodyKind::Json : BodyKind::Other);
      case AIP_CALL_END:
        return on_call_end();
      case AIP_CALL_FAILED:
        return on_broken(e.error);
      default:
        return AIP_OK;
    }
  }

  aip_status on_wake(std::uint32_t why, std::uint64_t) override {
    if (why != AIP_WAKE_TIMER) return AIP_OK;
    if (lingers_) return stream().finish();
    if (step_ != Step::Wait) return AIP_OK;
    return start_poll(Step::Retrieve, "/v3/chat/retrieve");
  }

 private:
  [[nodiscard]] bool is_v2() const noexcept { return answer_->who().version == Version::V2; }
  [[nodiscard]] Reader& reader() noexcept {
    if (is_v2()) return *v2_;
    return *v3_;
  }

  // ---- calls

  aip_status start(sdk::Call& call, Step step) {
    step_ = step;
    answered_ = false;
    add_token(token_, call.headers);
    return stream().start(call.user(++call_).flags(AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE));
  }

  aip_status start_upload() {
    Upload& upload = translated_.uploads[file_ids_.size()];
    sdk::Call call("POST", base_ + "/v1/files/upload");
    const std::string boundary = sdk::multipart_boundary();
    const std::string body = multipart(upload, boundary);
    std::string().swap(upload.bytes);
    call.headers.add("content-type", "multipart/form-data; boundary=" + boundary);
    return start(call.body(body), Step::Upload);
  }

  aip_status start_chat() {
    const Identity& who = answer_->who();
    const bool outputs = translated_.kind == Translated::Kind::ToolOutputs;
    std::string url = base_;
    url.append(is_v2()   ? "/open_api/v2/chat"
               : outputs ? "/v3/chat/submit_tool_outputs"
                         : "/v3/chat");
    if (!is_v2() && !who.conversation_id.empty()) {
      append_query(url, "conversation_id", who.conversation_id);
    }
    if (outputs) append_query(url, "chat_id", who.chat_id);
    const std::string body =
        filled_in(translated_.body, translated_.uploads, std::exchange(file_ids_, {}));
    const bool streams = translated_.delivery == Delivery::Stream;
    sdk::Call call("POST", std::move(url));
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", streams ? "text/event-stream" : "application/json");
    call.body(body).decode(streams ? AIP_DECODE_SSE : AIP_DECODE_WHOLE);
    const aip_status started = start(call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_BY_TYPE), Step::Chat);
    translated_ = {};
    return started;
  }

  aip_status start_poll(Step step, std::string_view path) {
    std::string url = base_ + std::string(path);
    append_query(url, "conversation_id", answer_->who().conversation_id);
    append_query(url, "chat_id", answer_->who().chat_id);
    sdk::Call call("GET", std::move(url));
    call.headers.add("accept", "application/json");
    return start(call.flags(AIP_CALLF_REPLAYABLE), step);
  }

  aip_status wait() {
    step_ = Step::Wait;
    return stream().timer(settings_.poll_ms);
  }

  void cancel_chat() noexcept {
    if (!v3_ || !v3_->open()) return;
    try {
      const Identity& who = answer_->who();
      std::string body;
      json::Writer(body)
          .object()
          .member("conversation_id", who.conversation_id)
          .member("chat_id", who.chat_id)
          .end_object();
      sdk::Call call("POST", base_ + "/v3/chat/cancel");
      call.headers.add("content-type", "application/json");
      add_token(token_, call.headers);
      stream().start(call.body(body).flags(AIP_CALLF_DETACHED).timeout_ms(kCancelTimeoutMs));
    } catch (...) {
      // No memory for it: the chat ends in Coze by itself.
    }
  }

  // ---- answers

  aip_status on_stream_event(const aip_call_event& e) {
    if (lingers_) return AIP_OK;
    answered_ = true;
    const Event event{sdk::text(e.name), sdk::text(e.data), (e.flags & AIP_DATA_JSON) != 0};
    if (event.name == ":") return stream().emit(sdk::event::ping());
    answer_->clear();
    const MaybeFailure failure = reader().stream_event(event);
    const aip_status told = tell();
    if (failure) return fail(*failure);
    if (told < 0 || !answer_->complete()) return told;
    // The body's end is waited for, so that the connection can be used again; but not for ever.
    lingers_ = true;
    return stream().timer(kLingerMs);
  }

  aip_status on_body(std::string_view body, BodyKind kind) {
    if (answered_) return AIP_OK;
    answered_ = true;
    if (const MaybeFailure failure = failure_of_body(status_, body, kind)) {
      if (step_ == Step::Retrieve && (failure->flags & AIP_ERR_RETRYABLE) != 0 && may_try_again()) {
        return wait();
      }
      return fail(*failure);
    }
    poll_failures_ = 0;
    answer_->clear();
    return on_good_body(json::Value(body));
  }

  aip_status on_good_body(json::Value body) {
    switch (step_) {
      case Step::Upload:
        return on_uploaded(body["data"]["id"]);
      case Step::Chat:
        if (is_v2()) return on_v2_body(body);
        return on_chat(body["data"]);
      case Step::Retrieve:
        return on_chat(body["data"]);
      case Step::List:
        if (!body["data"].is_array()) return fail(bad_answer("Coze's answer holds no messages."));
        v3_->messages(body["data"]);
        return tell_and_finish();
      case Step::Wait:
        break;
    }
    return AIP_OK;
  }

  aip_status on_uploaded(json::Value id) {
    if (!id.is_string() || id.escaped().empty()) {
      return fail(bad_answer("Coze took a file and told no id."));
    }
    file_ids_.push_back(id.str());
    return file_ids_.size() < translated_.uploads.size() ? start_upload() : start_chat();
  }

  aip_status on_v2_body(json::Value body) {
    if (!body["messages"].is_array()) return fail(bad_answer("Coze's answer holds no messages."));
    v2_->whole(body);
    return tell_and_finish();
  }

  aip_status on_chat(json::Value chat) {
    const MaybeFailure failure = v3_->chat(chat);
    const aip_status told = tell();
    if (failure) return fail(*failure);
    if (told < 0) return told;
    switch (v3_->status()) {
      case ChatStatus::Running:
        if (!v3_->open()) return fail(bad_answer("Coze's answer holds no chat."));
        return wait();
      case ChatStatus::Completed:
        return start_poll(Step::List, "/v3/chat/message/list");
      case ChatStatus::RequiresAction:
        answer_->clear();
        v3_->finish();
        return tell_and_finish();
    }
    return AIP_OK;
  }

  aip_status on_call_end() {
    if (sse_) {
      answer_->clear();
      const MaybeFailure failure = reader().end();
      if (failure) return fail(*failure);
      return tell_and_finish();
    }
    // A body without a byte has told nothing yet.
    return on_body({}, BodyKind::Other);
  }

  // The connection broke. What was complete stays complete.
  aip_status on_broken(std::int32_t error) {
    if (step_ == Step::Wait) return AIP_OK;  // behind an answer that was read
    if (step_ == Step::Retrieve && may_try_again()) return wait();
    if (sse_ && step_ == Step::Chat && !reader_failed()) return tell_and_finish();
    return fail(failure_of_call(error));
  }

  [[nodiscard]] bool reader_failed() {
    answer_->clear();
    return reader().end().has_value();
  }
  [[nodiscard]] bool may_try_again() noexcept { return ++poll_failures_ < kPollFailuresMax; }

  aip_status tell() {
    const std::vector<aip_event>& events = answer_->events();
    if (events.empty()) return AIP_OK;
    return sdk::host().emit(stream().id(), events.data(), events.size());
  }
  aip_status tell_and_finish() {
    const aip_status told = tell();
    return told < 0 ? told : stream().finish();
  }

  const Settings& settings_;
  Token token_;
  std::string base_;
  Translated translated_;
  std::vector<std::string> file_ids_;  // of the uploads so far
  std::optional<Answer> answer_;
  std::optional<V2Reader> v2_;
  std::optional<V3Reader> v3_;
  Step step_ = Step::Chat;
  std::uint64_t call_ = 0;  // the present call's number
  int status_ = 0;          // of the present call
  bool sse_ = false;        // how its body is cut
  bool answered_ = false;   // data came
  bool lingers_ = false;    // the answer is complete, its body is not
  int poll_failures_ = 0;   // in a row
};

}  // namespace

std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<ChatExchange>(stream, settings);
}

}  // namespace aip::coze
