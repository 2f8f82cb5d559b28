// main.cpp - from the words of the command line to the command.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "core/main/command_line.h"
#include "core/main/commands.h"
#include "core/main/process.h"
#include "core/plugin/trial.h"

int main(int argc, char** argv) {
  using namespace aip::main;
  // Before anything else: the child of a trial is to hold nothing but the plugin.
  if (argc > 1 && argv[1] == aip::plugin::kTrialWord) return aip::plugin::run_trial(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  const Parsed parsed = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  std::fputs(parsed.out.c_str(), stdout);
  std::fputs(parsed.talk.c_str(), stderr);
  if (parsed.exit) return *parsed.exit;
  switch (parsed.line.command) {
    case Command::Run:
      return run_gateway(parsed.line);
    case Command::Check:
      return check(parsed.line);
    case Command::Plugins:
      return list_plugins(parsed.line);
    case Command::Schema:
      return print_schema(parsed.line);
    case Command::Chat:
      return chat(parsed.line);
    case Command::HealthCheck:
      return healthcheck(parsed.line);
    case Command::Version:
      return print_version(parsed.line);
  }
  return kExitUsage;
}
