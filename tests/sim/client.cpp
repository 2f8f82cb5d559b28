#include "tests/sim/client.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"

namespace aip::sim {
Client::Client(Scheduler& scheduler, Random& random, std::unique_ptr<ByteStream> stream,
               std::vector<Story> stories)
    : scheduler_(scheduler),
      random_(random),
      peer_(scheduler, std::move(stream)),
      stories_(std::move(stories)),
      sends_(scheduler, *this),
      leaves_(scheduler, *this),
      reads_(scheduler, *this) {
  for (const Story& story : stories_) wire_ += story.wire;
  if (chance(random_, 40)) piece_max_ = 1 + random_.below(200);
  const std::uint64_t now = scheduler_.now_ns();
  sends_.set(now + random_.below(50) * kMs);
  if (chance(random_, 30)) {
    plan_ = static_cast<Leaving>(1 + random_.below(3));
    const std::uint32_t within = chance(random_, 80) ? 400 : 40'000;
    leaves_.set(now + random_.below(within) * kMs);
  }
  if (chance(random_, 15)) {
    // Takes nothing for a while, then a little, then all.
    peer_.allow(random_.below(2'000));
    reads_.set(now + random_.below(60'000) * kMs);
  }
}

void Client::advance() noexcept {
  if (leaves_.take_fired()) leave();
  if (sends_.take_fired()) send_some();
  if (reads_.take_fired()) peer_.allow(SIZE_MAX);
}

void Client::send_some() {
  if (left_ != Leaving::Stays || sent_ == wire_.size() || peer_.gone()) return;
  const std::size_t n = std::min(piece_max_, wire_.size() - sent_);
  peer_.send(std::string_view(wire_).substr(sent_, n));
  sent_ += n;
  std::uint64_t ms = random_.below(8);
  if (!slow_ && chance(random_, 1)) {
    ms = random_.below(45'000);
    slow_ = true;
  }
  sends_.set(scheduler_.now_ns() + ms * kMs);
}

void Client::leave() {
  left_ = plan_;
  switch (plan_) {
    case Leaving::Stays:
      return;
    case Leaving::Closes:
      return peer_.close();
    case Leaving::Resets:
      return peer_.reset();
    case Leaving::HalfCloses:
      return peer_.finish();
  }
}

}  // namespace aip::sim
