// A plugin's WebSocket, from call_start() to its end: what is told, what is taken, what is refused.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/gateway/background.h"
#include "core/gateway/detached.h"
#include "core/gateway/exchange.h"
#include "core/gateway/spans.h"
#include "core/http/websocket_handshake.h"
#include "core/upstream/client.h"
#include "tests/support/fake_loop.h"
#include "tests/support/websocket_frames.h"
#include "tests/unit/gateway/fake_client.h"
#include "tests/unit/upstream/fakes.h"

namespace aip::gateway::websocket_test {
namespace {

using test::frame;

std::string text_of(aip_span span) {
  return std::string(view_of(span));
}

// A plugin that opens one WebSocket and writes down what it hears.
struct Plugin {
  aip_call call{};
  aip_status started = AIP_E_STATE;
  plugin::SessionOwner* owner = nullptr;
  std::string heard;
  int writable = 0;

  aip_status send(std::string_view text, std::uint32_t flags = 0) {
    const aip_span piece = span_of(text);
    return owner->on_call_send(1, {&piece, 1}, flags);
  }
};

std::string told(const aip_call_event& e) {
  switch (e.type) {
    case AIP_CALL_OPEN:
      return "open " + std::to_string(e.status) + "; ";
    case AIP_CALL_HEAD:
      return "head " + std::to_string(e.status) + "; ";
    case AIP_CALL_DATA:
      return ((e.flags & AIP_DATA_BINARY) != 0 ? "binary(" : "(") + text_of(e.data) +
             ((e.flags & AIP_DATA_LAST) != 0 ? ")last; " : "); ");
    case AIP_CALL_END:
      return "end " + std::to_string(e.status) + " " + text_of(e.data) + "; ";
    default:
      return "failed " + std::to_string(e.error) + " " + std::to_string(e.status) + "; ";
  }
}

class PluginSession final : public plugin::Session {
 public:
  PluginSession(Plugin& plugin, plugin::SessionOwner& owner) : plugin_(plugin), owner_(owner) {}
  [[nodiscard]] aip_id id() const noexcept override { return 1; }
  bool select(const aip_request&, aip_selection& out) noexcept override {
    out.how = AIP_SELECT_NONE;
    return true;
  }
  Result<void> resolve(aip_request&, plugin::PluginError&) noexcept override { return {}; }
  Result<void> begin(aip_request&, plugin::PluginError&) noexcept override {
    plugin_.owner = &owner_;
    plugin_.started = owner_.on_call_start(plugin_.call, 1);
    return {};
  }
  aip_status on_call(std::uint32_t, aip_call_event& event) noexcept override {
    plugin_.heard += told(event);
    return AIP_OK;
  }
  aip_status on_writable() noexcept override {
    ++plugin_.writable;
    return AIP_OK;
  }
  aip_status deliver_wakes() noexcept override { return AIP_OK; }
  void cancel(std::uint32_t) noexcept override {}
  void end() noexcept override {}

 private:
  Plugin& plugin_;
  plugin::SessionOwner& owner_;
};

class PluginInstance final : public plugin::WorkerInstance {
 public:
  explicit PluginInstance(Plugin& plugin) : plugin_(plugin) {}
  [[nodiscard]] const std::string& provider_name() const noexcept override { return name_; }
  [[nodiscard]] std::unique_ptr<plugin::Session> open(plugin::SessionOwner& owner) override {
    return std::make_unique<PluginSession>(plugin_, owner);
  }
  [[nodiscard]] bool has_resolve() const noexcept override { return false; }

 private:
  Plugin& plugin_;
  const std::string name_ = "extra";
};

constexpr const char* kManifest = R"({
  "name": "extra", "version": "1", "schema": {"type": "object"}, "background": true,
  "hosts": ["extra.example"]})";

