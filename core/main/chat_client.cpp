#include "core/main/chat_client.h"

#include "core/base/json.h"

namespace aip::main {
namespace {

constexpr std::size_t kRefusalBytesMax = 64 * 1024;

upstream::CallSpec spec_of(const Question& question) {
  upstream::CallSpec spec;
  spec.method = "POST";
  spec.url = question.base_url + "/v1/chat/completions";
  spec.headers.add("content-type", "application/json");
  if (!question.key.empty()) spec.headers.add("authorization", "Bearer " + question.key);
  json::Writer w(spec.body);
  w.object().member("model", question.model);
  if (!question.provider.empty()) w.member("provider", question.provider);
  w.key("stream").boolean(true).key("messages").array().object().member("role", "user");
  w.member("content", question.text).end_object().end_array().end_object();
  return spec;
}

}  // namespace

ChatClient::ChatClient(Scheduler& scheduler, upstream::Dialer& dialer, const Question& question,
                       std::FILE* answer, std::FILE* talk, std::function<void()> done)
    : scheduler_(scheduler),
      answer_(answer),
      talk_(talk),
      done_(std::move(done)),
      start_ns_(scheduler.now_ns()),
      decoder_(http::make_sse_decoder(limits::kEventBytesMax)),
      call_(dialer.start(spec_of(question), *this)) {}

void ChatClient::advance() noexcept {
  while (!ended_) {
    switch (call_->next()) {
      case upstream::CallEvent::None:
        return;
      case upstream::CallEvent::Head:
        status_ = call_->head().status;
        break;
      case upstream::CallEvent::Body:
        take(call_->bytes());
        break;
      case upstream::CallEvent::End:
        if (status_ == 200 && complete_) return end(true, {});
        if (status_ == 200) return end(false, "the answer ended early");
        return end(false, "status " + std::to_string(status_) + ": " + refusal_);
      case upstream::CallEvent::Failed:
        return end(false, std::string(call_->error().public_text()) + " " + call_->error().detail);
    }
  }
}

void ChatClient::take(Bytes bytes) {
  if (status_ != 200) {
    if (refusal_.size() < kRefusalBytesMax) refusal_.append(bytes);
    return;
  }
  while (!bytes.empty() && !ended_) {
    Result<std::optional<http::Event>> event = decoder_->next(bytes);
    if (!event) return end(false, event.error().detail);
    if (!*event) return;
    if ((*event)->name != ":") show((*event)->data);
  }
}

void ChatClient::show(Bytes data) {
  if (data == "[DONE]") {
    complete_ = true;
    return;
  }
  if (!json::check(data)) return end(false, "the answer is not JSON");
  const json::Value chunk(data);
  if (const json::Value error = chunk["error"]) return end(false, error["message"].str());
  for (const json::Value choice : chunk["choices"].items()) {
    const json::Value delta = choice["delta"];
    const std::string text = delta["reasoning_content"].str() + delta["content"].str();
    if (text.empty()) continue;
    if (first_token_ns_ == 0) first_token_ns_ = scheduler_.now_ns() - start_ns_;
    std::fwrite(text.data(), 1, text.size(), answer_);
    std::fflush(answer_);
  }
}

void ChatClient::end(bool ok, const std::string& why) {
  ended_ = true;
  ok_ = ok;
  std::fputc('\n', answer_);
  std::fflush(answer_);
  if (!ok) std::fprintf(talk_, "aiproxy: no answer: %s\n", why.c_str());
  done_();
}

}  // namespace aip::main
