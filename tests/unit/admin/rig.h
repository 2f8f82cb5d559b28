// rig.h - the admin port on a loop without time, over a Control that the test fills in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/admin/admin.h"
#include "core/server/server.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_stream.h"

namespace aip::test {

class FakeControl final : public admin::Control {
 public:
  void reload(std::function<void(const admin::ReloadReport&)> done) override {
    ++reloads;
    reload_done = std::move(done);
    if (answers_at_once) reload_done(last);
  }
  void drain() override { ++drains; }
  std::shared_ptr<const config::Config> config() const override { return shown; }
  admin::ReloadReport last_reload() const override { return last; }
  std::vector<admin::PluginState> plugins() const override { return plugin_list; }
  std::vector<admin::ProviderState> providers() const override { return provider_list; }
  void requests(std::function<void(std::vector<admin::LiveRequest>)> done) override {
    requests_done = std::move(done);
    if (answers_at_once) requests_done({});
  }
  std::vector<admin::WorkerFigures> workers() const override { return worker_list; }

  bool answers_at_once = false;
  int reloads = 0, drains = 0;
  std::shared_ptr<const config::Config> shown = std::make_shared<config::Config>();
  admin::ReloadReport last;
  std::vector<admin::PluginState> plugin_list;
  std::vector<admin::ProviderState> provider_list;
  std::vector<admin::WorkerFigures> worker_list;
  std::function<void(const admin::ReloadReport&)> reload_done;
  std::function<void(std::vector<admin::LiveRequest>)> requests_done;
};

inline constexpr const char* kToken = "a-token-of-some-length";
inline constexpr const char* kBearer = "Authorization: Bearer a-token-of-some-length\r\n";

struct AdminRig {
  explicit AdminRig(config::Secret token = config::Secret(kToken))
      : handler(loop, metrics, health, control, "10.0.0.1", std::move(token)),
        server(loop, handler, admin::port_limits(config::Limits{})) {}

  struct Ask {
    std::string method = "GET";
    std::string path = "/";
    std::string host = "localhost:9901";
    std::string fields = kBearer;
  };
  // The bytes of a connection of its own, which stays open.
  std::unique_ptr<MemoryStream> send(const Ask& ask) {
    auto [near, far] = MemoryStream::pair(loop);
    server.accept(std::move(far), "peer", 0);
    near->send(ask.method + " " + ask.path + " HTTP/1.1\r\nHost: " + ask.host + "\r\n" +
               ask.fields + "\r\n");
    loop.run();
    return std::move(near);
  }
  std::string ask(const Ask& ask) {
    const auto near = send(ask);
    std::string got = near->take();
    near->close(false);
    loop.run();
    return got;
  }
  int status(const Ask& what) {
    const std::string got = ask(what);
    return got.size() > 12 ? std::stoi(got.substr(9, 3)) : 0;
  }

  FakeLoop loop;
  observe::Metrics metrics;
  gateway::Health health;
  FakeControl control;
  admin::AdminHandler handler;
  server::Server server;
};

}  // namespace aip::test
