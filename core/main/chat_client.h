// chat_client.h - asks a running gateway one question and prints the answer as it arrives.
//
// Used by `aiproxy chat`, and by the first-minute demo, where the gateway asks itself.
// Threads: the loop's.   Errors: in words on `talk`; ok() tells.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "core/base/scheduler.h"
#include "core/http/decoders.h"
#include "core/upstream/call.h"

namespace aip::main {

struct Question {
  std::string base_url;  // "http://127.0.0.1:8999"
  std::string model;
  std::string provider;  // empty: the gateway decides
  std::string text;
  std::string key;  // empty: none is sent
};

class ChatClient final : public Wakeable, private upstream::CallOwner {
 public:
  ChatClient(Scheduler& scheduler, upstream::Dialer& dialer, const Question& question,
             std::FILE* answer, std::FILE* talk, std::function<void()> done);

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  // From the request to the first piece of the answer; 0 if none came.
  [[nodiscard]] std::uint64_t first_token_ns() const noexcept { return first_token_ns_; }

 private:
  void on_call_event() noexcept override { scheduler_.wake(*this); }
  void advance() noexcept override;
  void take(Bytes bytes);
  void show(Bytes data);
  void end(bool ok, const std::string& why);

  Scheduler& scheduler_;
  std::FILE* const answer_;
  std::FILE* const talk_;
  std::function<void()> done_;
  const std::uint64_t start_ns_;
  std::unique_ptr<http::Decoder> decoder_;
  std::unique_ptr<upstream::Call> call_;
  std::string refusal_;  // the body of an answer that is no stream
  int status_ = 0;
  bool complete_ = false;  // [DONE] came
  bool ok_ = false;
  bool ended_ = false;
  std::uint64_t first_token_ns_ = 0;
};

}  // namespace aip::main
