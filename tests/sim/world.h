// world.h - one seed's whole world: clock, network, upstreams, gateway, clients, and its judgement.
//
// Real: core/server, core/gateway with the plugins' own .so, core/dialect, core/upstream,
// core/http. Fake: the loop and its clock, every byte stream, every connect, and all of the
// randomness. What must hold, whatever the seed brings:
//   - every request ends once, and has one access record
//   - every client gets whole, right answers in order, then at most one that is visibly cut
//   - a chat of a client that stays is never cut, and is right if its last upstream was faultless
//   - what waits for a client that does not read stays under its bound
//   - an upstream whose client left is left within 100 ms
//   - in the end no stream is open and no alarm is set
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/gateway/gateway.h"
#include "core/observe/metrics.h"
#include "core/plugin/instance.h"
#include "core/route/route.h"

namespace aip::sim {

// What all seeds share: the configuration, and the plugins mapped and configured once.
struct Stage {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const route::Table> table;
  std::vector<std::shared_ptr<plugin::Instance>> instances;  // in the order of config->providers
  std::unique_ptr<observe::Metrics> metrics;
};
// `build`: the build folder, whose plugins are used; `scratch`: a folder for the files it needs.
[[nodiscard]] Result<Stage> set_stage(const std::string& build, const std::string& scratch);

struct Tally {
  std::uint64_t requests = 0, answers = 0, successes = 0, cut = 0, upstream_requests = 0;
  std::uint64_t cancelled = 0;  // upstream requests whose client had left
  std::uint64_t cancel_ns_max = 0;
  std::uint64_t turns = 0;
  void add(const Tally& other);
};

struct Report {
  std::string fault;  // empty: all held; else what was found first, and when
  std::string scene;  // with a fault: what every client sent and got
  Tally tally;
};

// With a fault of its own making (sabotage.h) or, as it should be, without.
enum class Planted : std::uint8_t { Nothing, Fault };
[[nodiscard]] Report run_seed(const Stage& stage, std::uint64_t seed, Planted planted);

// How far the world that runs has come, for the last words of a process that dies of it.
struct Moment {
  std::uint64_t now_ns = 0, turn = 0;
};
[[nodiscard]] Moment running_moment() noexcept;

}  // namespace aip::sim
