// upstream.h - the far ends of the gateway's outbound connections, all played by one object.
//
// Each connection reads requests with our own parser, draws a script for each and sends its pieces
// with waits in between. What happened is kept by the request's number, for the judge.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "core/http/parser.h"
#include "tests/sim/provider.h"
#include "tests/support/fake_transport.h"

namespace aip::sim {

// One request as an upstream saw it.
struct Seen {
  Fault fault = Fault::None;
  bool good = false;
  std::size_t upload_bytes = 0;
  std::uint64_t asked_ns = 0;              // when the request was complete
  std::uint64_t answered_ns = UINT64_MAX;  // when all of the answer was sent
  std::uint64_t gone_ns = UINT64_MAX;      // when the gateway's end was seen
};

class Upstreams final {
 public:
  Upstreams(Scheduler& scheduler, Random& random);
  ~Upstreams();

  void accept(test::FakeTransport::Accepted accepted);
  [[nodiscard]] const std::vector<Seen>& seen(std::uint32_t number) const {
    static const std::vector<Seen> kNone;
    const auto at = seen_.find(number);
    return at == seen_.end() ? kNone : at->second;
  }
  [[nodiscard]] std::size_t requests() const noexcept { return requests_; }
  // Connections whose other end is still there.
  [[nodiscard]] std::size_t open() const;
  [[nodiscard]] bool sent_surplus() const noexcept { return sent_surplus_; }
  // What no faultless gateway would send.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  class Line;
  Scheduler& scheduler_;
  Random& random_;
  std::list<std::unique_ptr<Line>> lines_;
  std::map<std::uint32_t, std::vector<Seen>> seen_;
  std::size_t requests_ = 0;
  bool sent_surplus_ = false;
  std::string complaint_;
};

}  // namespace aip::sim
