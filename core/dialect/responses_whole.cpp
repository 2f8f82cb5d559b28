#include "core/dialect/responses_whole.h"

namespace aip::dialect {

ResponsesWhole::ResponsesWhole(const AnswerOptions& options)
    : response_(options), output_(options.echo) {}

std::string_view ResponsesWhole::content_type() const noexcept {
  return "application/json";
}

void ResponsesWhole::event(const aip_event& event, std::string&) {
  if (raw_) {
    if (event.type == AIP_EV_FINISH && raw_finish_ == 0) raw_finish_ = event.finish;
    return;
  }
  if (response_.take(event)) return;
  output_.set_tail(response_.tail());
  output_.event(event, nullptr);
}

void ResponsesWhole::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
}

void ResponsesWhole::end(std::string& out) {
  if (raw_ || too_large()) return;
  response_.append_json(ResponseObject::status_of(output_.finish()), output_, nullptr, out);
}

// Nothing of a whole answer is sent before its end, so a failure is a status.
void ResponsesWhole::fail(const ErrorReply&, std::string&) {}
void ResponsesWhole::keep_alive(std::string&) {}

std::uint32_t ResponsesWhole::finish() const noexcept {
  return raw_ ? raw_finish_ : output_.finish();
}

}  // namespace aip::dialect
