// rig.h - a server on a fake loop, a handler that the test directs, and clients in memory.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/server/server.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_network.h"

namespace aip::server {

// A request in the hands of the test.
class Request final : public ClientOwner, public Wakeable {
 public:
  using Act = std::function<void(Request&)>;
  Request(Scheduler& scheduler, std::unique_ptr<ClientStream> s, Act act)
      : stream(std::move(s)), scheduler_(scheduler), act_(std::move(act)) {
    stream->set_owner(this);
    scheduler_.wake(*this);
  }
  void on_client_event() noexcept override { scheduler_.wake(*this); }

  // Takes what has come of the body.
  void read() {
    stream->want_body();
    while (!stream->body().empty()) {
      body.append(stream->body());
      stream->consume_body(stream->body().size());
    }
  }
  void answer(std::string_view text, int status = 200) {
    stream->send_head(status, {}, static_cast<std::int64_t>(text.size()));
    stream->send_body(text);
    stream->end();
  }
  void send_stream_head(int status = 200) {
    stream->send_head(status, {}, ClientStream::kUnknownLength);
  }
  [[nodiscard]] std::string failure() const {
    if (!stream || stream->failure() == nullptr) return {};
    return std::string(traits(stream->failure()->code).name);
  }

  std::unique_ptr<ClientStream> stream;  // null: let go of
  std::string body;
  int turns = 0;

 private:
  void advance() noexcept override {
    ++turns;
    if (stream && act_) act_(*this);
  }
  Scheduler& scheduler_;
  const Act act_;
};

// Answers with method, target and body once the body has ended; lets go of what fails.
inline void echo(Request& request) {
  if (request.stream->failure() != nullptr) return request.stream.reset();
  request.read();
  if (!request.stream->body_ended()) return;
  const http::RequestHead& head = request.stream->head();
  request.answer(head.method + " " + head.target + " " + request.body);
  request.stream.reset();
}

class Handler final : public RequestHandler {
 public:
  explicit Handler(Scheduler& scheduler) : scheduler_(scheduler) {}

  void on_request(std::unique_ptr<ClientStream> stream) override {
    if (at_once) return at_once(std::move(stream));
    requests.push_back(std::make_unique<Request>(scheduler_, std::move(stream), act));
  }
  void on_refused(const Error& error, std::string_view peer) override {
    CHECK(peer == "192.0.2.1");
    refused.push_back(std::string(traits(error.code).name));
  }
  std::string refusal_body(const Error& error, std::string_view path) override {
    return std::string(path) + ": " + std::string(error.public_text());
  }

  Request::Act act = echo;  // empty: the test itself acts
  std::function<void(std::unique_ptr<ClientStream>)> at_once;
  std::vector<std::unique_ptr<Request>> requests;
  std::vector<std::string> refused;

 private:
  Scheduler& scheduler_;
};

struct Rig {
  explicit Rig(test::WireRules rules = {}, const config::Limits& limits = {})
      : network(loop, rules), server(loop, handler, limits) {}

  [[nodiscard]] std::unique_ptr<test::Peer> connect(std::uint32_t listener = 0) {
    test::MemoryPair pair = network.connect();
    server.accept(std::move(pair.near), "192.0.2.1", listener);
    loop.run();
    return std::make_unique<test::Peer>(loop, std::move(pair.far));
  }
  // The client that most tests have one of.
  [[nodiscard]] test::Peer& client() {
    if (!client_) client_ = connect();
    return *client_;
  }
  // Sends the pieces one by one and returns all that came back.
  std::string exchange(const std::vector<std::string_view>& pieces) {
    for (const std::string_view piece : pieces) {
      client().send(piece);
      loop.run();
    }
    return client().take();
  }
  std::string exchange(std::string_view wire) {
    return exchange(std::vector<std::string_view>{wire});
  }
  [[nodiscard]] Request& request() {
    REQUIRE(!handler.requests.empty());
    return *handler.requests.back();
  }
  [[nodiscard]] std::uint32_t open() const { return server.open_connections(); }

  test::FakeLoop loop;
  test::MemoryNetwork network;
  Handler handler{loop};
  Server server;

 private:
  std::unique_ptr<test::Peer> client_;
};

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++n;
  return n;
}
inline bool has(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}
// What stands behind the head of the first answer.
inline std::string body_of(std::string_view answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string_view::npos ? std::string() : std::string(answer.substr(at + 4));
}

inline constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
inline std::string post(std::string_view body, std::string_view fields = {}) {
  return "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}
using Names = std::vector<std::string>;

}  // namespace aip::server
