// demo.h - the first minute: the gateway asks itself one question and says how to go on.
//
// Threads: the control thread's. The answer goes to stdout, the talk to stderr.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/main/chat_client.h"

namespace aip::main {

class Demo {
 public:
  // `look_inside`: a line to paste that asks the admin port; empty: none is open.
  Demo(Scheduler& scheduler, upstream::Dialer& dialer, std::uint16_t port, std::string look_inside,
       std::function<void()> done);
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  void answered();

  const std::uint16_t port_;
  const std::string look_inside_;
  std::function<void()> done_;
  bool ok_ = false;
  std::unique_ptr<ChatClient> client_;
};

}  // namespace aip::main
