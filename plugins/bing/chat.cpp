#include "chat.h"

#include <aiproxy/json.hpp>
#include <aiproxy/random.hpp>

#include <string>
#include <utility>

#include "conversation.h"
#include "errors.h"
#include "hub.h"
#include "invocation.h"
#include "request.h"
#include "style.h"
#include "upstream.h"
#include "whole.h"

namespace aip::bing {
namespace {

Shape shape_of(const aip_request& request) noexcept {
  return (request.flags & AIP_REQ_STREAM) != 0 ? Shape::Stream : Shape::Whole;
}

class Chat final : public sdk::Request {
 public:
  Chat(sdk::Stream stream, const Settings& settings) : Request(stream), settings_(settings) {}
  ~Chat() override { forget_conversation(); }

  aip_status begin(const aip_request& request) override;
  aip_status on_call(const aip_call_event& event) override;

 private:
  enum class Step : std::uint8_t { Creating, Uploading, Opening, Shaking, Asking };

  aip_status start(const sdk::Call& call, Step step);
  aip_status go_on();
  aip_status on_whole(const aip_call_event& event);
  aip_status on_hub(const aip_call_event& event);
  aip_status on_record(const aip_call_event& event);
  aip_status created();
  aip_status uploaded();
  aip_status ask();
  aip_status tell_text();
  aip_status tell_end();
  void tell_block();
  void forget_conversation() noexcept;