std::shared_ptr<const Snapshot> snapshot_with(Plugin& plugin) {
  auto made = std::make_shared<Snapshot>();
  auto config = std::make_shared<config::Config>();
  config::Provider provider;
  provider.name = provider.plugin = "extra";
  provider.timeouts = {.idle_ms = 2'000, .total_ms = 5'000};
  config->providers.push_back(std::move(provider));
  made->config = config;
  made->listeners = std::make_shared<const std::vector<config::Listener>>(1);
  const std::vector<config::PluginClaims> claims{{"extra", "1", "extra.so", kManifest}};
  auto table = route::Table::make(config, claims);
  REQUIRE(table.ok());
  made->table = *table;
  WorkerProvider attached;
  attached.config = &config->providers.front();
  attached.instance = std::make_shared<PluginInstance>(plugin);
  made->providers.push_back(std::move(attached));
  return made;
}

struct Scene : ExchangeOwner {
  virtual ~Scene() = default;
  explicit Scene(std::uint16_t decode = AIP_DECODE_MESSAGE, std::uint32_t max_event = 0,
                 std::string_view url = "wss://extra.example/hub") {
    plugin.call.struct_size = sizeof plugin.call;
    plugin.call.kind = AIP_CALL_WS;
    plugin.call.decode = decode;
    plugin.call.delimiter = 0x1e;
    plugin.call.max_event = max_event;
    plugin.call.method = span_of("GET");
    plugin.call.url = span_of(url);
    stream = std::make_unique<BackgroundStream>(tools, snapshot_with(plugin), 0);
    loop.run();
  }
  // The same for a client of the plugin's own route.
  void serve_route() {
    stream.reset();
    route::Match match;
    match.operation = route::Operation::PluginRoute;
    match.provider = "extra";
    ExchangeOwner& owner = *this;
    exchange = std::make_unique<Exchange>(owner, tools, snapshot_with(plugin),
                                          std::make_unique<FakeClient>(client, "/extra", ""), "id",
                                          std::move(match));
    exchange->start();
    loop.run();
  }
  void exchange_done(Exchange&, const observe::ExchangeRecord& record) noexcept override {
    over = record.error_type;
  }
  upstream::Wire& wire() { return *transport.wires.back(); }
  void arrive(const std::string& bytes) {
    wire().arrive(bytes);
    loop.run();
  }
  void open() {
    const std::string& sent = wire().sent;
    const std::size_t at = sent.find("sec-websocket-key: ");
    REQUIRE(at != std::string::npos);
    arrive("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           http::websocket_accept(sent.substr(at + 19, 24)) + "\r\n\r\n");
  }
  std::vector<test::Frame> frames() {
    const std::string& sent = wire().sent;
    return test::frames_of(Bytes(sent).substr(sent.find("\r\n\r\n") + 4));
  }

  test::FakeLoop loop;
  Plugin plugin;
  SeededRandom random{1};
  upstream::FakeTransport transport;
  upstream::Client dialer{loop, transport};
  DetachedCalls detached{loop};
  ResolveCache resolved;
  observe::Metrics all_metrics;
  observe::WorkerMetrics metrics{all_metrics};
  AttemptTools tools{loop, random, dialer, detached, resolved, metrics};
  std::unique_ptr<BackgroundStream> stream;
  ClientNotes client;
  std::unique_ptr<Exchange> exchange;
  std::string over;  // how the exchange ended
};

}  // namespace

TEST_CASE("websocket: messages are told one by one, with their kind, and the empty ones too") {
  Scene s;
  s.open();
  s.arrive(frame(test::kText,
                 "a\x1e"
                 "b") +
           frame(test::kText, "") + frame(test::kBinary, "\xff"));
  s.arrive(frame(test::kClose, test::close_payload(4001, "why")));
  s.wire().arrive_end();
  s.loop.run();
  CHECK(s.plugin.heard ==
        "open 101; (a\x1e"
        "b); (); binary(\xff); end 4001 why; ");
}

