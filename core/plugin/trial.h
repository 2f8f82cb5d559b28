// trial.h - a plugin's first load, in a process of its own.
//
// Mapping a file runs its constructors, create() runs a stranger's code: a crash or a hang there
// must not be the gateway's. So before a file, or a section for it, is used here for the first
// time, a child does the same - load, create, attach to a worker, and all of it back - and tells
// how it went. What went well is remembered in copies_dir by the hash of program, file and section,
// so that a start costs a trial only after something changed.
//
// The child is a program that hands its arguments to run_trial() before it does anything else: the
// gateway itself, whose main() knows the word kTrialWord. The section travels over its standard
// input.
// Threads: main, which waits for at most `ms_max`.   Errors: GatewayPlugin.
// Tests: tests/abi/trial_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/plugin/instance.h"

namespace aip::plugin {

inline constexpr std::string_view kTrialWord = "trial-plugin";

struct TrialPlan {
  std::string program = "/proc/self/exe";
  std::string copies_dir;
  int ms_max = 10'000;
};

[[nodiscard]] Status try_out(const FileInfo& file, const std::string& provider_name,
                             const std::string& section_json, const TrialPlan& plan);

// The empty file that remembers that this went well.
[[nodiscard]] std::string trial_mark(const FileInfo& file, const std::string& section_json,
                                     const TrialPlan& plan);

// The child's main(): argv is {program, kTrialWord, ...} as try_out() made it.
int run_trial(int argc, char** argv);

}  // namespace aip::plugin
