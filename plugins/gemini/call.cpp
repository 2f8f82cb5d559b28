#include "call.h"

#include "upstream.h"

namespace aip::gemini {

aip_status OneCall::start(const aip_request& request, sdk::Call& call) {
  add_credential(stream(), request.credential, call.headers);
  call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE);
  return stream().start(call);
}

aip_status OneCall::on_call(const aip_call_event& e) {
  switch (e.type) {
    case AIP_CALL_HEAD:
      return on_head(e);
    case AIP_CALL_DATA:
      if (!error_) return on_answer(e);
      if (!failure_) {
        const bool json = (e.flags & AIP_DATA_JSON) != 0;
        failure_ =
            failure_of_answer(*error_, json ? json::Value(sdk::text(e.data)) : json::Value());
      }
      return AIP_OK;
    case AIP_CALL_END:
      if (error_) return fail(failure_ ? *failure_ : failure_of_answer(*error_, {}));
      return on_end();
    case AIP_CALL_FAILED:
      // What the head said stays true, whatever became of the body.
      if (error_) return fail(failure_ ? *failure_ : failure_of_answer(*error_, {}));
      return on_broken(e.error);
    default:
      return AIP_OK;
  }
}

aip_status OneCall::on_head(const aip_call_event& e) {
  if (e.status >= 200 && e.status < 300) {
    on_good_head(e);
  } else {  // a redirect is no answer to a POST either
    error_ = read_error_head(e.status, e.headers, e.header_count);
  }
  return AIP_OK;
}

}  // namespace aip::gemini