TEST_CASE("websocket: records are joined over messages, and an open one is told at the end") {
  Scene s(AIP_DECODE_DELIMITER);
  s.open();
  s.arrive(frame(test::kText,
                 "a\x1e"
                 "b") +
           frame(test::kText,
                 "c\x1e"
                 "d"));
  CHECK(s.plugin.heard == "open 101; (a); (bc); ");
  s.arrive(frame(test::kClose, ""));
  s.wire().arrive_end();
  s.loop.run();
  CHECK(s.plugin.heard == "open 101; (a); (bc); (d)last; end 1005 ; ");
}

TEST_CASE("websocket: an upgrade that is refused is a head, one body and an end") {
  Scene s;
  s.arrive("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nn");
  s.arrive("o!!");
  CHECK(s.plugin.heard == "head 403; (no!!); end 403 ; ");
  CHECK(s.plugin.send("late") == AIP_E_STALE);
}

TEST_CASE("websocket: a failure is told with the close code that was sent") {
  Scene s;
  s.open();
  s.arrive(frame(test::kText, "\xff"));
  CHECK(s.plugin.heard == "open 101; failed " + std::to_string(AIP_E_UPSTREAM) + " 1007; ");

  Scene cut;
  cut.open();
  cut.wire().arrive_failure();
  cut.loop.run();
  CHECK(cut.plugin.heard == "open 101; failed " + std::to_string(AIP_E_UPSTREAM) + " 1006; ");
}

TEST_CASE("websocket: max_event bounds a message and a record: at the limit and one above") {
  for (const bool records : {false, true}) {
    const std::uint16_t decode = records ? AIP_DECODE_DELIMITER : AIP_DECODE_MESSAGE;
    const std::string end = records ? "\x1e" : "";
    Scene good(decode, 10);
    good.open();
    good.arrive(frame(test::kText, "0123456789" + end));
    CHECK(good.plugin.heard == "open 101; (0123456789); ");
    Scene bad(decode, 10);
    bad.open();
    bad.arrive(frame(test::kText, "0123456789a" + end));
    CHECK(bad.plugin.heard.find("failed") != std::string::npos);
  }
}

TEST_CASE("websocket: the plugin's messages go out as they are flagged") {
  Scene s;
  CHECK(s.plugin.send("early") == AIP_OK);
  s.open();
  CHECK(s.plugin.send("\xff", AIP_SEND_BINARY) == AIP_OK);
  CHECK(s.plugin.send("\xff") == AIP_E_INVALID);
  CHECK(s.plugin.send("", AIP_SEND_CLOSE | 1005U << 16) == AIP_E_INVALID);
  CHECK(s.plugin.send(std::string(124, 'r'), AIP_SEND_CLOSE) == AIP_E_INVALID);
  CHECK(s.plugin.send(std::string(123, 'r'), AIP_SEND_CLOSE | 3000U << 16) == AIP_OK);
  CHECK(s.plugin.send("late") == AIP_E_STATE);
  s.loop.run();
  const std::vector<test::Frame> frames = s.frames();
  REQUIRE(frames.size() == 3);
  CHECK((frames[0].opcode == test::kText && frames[0].payload == "early"));
  CHECK((frames[1].opcode == test::kBinary && frames[1].payload == "\xff"));
  CHECK(frames[2].payload == test::close_payload(3000, std::string(123, 'r')));
}

TEST_CASE("websocket: a text may be cut within a character, as one message") {
  Scene s;
  s.open();
  const aip_span pieces[] = {span_of("\xc3"), span_of("\xa4")};
  CHECK(s.plugin.owner->on_call_send(1, pieces, 0) == AIP_OK);
  s.loop.run();
  CHECK(s.frames().at(0).payload == "\xc3\xa4");
}

