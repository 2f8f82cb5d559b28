// main.cpp - from the words of the command line to the command.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/main/alone.h"
#include "core/main/command_line.h"
#include "core/main/commands.h"
#include "core/main/crash_report.h"
#include "core/main/gateway_child.h"
#include "core/main/process.h"
#include "core/main/supervisor.h"
#include "core/main/supervisor_link.h"
#include "core/plugin/trial.h"

namespace aip::main {
namespace {

// The gateway process below a supervisor: argv is {program, kGatewayWord, link, words...}.
int run_gateway_process(int argc, char** argv) {
  const int link = argc > 2 ? static_cast<int>(std::strtol(argv[2], nullptr, 10)) : -1;
  if (link < 3 || ::fcntl(link, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("aiproxy: this command is the supervisor's\n", stderr);
    return kExitUsage;
  }
  ::prctl(PR_SET_NAME, "aiproxy-gateway");  // it would be that of the link it was started by
  report_crashes_to(link);
  SupervisorLink supervisor(link);
  const Parsed parsed = parse_command_line(std::vector<std::string>(argv + 3, argv + argc));
  const int code = parsed.exit ? *parsed.exit : run_gateway(parsed.line, supervisor);
  said_goodbye();
  supervisor.goodbye(code);
  return code;
}

// Each connection needs a descriptor on either side. A gateway process inherits the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const CommandLine& line, const std::vector<std::string>& argv) {
  raise_descriptor_limit();
  if (!line.no_supervisor && !line.demo && !line.once) return supervise(argv);
  report_crashes_to(-1);
  Alone alone;
  const int code = run_gateway(line, alone);
  said_goodbye();
  return code;
}

int run_command(const CommandLine& line, const std::vector<std::string>& argv) {
  switch (line.command) {
    case Command::Run:
      return run(line, argv);
    case Command::Check:
      return check(line);
    case Command::Plugins:
      return list_plugins(line);
    case Command::Schema:
      return print_schema(line);
    case Command::Chat:
      return chat(line);
    case Command::HealthCheck:
      return healthcheck(line);
    case Command::Version:
      return print_version(line);
  }
  return kExitUsage;
}

int run_program(int argc, char** argv) {
  // Before anything else: the child of a trial is to hold nothing but the plugin.
  if (argc > 1 && argv[1] == plugin::kTrialWord) return plugin::run_trial(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  if (argc > 1 && argv[1] == kGatewayWord) return run_gateway_process(argc, argv);
  const std::vector<std::string> words(argv, argv + argc);
  const Parsed parsed = parse_command_line({words.begin() + 1, words.end()});
  std::fputs(parsed.out.c_str(), stdout);
  std::fputs(parsed.talk.c_str(), stderr);
  if (parsed.exit) return *parsed.exit;
  return run_command(parsed.line, words);
}

}  // namespace
}  // namespace aip::main

int main(int argc, char** argv) {
  return aip::main::run_program(argc, argv);
}
