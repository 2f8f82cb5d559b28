// exchange_sink.cpp - what an exchange takes from its attempt: events, bytes, heads.
//
// Nothing here decides: it appends, notes for the record, and says when the client is full.
// exchange.cpp tells the story.
#include <span>

#include "core/gateway/exchange.h"
#include "core/gateway/reply.h"
#include "core/gateway/spans.h"

namespace aip::gateway {
void Exchange::note(const aip_event& event) noexcept {
  switch (event.type) {
    case AIP_EV_PING:
      return;
    case AIP_EV_USAGE:
      for (std::uint32_t i = 0; i < event.usage_count; ++i) {
        const auto count = static_cast<std::int64_t>(event.usage[i].count);
        switch (event.usage[i].kind) {
          case AIP_USAGE_INPUT:
            record_.tokens_in = count;
            break;
          case AIP_USAGE_OUTPUT:
            record_.tokens_out = count;
            break;
          case AIP_USAGE_CACHE_READ:
            record_.tokens_cached = count;
            break;
          case AIP_USAGE_REASONING:
            record_.tokens_reasoning = count;
            break;
          default:
            break;
        }
      }
      return;
    case AIP_EV_FINISH:
      record_.finish = std::string(finish_name(event.finish));
      break;
    case AIP_EV_START:
    case AIP_EV_PROVIDER:
      break;
    default:
      if (record_.first_token_ns == 0) record_.first_token_ns = tools_.scheduler.now_ns();
      ++record_.chunks;
      break;
  }
  has_event_ = true;
  progress_ns_ = tools_.scheduler.now_ns();
  sent_ns_ = progress_ns_;
}

aip_status Exchange::take_events(std::span<const aip_event> events) noexcept {
  if (!has_encoder() && match_.operation != route::Operation::CountTokens) {
    // A plugin may tell usage and finish beside the bytes of a route of its own.
    for (const aip_event& event : events) note(event);
    return AIP_OK;
  }
  for (const aip_event& event : events) {
    note(event);
    if (has_encoder()) encoder_->event(event, out());
  }
  return blocked() ? AIP_BLOCKED : AIP_OK;
}

aip_status Exchange::take_raw(std::span<const aip_span> pieces) noexcept {
  std::string& to = out();
  for (const aip_span piece : pieces) {
    if (has_encoder() && plugin_status_ == 0) {
      encoder_->raw(view_of(piece), to);
    } else {
      to.append(view_of(piece));
    }
  }
  if (record_.first_token_ns == 0) record_.first_token_ns = tools_.scheduler.now_ns();
  ++record_.chunks;
  has_event_ = true;
  progress_ns_ = tools_.scheduler.now_ns();
  sent_ns_ = progress_ns_;
  return blocked() ? AIP_BLOCKED : AIP_OK;
}

aip_status Exchange::take_head(std::int32_t status, std::span<const aip_header> headers) noexcept {
  if (committed_ || plugin_status_ != 0) return AIP_E_STATE;
  if (status < 200 || status > 599) return AIP_E_INVALID;
  for (const aip_header& h : headers) {
    if (!fit_for_answer(view_of(h.name), view_of(h.value))) return AIP_E_INVALID;
    plugin_headers_.add(view_of(h.name), view_of(h.value));
  }
  plugin_status_ = status;
  return AIP_OK;
}

void Exchange::provider_answered() noexcept {
  if (record_.first_byte_ns == 0) record_.first_byte_ns = tools_.scheduler.now_ns();
  progress_ns_ = tools_.scheduler.now_ns();
}

aip_status Exchange::judge_unsupported(std::string_view pointer, std::string_view kind) noexcept {
  // A native body is the client's own, so are its pointers.
  if (translated_ == nullptr) return judge_lack(pointer, kind);
  const auto dialect = static_cast<dialect::Kind>(match_.dialect);
  return judge_lack(dialect::client_pointer(dialect, *translated_, pointer), kind);
}

aip_status Exchange::judge_lack(std::string_view pointer, std::string_view kind) noexcept {
  const route::Candidate& candidate = plan_.candidates[(attempts_ - 1) % plan_.candidates.size()];
  const bool coerced = kind == "coerced";
  const bool drop = coerced || candidate.drop_unsupported ||
                    snapshot_->providers[candidate.provider].config->drop_unsupported;
  if (!drop) return AIP_UNSUPPORTED_REFUSE;
  if (dropped_.size() < kDroppedMax) {
    dropped_.push_back(disclosure(pointer, coerced ? kind : std::string_view()));
  }
  return AIP_UNSUPPORTED_DROP;
}

void Exchange::forward_head(const http::ResponseHead& head) noexcept {
  http::Headers headers;
  copy_answer_headers(head.headers, headers);
  add_common_headers(headers);
  const std::int64_t length =
      head.framing == http::Framing::Length || head.framing == http::Framing::None
          ? static_cast<std::int64_t>(head.content_length)
          : server::ClientStream::kUnknownLength;
  client_->send_head(head.status, headers, length);
  record_.status = head.status;
  committed_ = true;
  forwarded_ = true;
}

void Exchange::forward_body(Bytes bytes) noexcept {
  if (record_.first_token_ns == 0) record_.first_token_ns = tools_.scheduler.now_ns();
  client_->body_out().append(bytes);
}

void Exchange::forward_tunnel(const http::ResponseHead& head) noexcept {
  http::Headers headers;
  copy_upgrade_headers(head.headers, headers);
  add_common_headers(headers);
  client_->send_head(101, headers, server::ClientStream::kUnknownLength);
  client_->become_tunnel();
  record_.status = 101;
  committed_ = true;
  forwarded_ = true;
  tunnel_ = true;
}

bool Exchange::blocked() const noexcept {
  return committed_ && client_->queued_bytes() > limits::kStreamOutputBytesMax;
}

}  // namespace aip::gateway