TEST_CASE("websocket: who sends too much is held back, and woken once when there is room") {
  Scene s;
  s.open();
  s.wire().takes = 0;
  CHECK(s.plugin.send(std::string(60'000, 'a')) == AIP_OK);
  CHECK(s.plugin.send(std::string(60'000, 'a')) == AIP_BLOCKED);
  CHECK(s.plugin.send(std::string(limits::kEventBytesMax, 'a')) == AIP_E_OVERFLOW);
  s.loop.run();
  CHECK(s.plugin.writable == 0);
  s.wire().take(SIZE_MAX / 2);
  s.loop.run();
  CHECK(s.plugin.writable == 1);
  CHECK(s.frames().size() == 2);
}

TEST_CASE("websocket: a peer that floods and takes nothing ends with the time of its request") {
  // Nothing waits for the peer, so that only the exchange's own deadline can end it.
  Scene s;
  s.serve_route();
  s.open();
  const std::uint64_t begun = s.loop.now_ns();
  for (int i = 0; i < 100 && s.over.empty(); ++i) {
    s.loop.advance_ms(100);
    for (int k = 0; k < 100; ++k) s.arrive(frame(test::kText, std::string(1000, 'x')));
  }
  CHECK(s.over == "provider_timeout_total");
  CHECK((s.loop.now_ns() - begun) / test::FakeLoop::kMs <= 5'100);
  CHECK(s.wire().reset);
}

TEST_CASE("websocket: a peer that floods and takes nothing ends a background stream's call") {
  Scene s;
  s.open();
  s.wire().takes = 0;
  CHECK(s.plugin.send("a heartbeat") == AIP_OK);
  for (int i = 0; i < 21; ++i) {
    s.arrive(frame(test::kPing, ""));
    s.loop.advance_ms(100);
  }
  CHECK(s.plugin.heard == "open 101; failed " + std::to_string(AIP_E_TIMEOUT) + " 1006; ");
  CHECK(s.wire().reset);
}

TEST_CASE("websocket: a host that the plugin may not call is refused, in every spelling") {
  CHECK(Scene(AIP_DECODE_MESSAGE, 0, "ws://extra.example/").plugin.started == AIP_OK);
  CHECK(Scene(AIP_DECODE_MESSAGE, 0, "https://extra.example/").plugin.started == AIP_OK);
  CHECK(Scene(AIP_DECODE_MESSAGE, 0, "wss://other.example/").plugin.started == AIP_E_INVALID);
  CHECK(Scene(AIP_DECODE_MESSAGE, 0, "wss://extra.example@other.example/").plugin.started ==
        AIP_E_INVALID);
}

TEST_CASE("websocket: one that is over keeps no socket while its stream goes on") {
  Scene broken;
  broken.open();
  broken.arrive(frame(test::kText, "\xff"));
  CHECK(broken.detached.running() == 1);  // its Close is on the way
  broken.wire().arrive_end();
  broken.loop.run();
  CHECK(broken.detached.running() == 0);
  CHECK(broken.wire().closed);
  CHECK(broken.plugin.send("late") == AIP_E_STALE);

  Scene ended;
  ended.open();
  ended.arrive(frame(test::kClose, test::close_payload(1000)));
  ended.wire().arrive_end();
  ended.loop.run();
  CHECK(ended.wire().closed);
}

TEST_CASE("websocket: a stream that finished says goodbye, one that is dropped resets") {
  Scene finished;
  finished.open();
  CHECK(finished.plugin.owner->on_finish(nullptr) == AIP_OK);
  finished.loop.run();
  CHECK(finished.detached.running() == 1);
  CHECK(finished.frames().back().payload == test::close_payload(1000));
  CHECK_FALSE(finished.wire().closed);
  finished.arrive(frame(test::kText, "late") + frame(test::kClose, test::close_payload(1000)));
  finished.wire().arrive_end();
  finished.loop.run();
  CHECK(finished.detached.running() == 0);
  CHECK(finished.wire().closed);

  Scene silent;
  silent.open();
  CHECK(silent.plugin.owner->on_finish(nullptr) == AIP_OK);
  silent.loop.run();
  silent.loop.advance_ms(upstream::WebSocketCall::kCloseMs + 1);
  silent.loop.run();
  CHECK(silent.detached.running() == 0);

  Scene dropped;
  dropped.open();
  dropped.stream.reset();
  dropped.loop.run();
  CHECK(dropped.detached.running() == 0);
  CHECK(dropped.wire().reset);
}

}  // namespace aip::gateway::websocket_test