  const Settings& settings_;
  std::string model_;
  std::uint32_t cookie_ = 0;
  Turn turn_;
  Conversation conversation_;
  WholeAnswer whole_;
  std::optional<HubAnswer> answer_;
  Step step_ = Step::Creating;
  aip_id hub_ = 0;
  bool made_here_ = false;
  bool block_told_ = false;
};

aip_status Chat::begin(const aip_request& request) {
  HostQuestions questions(stream());
  auto read = read_turn(json::Value(sdk::text(request.body)), questions);
  if (auto* failure = std::get_if<sdk::Failure>(&read)) return fail(*failure);
  turn_ = std::get<Turn>(std::move(read));
  model_ = sdk::text(request.model);
  cookie_ = cookie_of(request.credential);
  answer_.emplace(shape_of(request), settings_.base_url);
  if (!turn_.conversation) return start(create_call(settings_, cookie_), Step::Creating);
  conversation_ = *turn_.conversation;
  return go_on();
}

// The next step of those that are still to be done.
aip_status Chat::go_on() {
  if (!turn_.image_base64.empty()) {
    const ImageForm form = image_form(turn_.image_base64, style_of(model_).tone);
    turn_.image_base64.clear();
    return start(upload_call(settings_, cookie_, form), Step::Uploading);
  }
  return start(hub_call(settings_, cookie_, conversation_.signature), Step::Opening);
}

aip_status Chat::start(const sdk::Call& call, Step step) {
  step_ = step;
  whole_ = WholeAnswer();
  if (stream().start(call, &hub_) >= 0) return AIP_OK;
  return fail({AIP_E_CONFIG, "A call to Bing could not be made: its host or a header is refused."});
}

aip_status Chat::on_call(const aip_call_event& event) {
  switch (step_) {
    case Step::Creating:
    case Step::Uploading:
      return on_whole(event);
    case Step::Opening:
    case Step::Shaking:
    case Step::Asking:
      return on_hub(event);
  }
  return AIP_OK;
}

// ---- before the hub
// ------------------------------------------------------------------------------

aip_status Chat::on_whole(const aip_call_event& event) {
  switch (whole_.take(event)) {
    case WholeAnswer::Step::More:
      return AIP_OK;
    case WholeAnswer::Step::Failed:
      return fail(whole_.failure());
    case WholeAnswer::Step::Complete:
      return step_ == Step::Creating ? created() : uploaded();
  }
  return AIP_OK;
}

aip_status Chat::created() {
  auto made = read_created(whole_.json(), whole_.signature());
  if (auto* failure = std::get_if<sdk::Failure>(&made)) return fail(*failure);
  conversation_ = std::get<Conversation>(std::move(made));
  made_here_ = true;
  return go_on();
}

aip_status Chat::uploaded() {
  const json::Value answer = whole_.json();
  std::string id = answer["processedBlobId"].str();
  if (id.empty()) id = answer["blobId"].str();
  if (id.empty()) return fail(bad_answer("an uploaded image without its id"));
  conversation_.image_url = image_url(settings_, id);
  return go_on();
}

// ---- the hub
// -------------------------------------------------------------------------------------

aip_status Chat::on_hub(const aip_call_event& event) {
  switch (event.type) {
    case AIP_CALL_OPEN:
      step_ = Step::Shaking;
      return stream().send(hub_, kHandshake) < 0 ? fail(failure_of_call(AIP_E_UPSTREAM)) : AIP_OK;
    case AIP_CALL_HEAD:
      return fail(failure_of_status(event.status, event.headers, event.header_count));
    case AIP_CALL_DATA:
      return on_record(event);
    case AIP_CALL_FAILED:
      if (step_ == Step::Opening || event.error == AIP_E_TIMEOUT) {
        return fail(failure_of_call(event.error));
      }
      return fail(truncated("was cut off"));
    default:
      return fail(truncated("ended without a result"));
  }
}

aip_status Chat::on_record(const aip_call_event& event) {
  if ((event.flags & AIP_DATA_JSON) == 0) return fail(bad_answer("a record that is not JSON"));
  const json::Value record(sdk::text(event.data));
  if (step_ == Step::Shaking) {
    if (const auto failure = refused_handshake(record)) return fail(*failure);
    return ask();
  }
  switch (answer_->take(record)) {
    case HubAnswer::Step::Go:
      return tell_text();
    case HubAnswer::Step::Ping:
      static_cast<void>(stream().send(hub_, kPing));
      return stream().emit(sdk::event::ping()) < 0 ? AIP_E_STATE : AIP_OK;
    case HubAnswer::Step::Done:
      return tell_end();
    case HubAnswer::Step::Failed:
      return fail(answer_->failure());
  }
  return AIP_OK;
}

aip_status Chat::ask() {
  step_ = Step::Asking;
  Question question;
  question.turn = &turn_;
  question.conversation = &conversation_;
  question.style = style_of(model_);
  question.locale = settings_.locale;
  question.request_id = sdk::random_uuid();
  question.first = conversation_.trace_id.empty();
  if (question.first) conversation_.trace_id = sdk::random_hex(32);
  const std::string record = invocation(question);
  ++conversation_.turn;
  if (stream().send(hub_, kPing) < 0 || stream().send(hub_, record) < 0) {
    return fail(failure_of_call(AIP_E_UPSTREAM));
  }
  return AIP_OK;
}

// ---- the answer
// ----------------------------------------------------------------------------------

aip_status Chat::tell_text() {
  const std::string text = answer_->take_text();
  if (text.empty()) return AIP_OK;
  if (!block_told_) {
    stream().emit(sdk::event::start(conversation_.id, model_));
    tell_block();
  }
  return stream().emit(sdk::event::text(text)) < 0 ? AIP_E_STATE : AIP_OK;
}

aip_status Chat::tell_end() {
  if (const aip_status status = tell_text(); status < 0) return status;
  if (!block_told_) stream().emit(sdk::event::start(conversation_.id, model_));
  if (!answer_->refusal().empty()) stream().emit(sdk::event::refusal(answer_->refusal()));
  tell_block();
  const bool filtered = answer_->filtered();
  stream().emit(sdk::event::finish(filtered ? AIP_FINISH_FILTER : AIP_FINISH_STOP,
                                   filtered ? "Apology" : "Success"));
  return stream().finish();
}

void Chat::tell_block() {
  std::string block;
  json::Writer out(block);
  out.object();
  write_conversation(conversation_, out);
  answer_->write_extras(out);
  out.end_object();
  stream().emit(sdk::event::provider("bing", block));
  block_told_ = true;
}

void Chat::forget_conversation() noexcept {
  if (!made_here_ || block_told_) return;
  try {
    const std::string body =
        delete_body(conversation_.id, conversation_.signature, conversation_.client_id);
    sdk::Call call = delete_call(settings_, cookie_, body);
    static_cast<void>(stream().start(call.flags(AIP_CALLF_DETACHED)));
  } catch (const std::exception&) {
    // Out of memory: the conversation stays, and Bing forgets it in time.
  }
}

}  // namespace

std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings) {
  return std::make_unique<Chat>(stream, settings);
}

std::uint32_t cookie_of(const aip_credential& credential) noexcept {
  return (credential.flags & AIP_CRED_CLIENT) != 0 ? 0 : credential.secret;
}

}  // namespace aip::bing
