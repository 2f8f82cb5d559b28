// watch.h - stands between the server and the gateway and sees that both keep their contract.
//
// Every request that is handed over ends exactly once; nothing is sent behind its end, no body
// before its head, no more than the bound waits for a client; what a client's leaving does is
// timed. It passes everything on as it is.
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
};

// What was seen; it outlives the gateway, whose last streams may end with it.
struct Ledger {
  std::map<std::uint32_t, Watched> requests;
  std::uint64_t refused = 0;  // messages that never became a request
  std::string complaint;      // the first, with its time
  void complain(std::string what, std::uint64_t now_ns) {
    if (complaint.empty()) complaint = std::move(what) + " at " + std::to_string(now_ns) + " ns";
  }
};

class Watch final : public server::RequestHandler {
 public:
  Watch(Scheduler& scheduler, server::RequestHandler& gateway, Ledger& ledger)
      : scheduler_(scheduler), gateway_(gateway), ledger_(ledger) {}

  void on_request(std::unique_ptr<server::ClientStream> stream) override;
  void on_refused(const Error& error, std::string_view peer) override {
    ++ledger_.refused;
    gateway_.on_refused(error, peer);
  }
  std::string refusal_body(const Error& error, std::string_view path) override {
    return gateway_.refusal_body(error, path);
  }

 private:
  Scheduler& scheduler_;
  server::RequestHandler& gateway_;
  Ledger& ledger_;
};

}  // namespace aip::sim
