// manifest.h - what a plugin says about itself, read from its file without running its code.
//
// docs/manifest.md is the reference. Everything that the core knows about a provider comes from
// here; no name of a provider stands in the core.
// Errors: GatewayPlugin, with what is wrong in words.   Tests: tests/unit/config/manifest_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace aip::config {

struct Manifest {
  // Where a section holds its secrets. Exactly one of `list` and `value` is set.
  struct CredentialKind {
    std::string kind;
    std::string list;    // dotted path of a list of entries: "api_keys", "api_chat.bots"
    std::string value;   // dotted path of a single secret: "discord.chat_bot_token"
    std::string id;      // an entry's member; empty: its place, from 1
    std::string secret;  // an entry's member; empty: the entry is the secret itself
    std::string
        default_secret;     // dotted path of the secret of entries that have none; may be empty
    std::string qualifier;  // an entry's member that tells entries of one id apart; empty: an error
  };
  struct Route {
    std::string path;                  // exact, or a prefix that ends with "/*"
    std::vector<std::string> methods;  // "*": any
    std::string operation;             // "forward", "route" or "chat"
    std::string dialect;               // of a chat
  };

  std::string name, version, description;
  std::string dialect;              // its own; empty: none of ours
  std::vector<std::string> native;  // dialects that it takes untouched
  // Of these, those that not every service behind the plugin has: the boolean of the section that
  // says so. Without it only the plugin's own `hosts` have them.
  std::map<std::string, std::string> native_settings;
  std::string schema;  // JSON Schema of the section; "{}": no keys of its own
  std::vector<CredentialKind> credentials;
  std::vector<Route> routes;
  std::vector<std::string> model_claims, model_list;
  std::map<std::string, std::string> aliases;  // name -> JSON object
  std::string seed_section;                    // the seed's key for this plugin; empty: none
  std::vector<std::string> seed_keys;          // the seed's other top-level keys that move into it
  std::vector<std::string> hosts;              // globs
  std::vector<std::string> operations;         // empty: all
  std::map<std::string, std::string> environment;  // credential kind or "base_url" -> variable
  bool automatic = true;    // serves without a section, if its schema accepts an empty one
  bool background = false;  // it has a background stream, which one worker runs
};

[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);

}  // namespace aip::config
