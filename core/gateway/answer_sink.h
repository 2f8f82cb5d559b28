// answer_sink.h - where an attempt's answer goes: what the exchange offers to its attempt.
//
// All of it stores or appends; nothing here calls the attempt back.
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/http/message.h"
#include "core/server/client_stream.h"

namespace aip::gateway {

class AnswerSink {
 public:
  virtual void wake_exchange() noexcept = 0;

  virtual aip_status take_events(std::span<const aip_event> events) noexcept = 0;
  virtual aip_status take_raw(std::span<const aip_span> pieces) noexcept = 0;
  virtual aip_status take_head(std::int32_t status,
                               std::span<const aip_header> headers) noexcept = 0;
  // Nothing of this attempt has reached the client yet, so it may begin anew.
  [[nodiscard]] virtual bool untouched() const noexcept = 0;
  // The head of the primary call arrived: from now on the provider owes progress.
  virtual void provider_answered() noexcept = 0;
  // 0: refuse; 1: drop, and disclose.
  virtual aip_status judge_unsupported(std::string_view pointer,
                                       std::string_view kind) noexcept = 0;

  // Forwards.
  virtual void forward_head(const http::ResponseHead& head) noexcept = 0;
  virtual void forward_body(Bytes bytes) noexcept = 0;
  virtual void forward_tunnel(const http::ResponseHead& head) noexcept = 0;

  // The client is above its high water mark: take nothing more from the provider.
  [[nodiscard]] virtual bool blocked() const noexcept = 0;
  [[nodiscard]] virtual server::ClientStream& client() noexcept = 0;

 protected:
  ~AnswerSink() = default;
};

}  // namespace aip::gateway
