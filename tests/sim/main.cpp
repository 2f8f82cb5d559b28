// The simulation as a program:  test_sim [--seed N] [--first N] [--seeds N] [--seconds N]
//
// Without arguments it runs seeds from 1 on until kSeeds are done or kSeconds are over, and prints
// one line that sums them up. A seed that breaks a rule is printed with the rule, and nothing runs
// after it; --seed replays it alone, with everything that its clients sent and got.
// AIPROXY_BUILD_DIR is the build folder whose plugins are used.
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/sim/world.h"

namespace {

constexpr std::uint64_t kSeeds = 4'000;
constexpr double kSeconds = 20;

// A broken promise of our own (AIP_CHECK) aborts; then the seed has to be told as well.
std::atomic<std::uint64_t> running_seed{0};
void tell_seed(int) {
  std::array<char, 64> line{};
  const int n = std::snprintf(line.data(), line.size(), "\nsim: seed %llu: aborted\n",
                              static_cast<unsigned long long>(running_seed.load()));
  static_cast<void>(::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(n)));
}

struct Scratch {
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "aiproxy-sim-XXXXXX").string();
    path = ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

int run(std::uint64_t first, std::uint64_t count, double seconds) {
  const Scratch scratch;
  const char* build = std::getenv("AIPROXY_BUILD_DIR");
  auto stage = aip::sim::set_stage(build != nullptr ? build : "build/dev", scratch.path);
  if (!stage) {
    std::fprintf(stderr, "sim: %s\n", stage.error().detail.c_str());
    return 1;
  }
  static_cast<void>(std::signal(SIGABRT, tell_seed));
  const auto began = std::chrono::steady_clock::now();
  aip::sim::Tally tally;
  std::uint64_t done = 0;
  for (; done < count; ++done) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    if (passed.count() > seconds) break;
    running_seed = first + done;
    const aip::sim::Report report = aip::sim::run_seed(*stage, first + done);
    tally.add(report.tally);
    if (report.fault.empty()) continue;
    std::printf("sim: seed %llu: %s\n     replay: test_sim --seed %llu\n",
                static_cast<unsigned long long>(first + done), report.fault.c_str(),
                static_cast<unsigned long long>(first + done));
    if (count == 1) std::printf("%s", report.scene.c_str());
    return 1;
  }
  const auto n = [](std::uint64_t v) { return static_cast<unsigned long long>(v); };
  std::printf(
      "sim: %llu seeds, 0 faults: %llu requests, %llu whole answers (%llu successes), "
      "%llu cut; %llu upstream requests, %llu of them cancelled, the slowest in %.1f ms; "
      "%llu turns\n",
      n(done), n(tally.requests), n(tally.answers), n(tally.successes), n(tally.cut),
      n(tally.upstream_requests), n(tally.cancelled),
      static_cast<double>(tally.cancel_ns_max) / 1e6, n(tally.turns));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = kSeeds;
  double seconds = kSeconds;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (word == "--seed") {
      first = value;
      count = 1;
    } else if (word == "--first") {
      first = value;
    } else if (word == "--seeds") {
      count = value;
    } else if (word == "--seconds") {
      seconds = static_cast<double>(value);
    }
  }
  return run(first, count, seconds);
}
