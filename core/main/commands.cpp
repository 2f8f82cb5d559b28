#include "core/main/commands.h"

#include <aiproxy/abi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "core/base/json.h"
#include "core/main/chat_client.h"
#include "core/main/draft.h"
#include "core/net/loop.h"
#include "core/route/route.h"
#include "core/upstream/client.h"
#include "core/upstream/net_transport.h"

namespace aip::main {
namespace {

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stdout);
}

// Where a running gateway is asked: the given URL, else where the configuration listens.
std::string gateway_url(const CommandLine& line) {
  if (!line.url.empty()) return line.url;
  if (!line.config_file.empty()) {
    const config::SystemEnvironment environment;
    const Found found = find_plugins(line, environment);
    const config::Loaded loaded = config::load(line.config_file, found.claims(), environment);
    if (loaded.config && !loaded.config->listeners.empty()) {
      const config::Listener& listener = loaded.config->listeners.front();
      const std::string host =
          listener.host.empty() || listener.host == "0.0.0.0" || listener.host == "::" ? "127.0.0.1"
          : listener.host.find(':') != std::string::npos ? "[" + listener.host + "]"
                                                         : listener.host;
      const std::string scheme = listener.tls_cert.empty() ? "http://" : "https://";
      return scheme + host + ":" + std::to_string(listener.port);
    }
  }
  return "http://127.0.0.1:8999";
}

// A loop, and a client on it, for as long as one question takes.
struct Asker {
  net::Loop loop;
  upstream::NetTransport transport{loop};
  upstream::Client client{loop, transport};
};

// GET /readyz, for its status.
class Probe final : public Wakeable, private upstream::CallOwner {
 public:
  Probe(Asker& asker, const std::string& url) : asker_(asker) {
    upstream::CallSpec spec;
    spec.method = "GET";
    spec.url = url + "/readyz";
    spec.timeouts.total_ms = 5'000;
    call_ = asker.client.start(std::move(spec), *this);
  }
  int status = 0;
  std::string why;

 private:
  void on_call_event() noexcept override { asker_.loop.wake(*this); }
  void advance() noexcept override {
    for (;;) {
      switch (call_->next()) {
        case upstream::CallEvent::None:
          return;
        case upstream::CallEvent::Head:
          status = call_->head().status;
          break;
        case upstream::CallEvent::Body:
          break;
        case upstream::CallEvent::Failed:
          why = call_->error().detail;
          [[fallthrough]];
        case upstream::CallEvent::End:
          return asker_.loop.stop();
      }
    }
  }
  Asker& asker_;
  std::unique_ptr<upstream::Call> call_;
};

}  // namespace

int check(const CommandLine& line) {
  const config::SystemEnvironment environment;
  const Found found = find_plugins(line, environment);
  const std::vector<config::PluginClaims> claims = found.claims();
  for (const PluginRefusal& refused : found.refused) {
    std::fprintf(stderr, "plugin refused: %s: %s\n", refused.path.c_str(), refused.reason.c_str());
  }
  const config::Loaded loaded = config::load(line.config_file, claims, environment, line.overrides);
  if (line.json) {
    print(config::errors_json(loaded.errors));
  } else {
    for (const config::Diagnostic& error : loaded.errors) {
      std::fprintf(stderr, "%s\n", error.to_string().c_str());
    }
  }
  if (!loaded.config) return kExitConfig;
  for (const std::string& warning : loaded.config->warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  if (auto table = route::Table::make(loaded.config, claims); !table) {
    std::fprintf(stderr, "%s\n", table.error().detail.c_str());
    return kExitConfig;
  }
  if (!line.json) std::fprintf(stderr, "the configuration is good\n");
  return kExitDone;
}

int list_plugins(const CommandLine& line) {
  const Found found = find_plugins(line, config::SystemEnvironment());
  std::string json;
  json::Writer w(json);
  w.object().key("plugins").array();
  for (const PluginChoice& choice : found.plugins) {
    const plugin::FileInfo& file = choice.file;
    const std::string abi = std::to_string(file.abi_major) + "." + std::to_string(file.abi_minor);
    const json::Value manifest(file.manifest);
    std::string can;
    for (const json::Value operation : manifest["operations"].items()) {
      can += (can.empty() ? "" : ",") + operation.str();
    }
    if (!line.json) {
      std::printf("%-12s %-8s abi %-5s %-40s %s\n", file.name.c_str(), file.version.c_str(),
                  abi.c_str(), can.c_str(), file.path.c_str());
    }
    w.object().member("name", file.name).member("version", file.version).member("abi", abi);
    w.member("can", can).member("file", file.path).member("sha256", file.sha256).end_object();
  }
  w.end_array().key("refused").array();
  for (const PluginRefusal& refused : found.refused) {
    const std::string text = refused.path + ": " + refused.reason;
    if (!line.json) std::fprintf(stderr, "refused: %s\n", text.c_str());
    w.string(text);
  }
  w.end_array().end_object();
  if (line.json) print(json);
  return kExitDone;
}

int print_schema(const CommandLine& line) {
  const Found found = find_plugins(line, config::SystemEnvironment());
  if (line.plugin.empty()) {
    print(config::schema_json(found.claims()));
    return kExitDone;
  }
  for (const PluginChoice& choice : found.plugins) {
    const plugin::FileInfo& file = choice.file;
    if (file.name != line.plugin) continue;
    print(std::string(json::Value(file.manifest)["schema"].raw()));
    return kExitDone;
  }
  std::fprintf(stderr, "aiproxy: there is no plugin %s\n", line.plugin.c_str());
  return kExitFailed;
}

int chat(const CommandLine& line) {
  Question question;
  question.base_url = gateway_url(line);
  question.model = line.model.empty() && line.provider.empty() ? "mock" : line.model;
  question.provider = line.provider;
  question.text = line.text;
  if (question.text.empty()) {
    question.text.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  if (const char* key = std::getenv("AIPROXY_KEY")) question.key = key;
  Asker asker;
  ChatClient client(asker.loop, asker.client, question, stdout, stderr,
                    [&asker] { asker.loop.stop(); });
  asker.loop.run();
  return client.ok() ? kExitDone : kExitFailed;
}

int healthcheck(const CommandLine& line) {
  const std::string url = gateway_url(line);
  Asker asker;
  Probe probe(asker, url);
  asker.loop.run();
  if (probe.status == 200) return kExitDone;
  std::fprintf(
      stderr, "aiproxy: %s is not ready: %s\n", url.c_str(),
      probe.status != 0 ? ("status " + std::to_string(probe.status)).c_str() : probe.why.c_str());
  return kExitFailed;
}

int print_version(const CommandLine& line) {
  const std::string abi = std::to_string(AIP_ABI_MAJOR) + "." + std::to_string(AIP_ABI_MINOR);
  if (line.json) {
    print("{\"version\":\"" AIPROXY_VERSION "\",\"abi\":\"" + abi + "\"}");
  } else {
    print("aiproxy " AIPROXY_VERSION ", plugin interface " + abi);
  }
  return kExitDone;
}

}  // namespace aip::main
