#include "core/admin/admin.h"

#include <doctest/doctest.h>

#include "core/server/server.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_stream.h"

using namespace aip;

namespace {

struct Rig {
  explicit Rig(std::string token = {})
      : handler(metrics, health, "10.0.0.1", config::Secret(std::move(token))),
        server(loop, handler, config::Limits{}) {}

  std::string ask(const std::string& path, const std::string& host = "localhost:9901",
                  const std::string& fields = {}, const std::string& method = "GET") {
    auto [near, far] = test::MemoryStream::pair(loop);
    server.accept(std::move(far), "peer", 0);
    near->send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
    loop.run();
    std::string got = near->take();
    near->close(false);
    loop.run();
    return got;
  }

  test::FakeLoop loop;
  observe::Metrics metrics;
  gateway::Health health;
  admin::AdminHandler handler;
  server::Server server;
};

}  // namespace

TEST_CASE("admin: metrics are in Prometheus' text form") {
  Rig rig;
  rig.metrics.set_gauge("aiproxy_test", "A gauge.", {{"a", "b"}}, 3);
  const std::string got = rig.ask("/metrics");
  CHECK(got.starts_with("HTTP/1.1 200 "));
  CHECK(got.find("aiproxy_test{a=\"b\"} 3") != std::string::npos);
}

TEST_CASE("admin: with a token, metrics ask for it and health does not") {
  Rig rig("a-token-of-some-length");
  CHECK(rig.ask("/metrics").starts_with("HTTP/1.1 401 "));
  CHECK(rig.ask("/metrics", "localhost", "Authorization: Bearer a-token-of-some-lengtH\r\n")
            .starts_with("HTTP/1.1 401 "));
  CHECK(rig.ask("/metrics", "localhost", "Authorization: Bearer a-token-of-some-length\r\n")
            .starts_with("HTTP/1.1 200 "));
  CHECK(rig.ask("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("admin: a page that was rebound to this port is refused by its Host") {
  Rig rig;
  CHECK(rig.ask("/metrics", "evil.example").starts_with("HTTP/1.1 403 "));
  for (const char* host : {"127.0.0.1:9901", "[::1]:9901", "LOCALHOST", "10.0.0.1:1"}) {
    CHECK(rig.ask("/metrics", host).starts_with("HTTP/1.1 200 "));
  }
}

TEST_CASE("admin: readiness follows the process, and nothing else is there") {
  Rig rig;
  CHECK(rig.ask("/readyz").starts_with("HTTP/1.1 503 "));
  rig.health.ready.store(true);
  CHECK(rig.ask("/readyz").starts_with("HTTP/1.1 200 "));
  rig.health.draining.store(true);
  CHECK(rig.ask("/readyz").starts_with("HTTP/1.1 503 "));
  CHECK(rig.ask("/v1/chat/completions").starts_with("HTTP/1.1 404 "));
  CHECK(rig.ask("/metrics", "localhost", {}, "POST").starts_with("HTTP/1.1 405 "));
}
