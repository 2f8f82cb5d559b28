#include "core/main/command_line.h"

// The only file that includes CLI11: its templates take seconds to compile.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include <algorithm>
#include <array>

#include "core/config/diagnostic.h"
#include "core/config/formats.h"

namespace aip::main {
namespace {

constexpr std::uint32_t kWorkersMax = 1024;
constexpr std::array<const char*, 5> kLogLevels{"trace", "debug", "info", "warn", "error"};

std::string check_address(const std::string& text) {
  return config::format_fault("address", text).value_or(std::string());
}

std::string check_log_level(const std::string& text) {
  const std::vector<std::string> known(kLogLevels.begin(), kLogLevels.end());
  if (std::find(known.begin(), known.end(), text) != known.end()) return {};
  return "unknown level \"" + text + "\"" + config::suggestion(text, known);
}

// The options of one command, bound to the fields of the result.
class Builder {
 public:
  explicit Builder(CommandLine& line) : line_(line) {}

  void config_file(CLI::App& app) {
    app.add_option("-c,--config", line_.config_file, "Configuration file (YAML)")
        ->option_text("FILE");
  }
  void plugin_dirs(CLI::App& app) {
    app.add_option("--plugin-dir", line_.overrides.plugin_dirs,
                   "Folder of provider plugins; may stand several times")
        ->option_text("DIR")
        ->allow_extra_args(false);
  }
  void overrides(CLI::App& app) {
    app.add_option("--listen", listen_, "Listen here instead of where the file says")
        ->option_text("ADDR:PORT")
        ->check(check_address, "");
    app.add_option("--workers", workers_, "Event loops, or auto")->option_text("N");
    app.add_option("--log-level", log_level_, "trace, debug, info, warn or error")
        ->option_text("L")
        ->check(check_log_level, "");
  }
  void no_supervisor(CLI::App& app) {
    app.add_flag("--no-supervisor", line_.no_supervisor,
                 "Serve in this process; somebody else starts it again");
  }
  void json(CLI::App& app) { app.add_flag("--json", line_.json, "For programs to read"); }
  void url(CLI::App& app) {
    app.add_option("--url", line_.url, "The gateway; default: where the configuration listens")
        ->option_text("URL");
  }

  // What CLI11 cannot bind itself. The text says what is wrong.
  std::string finish() {
    if (!listen_.empty()) line_.overrides.listen = listen_;
    if (!log_level_.empty()) line_.overrides.log_level = log_level_;
    if (workers_.empty()) return {};
    std::uint32_t workers = 0;  // auto
    if (workers_ != "auto") {
      const bool digits = workers_.find_first_not_of("0123456789") == std::string::npos;
      if (digits && workers_.size() <= 4) {
        workers = static_cast<std::uint32_t>(std::stoul(workers_));
      }
      if (workers == 0 || workers > kWorkersMax) {
        return "--workers: must be auto or a number from 1 to " + std::to_string(kWorkersMax);
      }
    }
    line_.overrides.workers = workers;
    return {};
  }

 private:
  CommandLine& line_;
  std::string listen_, workers_, log_level_;
};

struct Chosen {
  CLI::App* app;
  Command command;
};

std::vector<Chosen> add_commands(CLI::App& app, Builder& builder, CommandLine& line,
                                 std::vector<std::string>& words) {
  CLI::App* run = app.add_subcommand("run", "Serve (also without any command)");
  for (CLI::App* serve : {&app, run}) {
    builder.config_file(*serve);
    builder.plugin_dirs(*serve);
    builder.overrides(*serve);
    builder.no_supervisor(*serve);
  }
  run->add_flag("--demo", line.demo, "Ask the mock model one question and print how to go on");
  run->add_flag("--once", line.once, "The same, then end");
  CLI::App* check = app.add_subcommand("check", "Say every error of a configuration; exit 78");
  builder.config_file(*check);
  builder.plugin_dirs(*check);
  builder.json(*check);
  CLI::App* plugins = app.add_subcommand("plugins", "List the plugins and what they can do");
  builder.config_file(*plugins);
  builder.plugin_dirs(*plugins);
  builder.json(*plugins);
  CLI::App* schema = app.add_subcommand("schema", "JSON Schema of the configuration, for editors");
  builder.config_file(*schema);
  builder.plugin_dirs(*schema);
  schema->add_option("PLUGIN", line.plugin, "Of this plugin's section alone");
  CLI::App* chat = app.add_subcommand(
      "chat", "Ask a running gateway; a virtual key comes from the variable AIPROXY_KEY");
  builder.config_file(*chat);
  builder.url(*chat);
  chat->add_option("-m,--model", line.model, "Model")->option_text("MODEL");
  chat->add_option("--provider", line.provider, "Provider")->option_text("P");
  chat->add_option("TEXT", words, "The question; without it, stdin is read");
  CLI::App* health = app.add_subcommand("healthcheck", "Exit 0 if a running gateway is ready");
  builder.config_file(*health);
  builder.url(*health);
  CLI::App* version = app.add_subcommand("version", "Print the version");
  builder.json(*version);
  return {{run, Command::Run},        {check, Command::Check}, {plugins, Command::Plugins},
          {schema, Command::Schema},  {chat, Command::Chat},   {health, Command::HealthCheck},
          {version, Command::Version}};
}

// The long names of a command's options, and the commands at the top.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : app.get_subcommands(nullptr)) out.push_back(command->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

std::string unknown_word(const CLI::App& app, const std::string& word) {
  const std::string kind = word.rfind('-', 0) == 0 ? "option" : "word";
  const std::string name = word.substr(0, word.find('='));
  return "unknown " + kind + " \"" + name + "\"" + config::suggestion(name, known_words(app));
}

Parsed usage(std::string text) {
  Parsed parsed;
  parsed.exit = kExitUsage;
  parsed.talk = "aiproxy: " + std::move(text) + "\nTry `aiproxy --help`.\n";
  return parsed;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& words) {
  Parsed parsed;
  Builder builder(parsed.line);
  std::vector<std::string> question;
  CLI::App app("A self-hosted gateway for AI chat.", "aiproxy");
  app.require_subcommand(0, 1);
  const std::vector<Chosen> commands = add_commands(app, builder, parsed.line, question);
  // Unknown words are collected, so that they can be answered with the nearest known one.
  app.allow_extras();
  for (const Chosen& chosen : commands) chosen.app->allow_extras();
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::CallForHelp&) {
    const auto asked = app.get_subcommands();
    parsed.out = asked.empty() ? app.help() : asked.front()->help();
    parsed.exit = kExitDone;
    return parsed;
  } catch (const CLI::ParseError& e) {
    return usage(e.what());
  }
  const CLI::App* used = &app;
  for (const Chosen& chosen : commands) {
    if (!chosen.app->parsed()) continue;
    used = chosen.app;
    parsed.line.command = chosen.command;
  }
  for (const CLI::App* level : {static_cast<const CLI::App*>(&app), used}) {
    std::vector<std::string> unknown = level->remaining(false);
    std::erase(unknown, "--");  // CLI11 keeps the mark itself among what is left
    if (!unknown.empty()) return usage(unknown_word(*level, unknown.front()));
  }
  if (std::string fault = builder.finish(); !fault.empty()) return usage(std::move(fault));
  parsed.line.text = joined(question);
  return parsed;
}

}  // namespace aip::main
