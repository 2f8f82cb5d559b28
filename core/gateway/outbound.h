// outbound.h - one call of a plugin: the upstream's bytes, cut into events, handed to the plugin.
//
// An attempt owns its Outbounds. pump() runs in the exchange's advance(): it pulls from the
// upstream::Call, decodes, and calls Session::on_call(), until there is nothing more, the client
// is blocked (primary calls only) or the plugin has finished. A WebSocket is pumped alike: its
// messages come one by one, and records are cut out of them.
// Memory: one event of at most max_event bytes, or one whole body of at most kWholeAnswerBytesMax;
// bytes that could not be handed on are copied, because the read slab is only lent.
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/gateway/answer_sink.h"
#include "core/http/decoders.h"
#include "core/plugin/session.h"
#include "core/upstream/call.h"
#include "core/upstream/websocket_call.h"

namespace aip::gateway {

enum class Pumped : std::uint8_t {
  Idle,     // nothing more for now
  Ended,    // END or FAILED was delivered
  Refused,  // the plugin returned an error: it ends the attempt
};

class Outbound {
 public:
  struct Plan {
    std::uint32_t number = 0;
    std::uint16_t kind = AIP_CALL_HTTP;
    std::uint16_t decode = AIP_DECODE_WHOLE;
    std::uint32_t flags = 0;
    char delimiter = 0;
    std::size_t max_event = limits::kEventBytesMax;
    std::uint64_t user = 0;
  };

  Outbound(Plan plan, std::unique_ptr<upstream::Call> call);
  Outbound(Plan plan, std::unique_ptr<upstream::WebSocketCall> call);

  // `finished` tells whether the plugin has called finish(); nothing is delivered after that.
  Pumped pump(plugin::Session& session, AnswerSink& sink, const bool& finished);
  void set_paused(bool paused) noexcept;
  [[nodiscard]] bool primary() const noexcept { return (plan_.flags & AIP_CALLF_PRIMARY) != 0; }
  [[nodiscard]] bool forward() const noexcept { return plan_.kind == AIP_CALL_FORWARD; }
  [[nodiscard]] std::uint32_t number() const noexcept { return plan_.number; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  // What went wrong with the call itself; nullptr while nothing did.
  [[nodiscard]] const Error* failure() const noexcept { return failure_ ? &*failure_ : nullptr; }
  // For the metrics: the error's name, else the class of the status, "cancelled" before there is
  // one.
  [[nodiscard]] std::string_view outcome() const noexcept;
  [[nodiscard]] upstream::Call& call() noexcept { return *call_; }
  // call_send() of the interface.
  aip_status send(std::span<const aip_span> pieces, std::uint32_t flags);
  // True once when a send that was BLOCKED may go on.
  [[nodiscard]] bool take_writable() noexcept;
  // A WebSocket that still owes its peer a goodbye; nullptr: nothing of that kind.
  [[nodiscard]] std::unique_ptr<upstream::WebSocketCall> take_leaving() noexcept;

 private:
  Pumped pump_decoded(plugin::Session& session, AnswerSink& sink, const bool& finished);
  Pumped pump_forward(plugin::Session& session, AnswerSink& sink, const bool& finished);
  void upload(AnswerSink& sink);
  Pumped deliver_head(plugin::Session& session, AnswerSink& sink);
  Pumped deliver_message(plugin::Session& session);
  Pumped deliver_body(plugin::Session& session, AnswerSink& sink, const bool& finished);
  Pumped deliver_data(plugin::Session& session, const http::Event& event);
  Pumped deliver_end(plugin::Session& session, const bool& finished);
  Pumped deliver_failure(plugin::Session& session, Error error);
  Pumped tell(plugin::Session& session, aip_call_event& event);
  void choose_decoder();
  // What is still to be decoded: kept bytes first, then the call's current piece.
  void keep_rest();

  Plan plan_;
  std::unique_ptr<upstream::Call> call_;
  upstream::WebSocketCall* socket_ = nullptr;  // call_, if it is one
  std::unique_ptr<http::Decoder> decoder_;
  std::string whole_;
  std::string kept_;  // copied when the client blocked in the middle of a piece
  Bytes piece_;       // the part of the current piece that is not decoded yet
  std::optional<Error> failure_;
  int status_ = 0;
  std::uint16_t decode_ = AIP_DECODE_WHOLE;
  bool head_seen_ = false;
  bool paused_ = false;
  bool ended_ = false;
  bool body_sent_ = false;
  bool tunnel_ = false;
  bool send_blocked_ = false;
};

}  // namespace aip::gateway
