// client.h - one client connection: sends its requests in bits, reads, stalls, leaves.
//
// Everything that it received is kept and judged when all is over (judge.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "tests/sim/story.h"
#include "tests/support/memory_network.h"

namespace aip::sim {

enum class Leaving : std::uint8_t { Stays, Closes, Resets, HalfCloses };

class Client final : private Wakeable {
 public:
  Client(Scheduler& scheduler, Random& random, std::unique_ptr<ByteStream> stream,
         std::vector<Story> stories);

  [[nodiscard]] const std::vector<Story>& stories() const noexcept { return stories_; }
  [[nodiscard]] const std::string& received() const noexcept { return peer_.received(); }
  [[nodiscard]] bool ended() const noexcept { return peer_.ended(); }
  [[nodiscard]] bool was_reset() const noexcept { return peer_.was_reset(); }
  // How it left of its own will, if it came to that.
  [[nodiscard]] Leaving left() const noexcept { return left_; }
  // It stopped reading, or sending, for so long that the gateway may have lost patience.
  [[nodiscard]] bool was_slow() const noexcept { return slow_; }
  [[nodiscard]] bool sent_all() const noexcept { return sent_ == wire_.size(); }

 private:
  void advance() noexcept override;
  void send_some();
  void leave();

  Scheduler& scheduler_;
  Random& random_;
  test::Peer peer_;
  const std::vector<Story> stories_;
  std::string wire_;  // all requests
  std::size_t sent_ = 0;
  Alarm sends_, leaves_, reads_;
  Leaving plan_ = Leaving::Stays, left_ = Leaving::Stays;
  bool slow_ = false;
  std::size_t piece_max_ = SIZE_MAX;
};

}  // namespace aip::sim
