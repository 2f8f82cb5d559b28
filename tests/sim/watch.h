// watch.h - stands between the server and the gateway and sees that both keep their contract.
//
// Every request that is handed over ends exactly once; nothing is sent behind its end, no body
// before its head; what a client's leaving does is timed. It passes everything on as it is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/scheduler.h"
#include "core/server/client_stream.h"
#include "tests/sim/story.h"

namespace aip::sim {

struct Watched {
  std::uint64_t gone_ns = UINT64_MAX;  // when the gateway was told that the client is gone
  int ends = 0;                        // end(), abort(), or let go of before either
  bool local = false;                  // answered within on_request(): no exchange was made
};

class Watch final : public server::RequestHandler {
 public:
  Watch(Scheduler& scheduler, server::RequestHandler& gateway)
      : scheduler_(scheduler), gateway_(gateway) {}

  void on_request(std::unique_ptr<server::ClientStream> stream) override;
  void on_refused(const Error& error, std::string_view peer) override {
    ++refused_;
    gateway_.on_refused(error, peer);
  }
  std::string refusal_body(const Error& error, std::string_view path) override {
    return gateway_.refusal_body(error, path);
  }

  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_.size(); }
  [[nodiscard]] const std::map<std::uint32_t, Watched>& all() const noexcept { return requests_; }
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  class Stream;
  Scheduler& scheduler_;
  server::RequestHandler& gateway_;
  std::map<std::uint32_t, Watched> requests_;
  std::uint64_t refused_ = 0;
  std::string complaint_;
};

}  // namespace aip::sim
