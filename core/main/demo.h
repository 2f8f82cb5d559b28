// demo.h - the first minute: the gateway asks itself one question and says how to go on.
//
// Threads: the control thread's. The answer goes to stdout, the talk to stderr.
#pragma once

#include <functional>
#include <memory>

#include "core/main/chat_client.h"

namespace aip::main {

class Demo {
 public:
  // `admin_port` 0: none is open.
  Demo(Scheduler& scheduler, upstream::Dialer& dialer, std::uint16_t port, std::uint16_t admin_port,
       std::function<void()> done);
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  void answered();

  const std::uint16_t port_, admin_port_;
  std::function<void()> done_;
  bool ok_ = false;
  std::unique_ptr<ChatClient> client_;
};

}  // namespace aip::main
