#include "core/admin/admin.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "tests/unit/admin/rig.h"

using namespace aip;
using test::AdminRig;
using test::kBearer;
using Access = admin::AdminHandler::Access;

namespace {

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

const char* const kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

}  // namespace

TEST_CASE("E10: no route of the table opens without the token, or to another page") {
  AdminRig rig;
  rig.control.answers_at_once = true;
  rig.health.ready.store(true);
  int asked = 0, open = 0;
  const auto must_be = [&](int wanted, const AdminRig::Ask& ask) {
    ++asked;
    const int got = rig.status(ask);
    if (got == wanted) return;
    ++open;
    FAIL_CHECK(ask.method << " " << ask.path << " " << ask.host << " " << ask.fields << ": "
                          << got);
  };
  for (const auto& route : admin::AdminHandler::routes()) {
    for (const std::string method : kMethods) {
      const std::string path(route.path);
      if (route.access == Access::Token) {
        for (const char* fields :
             {"", "Authorization: Bearer \r\n", "Authorization: Bearer a-token-of-some-lengtH\r\n",
              "Authorization: Bearer a-token-of-some-length2\r\n",
              "Authorization: Bearer a-token-of-some-lengt\r\n",
              "Authorization: Basic a-token-of-some-length\r\n",
              "Authorization: a-token-of-some-length\r\n", "X-Api-Key: a-token-of-some-length\r\n",
              "Cookie: token=a-token-of-some-length\r\n"}) {
          must_be(401, {method, path, "localhost:9901", fields});
        }
        must_be(401, {method, path + "?token=a-token-of-some-length", "localhost:9901", ""});
        must_be(401, {method, path, "localhost:9901", std::string(kBearer) + kBearer});
      }
      for (const char* host : {"evil.example", "evil.example:9901", "localhost.evil.example",
                               "127.0.0.1.evil.example", "10.0.0.2", "[::2]:9901", "0.0.0.0"}) {
        must_be(403, {method, path, host, kBearer});
      }
      for (const char* fields :
           {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: \r\n",
            "Origin: https://localhost:9901\r\n", "Origin: http://localhost:3000\r\n",
            "Origin: http://localhost:99011\r\n", "Origin: http://127.0.0.1:9901\r\n",
            "Origin: http://localhost:9901\r\nOrigin: http://evil.example\r\n",
            "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"}) {
        must_be(403, {method, path, "localhost:9901", std::string(kBearer) + fields});
      }
    }
  }
  CHECK(rig.control.reloads == 0);
  CHECK(rig.control.drains == 0);
  std::printf("E10: admin routes open without a token: %d of %d\n", open, asked);
}

TEST_CASE("admin: with the token every route of the table answers, and no page may read it") {
  AdminRig rig;
  rig.control.answers_at_once = true;
  rig.health.ready.store(true);
  for (const auto& route : admin::AdminHandler::routes()) {
    const std::string got = rig.ask({std::string(route.method), std::string(route.path)});
    CHECK_MESSAGE(got.substr(0, 10) == "HTTP/1.1 2", route.path << "\n" << got);
    CHECK(got.find("access-control-") == std::string::npos);
    CHECK(got.find("cache-control: no-store") != std::string::npos);
  }
  CHECK(rig.control.reloads == 1);
  CHECK(rig.control.drains == 1);
}

TEST_CASE("admin: HEAD answers where GET does, with the same length and no body") {
  AdminRig rig;
  rig.control.answers_at_once = true;
  for (const auto& route : admin::AdminHandler::routes()) {
    if (route.method != "GET") continue;
    const std::string get = rig.ask({"GET", std::string(route.path)});
    const std::string head = rig.ask({"HEAD", std::string(route.path)});
    CHECK(body_of(head).empty());
    CHECK(head + body_of(get) == get);
  }
}

TEST_CASE("admin: another method is refused with Allow, another path is not there") {
  AdminRig rig;
  CHECK(rig.ask({"PUT", "/admin/reload"}).find("\r\nallow: GET, HEAD, POST\r\n") !=
        std::string::npos);
  CHECK(rig.ask({"DELETE", "/admin/drain"}).find("\r\nallow: POST\r\n") != std::string::npos);
  CHECK(rig.status({"GET", "/admin/drain"}) == 405);
  CHECK(rig.status({"POST", "/metrics"}) == 405);
  CHECK(rig.status({"OPTIONS", "/admin/config"}) == 405);
  for (const std::string path : {"/admin", "/admin/", "/admin/config/", "/Admin/config",
                                 "/admin/confi", "/admin/%63onfig", "/v1/chat/completions"}) {
    CHECK_MESSAGE(rig.status({"GET", path}) == 404, path);
  }
}

TEST_CASE("admin: what a page of the port itself sends is served, by each of its names") {
  AdminRig rig;
  for (const std::string host : {"127.0.0.1:9901", "[::1]:9901", "LOCALHOST", "10.0.0.1:1"}) {
    const std::string page = "Origin: http://" + host + "\r\nSec-Fetch-Site: same-origin\r\n";
    CHECK(rig.status({"GET", "/", host, kBearer + page}) == 200);
  }
  CHECK(rig.status({"GET", "/", "localhost", std::string(kBearer) + "Sec-Fetch-Site: none\r\n"}) ==
        200);
}

TEST_CASE("admin: without a token in force nobody enters") {
  AdminRig rig{config::Secret()};
  CHECK(rig.status({"GET", "/", "localhost", "Authorization: Bearer \r\n"}) == 401);
  CHECK(rig.status({"GET", "/"}) == 401);
}

