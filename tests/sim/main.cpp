// The simulation as a program:
//   test_sim [--seed N] [--first N] [--seeds N] [--seconds N] [--sabotage]
//
// Without arguments it runs seeds from 1 on until kSeeds are done or kSeconds are over, and prints
// one line that sums them up. A seed that breaks a rule is printed with the rule, and nothing runs
// after it; --seed replays it alone, with everything that its clients sent and got. So is a seed
// whose world crashes, or takes longer than kSeedSeconds. With --sabotage each world has a fault on
// purpose (sabotage.h), to see that it is found and replayed.
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

constexpr unsigned kSeedSeconds = 120;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = kSeeds;
  double seconds = kSeconds;
  aip::sim::Planted planted = aip::sim::Planted::Nothing;
  [[nodiscard]] const char* words() const {
    return planted == aip::sim::Planted::Fault ? "--sabotage " : "";
  }
};

// What ends the process in the midst of a seed has to tell the seed as well.
constexpr std::array<int, 4> kDeaths{SIGABRT, SIGSEGV, SIGBUS, SIGALRM};
Options options;
std::atomic<std::uint64_t> running_seed{0};
std::array<struct sigaction, kDeaths.size()> before_us{};

void tell_seed(int signal) {
  const auto number = [](std::uint64_t v) { return static_cast<unsigned long long>(v); };
  const std::uint64_t seed = running_seed.load();
  const aip::sim::Moment moment = aip::sim::running_moment();
  std::array<char, 256> line{};
  const char* what = signal == SIGABRT ? "aborted" : signal == SIGALRM ? "without end" : "crashed";
  const int n = std::snprintf(
      line.data(), line.size(),
      "\nsim: seed %llu: %s (at %llu ns, in turn %llu)\n     replay: test_sim %s--seed %llu\n",
      number(seed), what, number(moment.now_ns), number(moment.turn), options.words(),
      number(seed));
  static_cast<void>(::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(n)));
  // The deed is done again, and a sanitizer's own handler has its say.
  for (std::size_t i = 0; i < kDeaths.size(); ++i) ::sigaction(kDeaths[i], &before_us[i], nullptr);
  if (signal == SIGALRM) std::abort();
}

void tell_seeds_of_deaths() {
  struct sigaction action {};
  action.sa_handler = tell_seed;
  for (std::size_t i = 0; i < kDeaths.size(); ++i) ::sigaction(kDeaths[i], &action, &before_us[i]);
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

int run() {
  const Scratch scratch;
  const char* build = std::getenv("AIPROXY_BUILD_DIR");
  auto stage = aip::sim::set_stage(build != nullptr ? build : "build/dev", scratch.path);
  if (!stage) {
    std::fprintf(stderr, "sim: %s\n", stage.error().detail.c_str());
    return 1;
  }
  tell_seeds_of_deaths();
  const auto began = std::chrono::steady_clock::now();
  aip::sim::Tally tally;
  std::uint64_t done = 0;
  for (; done < options.count; ++done) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    if (passed.count() > options.seconds) break;
    const std::uint64_t seed = options.first + done;
    running_seed = seed;
    ::alarm(kSeedSeconds);
    const aip::sim::Report report = aip::sim::run_seed(*stage, seed, options.planted);
    tally.add(report.tally);
    if (report.fault.empty()) continue;
    std::printf("sim: seed %llu: %s\n     replay: test_sim %s--seed %llu\n",
                static_cast<unsigned long long>(seed), report.fault.c_str(), options.words(),
                static_cast<unsigned long long>(seed));
    if (options.count == 1) std::printf("%s", report.scene.c_str());
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
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--sabotage") {
      options.planted = aip::sim::Planted::Fault;
      continue;
    }
    const std::uint64_t value = i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0;
    if (word == "--seed") {
      options.first = value;
      options.count = 1;
    } else if (word == "--first") {
      options.first = value;
    } else if (word == "--seeds") {
      options.count = value;
    } else if (word == "--seconds") {
      options.seconds = static_cast<double>(value);
    } else {
      std::fprintf(stderr, "test_sim: unknown: %s\n", argv[i - 1]);
      return 2;
    }
  }
  return run();
}
