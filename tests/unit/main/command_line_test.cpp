#include "core/main/command_line.h"

#include <doctest/doctest.h>

using namespace aip;
using main::Command;
using main::parse_command_line;
using main::Parsed;

namespace {

using Words = std::vector<std::string>;

std::string refusal(const Words& words) {
  const Parsed parsed = parse_command_line(words);
  CHECK(parsed.exit == main::kExitUsage);
  CHECK(parsed.out.empty());
  return parsed.talk.substr(0, parsed.talk.find('\n'));
}

}  // namespace

TEST_CASE("command_line: nothing at all runs the built-in default") {
  const Parsed parsed = parse_command_line({});

  CHECK_FALSE(parsed.exit);
  CHECK(parsed.line.command == Command::Run);
  CHECK(parsed.line.config_file.empty());
  CHECK_FALSE(parsed.line.overrides.listen);
}

TEST_CASE("command_line: -c FILE alone runs, as the seed does") {
  for (const Words& words : {Words{"-c", "a.yaml"}, Words{"run", "-c", "a.yaml"},
                             Words{"--config=a.yaml"}, Words{"-c", "a.yaml", "run"}}) {
    const Parsed parsed = parse_command_line(words);

    CHECK_FALSE(parsed.exit);
    CHECK(parsed.line.command == Command::Run);
    CHECK(parsed.line.config_file == "a.yaml");
  }
}

TEST_CASE("command_line: run takes what overrides the file") {
  const Parsed parsed =
      parse_command_line({"run", "--plugin-dir", "a", "--plugin-dir", "b", "--listen",
                          "127.0.0.1:0", "--workers", "3", "--log-level", "debug"});

  REQUIRE_FALSE(parsed.exit);
  CHECK(parsed.line.overrides.plugin_dirs == Words{"a", "b"});
  CHECK(parsed.line.overrides.listen == "127.0.0.1:0");
  CHECK(parsed.line.overrides.workers == 3U);
  CHECK(parsed.line.overrides.log_level == "debug");
}

TEST_CASE("command_line: workers may be auto, 1 and 1024, but not 0 or 1025") {
  CHECK(parse_command_line({"--workers", "auto"}).line.overrides.workers == 0U);
  CHECK(parse_command_line({"--workers", "1"}).line.overrides.workers == 1U);
  CHECK(parse_command_line({"--workers", "1024"}).line.overrides.workers == 1024U);
  for (const char* bad : {"0", "1025", "-1", "x", "99999999999", "1.5"}) {
    CHECK(refusal({"--workers", bad}) ==
          "aiproxy: --workers: must be auto or a number from 1 to 1024");
  }
}

TEST_CASE("command_line: every command is known by its word") {
  const std::pair<Words, Command> cases[] = {
      {{"check", "-c", "f"}, Command::Check},  {{"plugins"}, Command::Plugins},
      {{"schema"}, Command::Schema},           {{"chat", "hello"}, Command::Chat},
      {{"healthcheck"}, Command::HealthCheck}, {{"version"}, Command::Version},
  };
  for (const auto& [words, command] : cases) {
    const Parsed parsed = parse_command_line(words);
    CHECK_FALSE(parsed.exit);
    CHECK(parsed.line.command == command);
  }
}

TEST_CASE("command_line: a file before or behind the command is the same") {
  CHECK(parse_command_line({"-c", "f", "check"}).line.config_file == "f");
  CHECK(parse_command_line({"check", "-c", "f"}).line.config_file == "f");
}

TEST_CASE("command_line: chat joins its words and takes model, provider and address") {
  const Parsed parsed = parse_command_line({"chat", "-m", "gpt-4o", "--provider", "openai", "--url",
                                            "http://h:1", "how", "are", "you?"});

  REQUIRE_FALSE(parsed.exit);
  CHECK(parsed.line.text == "how are you?");
  CHECK(parsed.line.model == "gpt-4o");
  CHECK(parsed.line.provider == "openai");
  CHECK(parsed.line.url == "http://h:1");
}

TEST_CASE("command_line: chat takes a text that looks like an option behind --") {
  CHECK(parse_command_line({"chat", "--", "--json"}).line.text == "--json");
}

TEST_CASE("command_line: plugins, check and version can speak JSON") {
  for (const char* command : {"plugins", "check", "version"}) {
    CHECK(parse_command_line({command, "--json"}).line.json);
  }
}

TEST_CASE("command_line: schema of one plugin") {
  CHECK(parse_command_line({"schema", "openai"}).line.plugin == "openai");
}

TEST_CASE("command_line: an unknown word gets the nearest known one, exit 2") {
  CHECK(refusal({"chekc"}) == "aiproxy: unknown word \"chekc\"; did you mean \"check\"?");
  CHECK(refusal({"plugin"}) == "aiproxy: unknown word \"plugin\"; did you mean \"plugins\"?");
  CHECK(refusal({"--lisen", ":1"}) ==
        "aiproxy: unknown option \"--lisen\"; did you mean \"--listen\"?");
  CHECK(refusal({"plugins", "--jsn"}) ==
        "aiproxy: unknown option \"--jsn\"; did you mean \"--json\"?");
  CHECK(refusal({"frobnicate"}).find("unknown word \"frobnicate\"; known here: run, check") !=
        std::string::npos);
}

TEST_CASE("command_line: bad values are refused in words") {
  CHECK(refusal({"--listen", "nowhere"}).find("an address is \"HOST:PORT\"") != std::string::npos);
  CHECK(refusal({"--log-level", "inof"}).find("did you mean \"info\"?") != std::string::npos);
  CHECK(refusal({"-c"}).find("--config") != std::string::npos);
}

TEST_CASE("command_line: help is data, names every command, and ends with 0") {
  const Parsed parsed = parse_command_line({"--help"});

  CHECK(parsed.exit == main::kExitDone);
  CHECK(parsed.talk.empty());
  for (const char* word : {"run", "check", "plugins", "schema", "chat", "healthcheck", "version"}) {
    CHECK(parsed.out.find(word) != std::string::npos);
  }
  const Parsed of_command = parse_command_line({"chat", "--help"});
  CHECK(of_command.exit == main::kExitDone);
  CHECK(of_command.out.find("--provider") != std::string::npos);
}

TEST_CASE("command_line: what an unknown option was given is not repeated") {
  CHECK(refusal({"chat", "--key=sk-canary-1234567890"}).find("canary") == std::string::npos);
}
