// llhttp_driver.h - llhttp behind the guard: extracts names and values, and is a second opinion.
//
// The guard has judged every byte before it comes here, and cuts the input so that llhttp gets
// exactly one head, or exactly the bytes of one body. Where the two disagree, the message is
// refused. Threads: none.
#pragma once

#include <llhttp.h>

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/http/message.h"

namespace aip::http {

class LlhttpDriver {
 public:
  explicit LlhttpDriver(llhttp_type_t type);
  LlhttpDriver(const LlhttpDriver&) = delete;
  LlhttpDriver& operator=(const LlhttpDriver&) = delete;

  // Feeds a whole head; fields go to `headers`. False: llhttp refuses it, or does not agree that it
  // is exactly one head. `skip_body`: the message has no body whatever its fields say.
  [[nodiscard]] bool head(Bytes text, Headers& headers, bool skip_body);
  // Feeds framed bytes of the body; false unless exactly `data_bytes` of them are the body's.
  [[nodiscard]] bool body(Bytes framed, std::size_t data_bytes);
  [[nodiscard]] bool message_complete() const noexcept { return complete_; }

  [[nodiscard]] const std::string& method_or_url() const noexcept { return url_; }
  [[nodiscard]] int status() const noexcept { return parser_.status_code; }
  [[nodiscard]] int minor_version() const noexcept { return parser_.http_minor; }
  void reset();

 private:
  static const llhttp_settings_t& settings();
  static LlhttpDriver& self(llhttp_t* parser) noexcept {
    return *static_cast<LlhttpDriver*>(parser->data);
  }
  void end_field();

  llhttp_t parser_;
  Headers* headers_ = nullptr;
  std::string url_, name_, value_;
  std::size_t body_bytes_ = 0;
  bool skip_body_ = false;
  bool in_value_ = false;
  bool head_done_ = false;
  bool complete_ = false;
};

}  // namespace aip::http