TEST_CASE("admin: the scheme's name is read in any case, the token in its own") {
  AdminRig rig;
  const std::string token = aip::test::kToken;
  CHECK(rig.status({"GET", "/", "localhost", "Authorization: bearer " + token + "\r\n"}) == 200);
  CHECK(rig.status({"GET", "/", "localhost", "Authorization: Bearer " + token + "x\r\n"}) == 401);
}

TEST_CASE("admin: readiness follows the process, with its reason") {
  AdminRig rig;
  const AdminRig::Ask probe{"GET", "/readyz", "localhost", ""};
  CHECK(body_of(rig.ask(probe)) == R"({"status":"not ready","reasons":["starting"]})");
  rig.health.ready.store(true);
  CHECK(rig.status(probe) == 200);
  rig.health.draining.store(true);
  CHECK(body_of(rig.ask(probe)) == R"({"status":"not ready","reasons":["draining"]})");
  CHECK(rig.status(probe) == 503);
  CHECK(rig.status({"GET", "/healthz", "localhost", ""}) == 200);
}

TEST_CASE("admin: a reload is answered when it has ended, with what changed") {
  AdminRig rig;
  const auto client = rig.send({"POST", "/admin/reload"});
  CHECK(client->take().empty());
  CHECK(rig.handler.waiting() == 1);
  admin::ReloadReport report;
  report.generation = 2;
  report.cause = "admin";
  report.wall_ms = 5;
  report.took_ms = 7;
  report.changes = {"provider deepseek: added"};
  rig.control.reload_done(report);
  rig.loop.run();
  const std::string got = client->take();
  CHECK(got.starts_with("HTTP/1.1 200 "));
  CHECK(body_of(got) == R"({"successful":true,"generation":2,"cause":"admin","ended_at_ms":5,)"
                        R"("took_ms":7,"changes":["provider deepseek: added"],"errors":[]})");
  CHECK(rig.handler.waiting() == 0);
}

TEST_CASE("admin: a refused reload is a 422 with every error's place") {
  AdminRig rig;
  const auto client = rig.send({"POST", "/admin/reload"});
  admin::ReloadReport report;
  report.successful = false;
  report.errors = {"c.yaml:3:5: providers: unknown key \"x\""};
  rig.control.reload_done(report);
  rig.loop.run();
  const std::string got = client->take();
  CHECK(got.starts_with("HTTP/1.1 422 "));
  CHECK(body_of(got).starts_with(R"({"error":{"message":)"));
  CHECK(got.find(R"("errors":["c.yaml:3:5: providers: unknown key \"x\""])") != std::string::npos);
  rig.control.last = report;
  CHECK(rig.status({"GET", "/admin/reload"}) == 200);
  CHECK(rig.ask({"GET", "/admin/config"}).find("c.yaml:3:5") != std::string::npos);
}

TEST_CASE("admin: a client may leave while it waits; its reload goes on") {
  AdminRig rig;
  {
    const auto client = rig.send({"POST", "/admin/reload"});
    REQUIRE(rig.handler.waiting() == 1);
    client->close(true);
    rig.loop.run();
  }
  CHECK(rig.handler.waiting() == 0);
  CHECK(rig.control.reloads == 1);
  rig.control.reload_done(admin::ReloadReport{});  // nobody is left to hear it
  rig.loop.run();
  CHECK(rig.status({"GET", "/"}) == 200);
}

TEST_CASE("admin: clients that wait are answered each for itself, and let go at the port's end") {
  AdminRig rig;
  const auto first = rig.send({"GET", "/admin/requests"});
  const auto done = std::exchange(rig.control.requests_done, nullptr);
  const auto second = rig.send({"GET", "/admin/requests"});
  CHECK(rig.handler.waiting() == 2);
  admin::LiveRequest request;
  request.request_id = "r1";
  request.stage = "Relay";
  request.key = "team-a";
  done({request});
  rig.loop.run();
  CHECK(body_of(first->take()).starts_with(R"({"requests":[{"request_id":"r1")"));
  CHECK(second->take().empty());
  CHECK(rig.handler.waiting() == 1);
}

TEST_CASE("admin: a drain is accepted before it begins") {
  AdminRig rig;
  const std::string got = rig.ask({"POST", "/admin/drain"});
  CHECK(got.starts_with("HTTP/1.1 202 "));
  CHECK(body_of(got) == R"({"status":"draining"})");
  CHECK(rig.control.drains == 1);
}

TEST_CASE("admin: bodies are bounded, and one of the allowed size is not even looked at") {
  AdminRig rig;
  rig.control.answers_at_once = true;
  const auto posts = [&](std::size_t bytes) {
    return rig.status({"POST", "/admin/drain", "localhost",
                       std::string(kBearer) + "Content-Length: " + std::to_string(bytes) + "\r\n"});
  };
  CHECK(posts(64 * 1024 - 1) == 202);
  CHECK(posts(64 * 1024) == 202);
  CHECK(posts(64 * 1024 + 1) == 413);
}

TEST_CASE("admin: plugins and providers are told with their health") {
  AdminRig rig;
  admin::PluginState plugin;
  plugin.name = "x";
  plugin.state = "refused";
  plugin.reason = "wrong ABI";
  rig.control.plugin_list = {plugin};
  admin::ProviderState provider;
  provider.name = "p";
  provider.credentials = {{"api_key", "main", false, 1500}};
  rig.control.provider_list = {provider};
  CHECK(rig.ask({"GET", "/admin/plugins"}).find(R"("state":"refused","reason":"wrong ABI")") !=
        std::string::npos);
  CHECK(
      rig.ask({"GET", "/admin/providers"})
          .find(
              R"("credentials":[{"kind":"api_key","id":"main","up":false,"ready_in_ms":1500}])") !=
      std::string::npos);
}

TEST_CASE("admin: the port is on loopback unless the configuration says otherwise") {
  CHECK(config::Config{}.admin_host == "127.0.0.1");
}
