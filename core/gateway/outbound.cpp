#include "core/gateway/outbound.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/gateway/spans.h"

namespace aip::gateway {
namespace {

bool starts_with_type(std::string_view content_type, std::string_view type) noexcept {
  return content_type.size() >= type.size() &&
         http::same_name(content_type.substr(0, type.size()), type);
}

std::int32_t status_of(ErrorCode code) noexcept {
  using enum ErrorCode;
  const bool timeout = code == ProviderTimeoutConnect || code == ProviderTimeoutTls ||
                       code == ProviderTimeoutFirstByte || code == ProviderTimeoutIdle ||
                       code == ProviderTimeoutTotal;
  return timeout ? AIP_E_TIMEOUT : AIP_E_UPSTREAM;
}

}  // namespace

Outbound::Outbound(Plan plan, std::unique_ptr<upstream::Call> call)
    : plan_(plan), call_(std::move(call)), decode_(plan.decode) {}

Outbound::Outbound(Plan plan, std::unique_ptr<upstream::WebSocketCall> call)
    : plan_(plan), socket_(call.get()), decode_(plan.decode) {
  call_ = std::move(call);
}

void Outbound::set_paused(bool paused) noexcept {
  paused_ = paused;
  if (call_) call_->set_reading(!paused);
}

std::string_view Outbound::outcome() const noexcept {
  static constexpr std::array<std::string_view, 6> kClasses{"cancelled", "1xx", "2xx",
                                                            "3xx",       "4xx", "5xx"};
  if (failure_) return traits(failure_->code).name;
  return kClasses[static_cast<std::size_t>(std::clamp(status_ / 100, 0, 5))];
}

Pumped Outbound::pump(plugin::Session& session, AnswerSink& sink, const bool& finished) {
  if (ended_ || finished || paused_) return Pumped::Idle;
  return forward() ? pump_forward(session, sink, finished) : pump_decoded(session, sink, finished);
}

Pumped Outbound::pump_decoded(plugin::Session& session, AnswerSink& sink, const bool& finished) {
  for (;;) {
    if (!piece_.empty()) {
      const Pumped p = deliver_body(session, sink, finished);
      if (p != Pumped::Idle) return p;
      if (!piece_.empty() || finished || paused_) return Pumped::Idle;
    }
    kept_.clear();
    if (primary() && sink.blocked()) return Pumped::Idle;
    switch (call_->next()) {
      case upstream::CallEvent::None:
        return Pumped::Idle;
      case upstream::CallEvent::Head:
        if (deliver_head(session, sink) == Pumped::Refused) return Pumped::Refused;
        break;
      case upstream::CallEvent::Body:
        if (decode_ == AIP_DECODE_MESSAGE) {
          if (deliver_message(session) == Pumped::Refused) return Pumped::Refused;
        } else {
          piece_ = call_->bytes();
        }
        break;
      case upstream::CallEvent::End:
        return deliver_end(session, finished);
      case upstream::CallEvent::Failed:
        return deliver_failure(session, call_->error());
    }
    if (finished || paused_) {
      keep_rest();
      return Pumped::Idle;
    }
  }
}

// The head that the upstream sent decides how its body is cut (AIP_CALLF_BY_TYPE, ERROR_WHOLE).
void Outbound::choose_decoder() {
  const std::string_view type = call_->head().headers.get("content-type");
  if (socket_ != nullptr && !socket_->open()) decode_ = AIP_DECODE_WHOLE;  // upgrade refused
  if (status_ >= 400 && (plan_.flags & AIP_CALLF_ERROR_WHOLE) != 0) {
    decode_ = AIP_DECODE_WHOLE;
  } else if ((plan_.flags & AIP_CALLF_BY_TYPE) != 0) {
    if (decode_ == AIP_DECODE_SSE &&
        (starts_with_type(type, "application/json") || starts_with_type(type, "text/html"))) {
      decode_ = AIP_DECODE_WHOLE;
    } else if (decode_ == AIP_DECODE_WHOLE && starts_with_type(type, "text/event-stream")) {
      decode_ = AIP_DECODE_SSE;
    }
  }
  if (decode_ == AIP_DECODE_SSE) decoder_ = http::make_sse_decoder(plan_.max_event);
  if (decode_ == AIP_DECODE_NDJSON) decoder_ = http::make_ndjson_decoder(plan_.max_event);
  if (decode_ == AIP_DECODE_DELIMITER) {
    decoder_ = http::make_delimiter_decoder(plan_.delimiter, plan_.max_event);
  }
}

Pumped Outbound::tell(plugin::Session& session, aip_call_event& event) {
  event.struct_size = sizeof event;
  event.user = plan_.user;
  return session.on_call(plan_.number, event) < 0 ? Pumped::Refused : Pumped::Idle;
}

Pumped Outbound::deliver_head(plugin::Session& session, AnswerSink& sink) {
  const http::ResponseHead& head = call_->head();
  status_ = head.status;
  head_seen_ = true;
  if (primary()) sink.provider_answered();
  if (!forward()) choose_decoder();
  std::vector<aip_header> headers(head.headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const http::Headers::Field field = head.headers[i];
    headers[i] = {span_of(field.name), span_of(field.value), 0, 0};
  }
  aip_call_event event{};
  event.type = socket_ != nullptr && socket_->open() ? AIP_CALL_OPEN : AIP_CALL_HEAD;
  event.status = head.status;
  event.flags = decode_ == AIP_DECODE_SSE     ? AIP_HEAD_SSE
                : decode_ == AIP_DECODE_WHOLE ? AIP_HEAD_WHOLE
                                              : 0;
  event.headers = headers.data();
  event.header_count = headers.size();
  return tell(session, event);
}

Pumped Outbound::deliver_data(plugin::Session& session, const http::Event& event) {
  aip_call_event out{};
  out.type = AIP_CALL_DATA;
  out.status = status_;
  out.data = span_of(event.data);
  out.name = span_of(event.name);
  out.raw = span_of(event.raw);
  if ((plan_.flags & AIP_CALLF_CHECK_JSON) != 0 && json::check(event.data).ok()) {
    out.flags |= AIP_DATA_JSON;
  }
  if (event.last) out.flags |= AIP_DATA_LAST;
  if (socket_ != nullptr && socket_->open() &&
      socket_->message_kind() == http::MessageKind::Binary) {
    out.flags |= AIP_DATA_BINARY;
  }
  return tell(session, out);
}

Pumped Outbound::deliver_message(plugin::Session& session) {
  http::Event event;
  event.data = call_->bytes();
  return deliver_data(session, event);
}

Pumped Outbound::deliver_body(plugin::Session& session, AnswerSink& sink, const bool& finished) {
  if (decode_ == AIP_DECODE_WHOLE) {
    if (whole_.size() + piece_.size() > limits::kWholeAnswerBytesMax) {
      return deliver_failure(session, Error{ErrorCode::ProviderTooLarge, "the whole answer"});
    }
    whole_.append(piece_);
    piece_ = {};
    return Pumped::Idle;
  }
  if (decode_ == AIP_DECODE_RAW) {
    http::Event event;
    event.data = piece_;
    piece_ = {};
    return deliver_data(session, event);
  }
  while (!piece_.empty()) {
    Result<std::optional<http::Event>> next = decoder_->next(piece_);
    if (!next) return deliver_failure(session, std::move(next).error());
    if (!*next) break;
    if (deliver_data(session, **next) == Pumped::Refused) return Pumped::Refused;
    if (finished || paused_ || (primary() && sink.blocked())) {
      keep_rest();
      break;
    }
  }
  return Pumped::Idle;
}

// The call's piece is lent for this turn only; what the client cannot take yet is copied.
void Outbound::keep_rest() {
  if (piece_.empty()) return;
  std::string rest(piece_);
  kept_ = std::move(rest);
  piece_ = kept_;
}

Pumped Outbound::deliver_end(plugin::Session& session, const bool& finished) {
  if (decoder_) {
    if (const std::optional<http::Event> event = decoder_->finish()) {
      if (deliver_data(session, *event) == Pumped::Refused) return Pumped::Refused;
    }
  } else if (decode_ == AIP_DECODE_WHOLE && !forward()) {
    http::Event event;
    event.data = whole_;
    if (deliver_data(session, event) == Pumped::Refused) return Pumped::Refused;
  }
  ended_ = true;
  if (finished) return Pumped::Ended;
  aip_call_event event{};
  event.type = AIP_CALL_END;
  event.status = status_;
  if (socket_ != nullptr && socket_->open()) {
    event.status = socket_->close_code();
    event.data = span_of(call_->bytes());
  }
  return tell(session, event) == Pumped::Refused ? Pumped::Refused : Pumped::Ended;
}

Pumped Outbound::deliver_failure(plugin::Session& session, Error error) {
  ended_ = true;
  piece_ = {};
  failure_ = std::move(error);
  aip_call_event event{};
  event.type = AIP_CALL_FAILED;
  event.status = socket_ != nullptr && socket_->open() ? socket_->close_code() : status_;
  event.error = status_of(failure_->code);
  event.data = span_of(failure_->detail);
  return tell(session, event) == Pumped::Refused ? Pumped::Refused : Pumped::Ended;
}

// ---- WebSockets: the plugin's messages ---------------------------------------------------------

aip_status Outbound::send(std::span<const aip_span> pieces, std::uint32_t flags) {
  if (socket_ == nullptr) return AIP_E_UNSUPPORTED;
  std::vector<Bytes> views;
  std::string text;
  for (const aip_span& piece : pieces) {
    views.push_back(view_of(piece));
    if ((flags & AIP_SEND_BINARY) == 0) text.append(views.back());  // may be cut within a character
  }
  if (!valid_utf8(text)) return AIP_E_INVALID;
  if ((flags & AIP_SEND_CLOSE) != 0) {
    const auto code =
        static_cast<std::uint16_t>(flags >> 16 == 0 ? http::kCloseNormal : flags >> 16);
    if (!http::valid_close_code(code) || text.size() > http::WebSocket::kReasonBytesMax) {
      return AIP_E_INVALID;
    }
    socket_->close(code, text);
    return AIP_OK;
  }
  const bool binary = (flags & AIP_SEND_BINARY) != 0;
  switch (socket_->send(binary ? http::MessageKind::Binary : http::MessageKind::Text, views)) {
    case upstream::Sent::Ok:
      return AIP_OK;
    case upstream::Sent::Full:
      send_blocked_ = true;
      return AIP_BLOCKED;
    case upstream::Sent::Refused:
      send_blocked_ = true;
      return AIP_E_OVERFLOW;
    case upstream::Sent::Closed:
      return AIP_E_STATE;
  }
  return AIP_E_STATE;
}

bool Outbound::take_writable() noexcept {
  if (!send_blocked_ || ended_ || !socket_->has_room()) return false;
  send_blocked_ = false;
  return true;
}

std::unique_ptr<upstream::WebSocketCall> Outbound::take_leaving() noexcept {
  if (socket_ == nullptr || !socket_->worth_leaving()) return nullptr;
  static_cast<void>(call_.release());
  return std::unique_ptr<upstream::WebSocketCall>(std::exchange(socket_, nullptr));
}

// ---- forwards: the host splices, the plugin sees head and end ---------------------------------

void Outbound::upload(AnswerSink& sink) {
  if (body_sent_ && !tunnel_) return;
  server::ClientStream& client = sink.client();
  while (!client.body().empty() && call_->queued_bytes() < limits::kStreamOutputBytesMax) {
    const Bytes bytes = client.body();
    call_->send_body(bytes);
    client.consume_body(bytes.size());
  }
  if (client.body_ended() && !body_sent_) {
    body_sent_ = true;
    call_->end_body();
  }
}

Pumped Outbound::pump_forward(plugin::Session& session, AnswerSink& sink, const bool& finished) {
  upload(sink);
  while (!sink.blocked()) {
    switch (call_->next()) {
      case upstream::CallEvent::None:
        return Pumped::Idle;
      case upstream::CallEvent::Head:
        if (deliver_head(session, sink) == Pumped::Refused) return Pumped::Refused;
        if (finished) return Pumped::Idle;
        if (status_ == 101) {
          tunnel_ = true;
          sink.forward_tunnel(call_->head());
        } else {
          sink.forward_head(call_->head());
        }
        break;
      case upstream::CallEvent::Body:
        sink.forward_body(call_->bytes());
        break;
      case upstream::CallEvent::End:
        return deliver_end(session, finished);
      case upstream::CallEvent::Failed:
        return deliver_failure(session, call_->error());
    }
  }
  return Pumped::Idle;
}

}  // namespace aip::gateway
