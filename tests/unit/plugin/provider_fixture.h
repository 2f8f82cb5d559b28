// provider_fixture.h - a provider made of lambdas in the test itself, and an owner that remembers.
//
// The session under test is the real one; the plugin behind it is a table of C functions that call
// what the test has set. So every order of calls can be played without building a shared object.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/attachment.h"
#include "core/plugin/breadcrumb.h"
#include "core/plugin/checks.h"
#include "core/plugin/crossing.h"
#include "core/plugin/host_table.h"
#include "core/plugin/post_box.h"
#include "core/plugin/stream_session.h"
#include "tests/support/fake_worker.h"

namespace aip::test {

// What the provider does; a test replaces the functions that it is about.
struct Behaviour {
  std::function<aip_status(const aip_request*, aip_selection*)> select;
  std::function<aip_status(aip_id, const aip_request*, aip_error*)> begin =
      [](aip_id, const aip_request*, aip_error*) { return AIP_OK; };
  std::function<aip_status(const aip_call_event*)> on_call = [](const aip_call_event*) {
    return AIP_OK;
  };
  std::function<aip_status(std::uint32_t, std::uint64_t)> on_wake =
      [](std::uint32_t, std::uint64_t) { return AIP_OK; };
  std::function<void(std::uint32_t)> cancel = [](std::uint32_t) {};
  std::function<void()> end = [] {};
  std::string log;  // "begin on_call end"
};

namespace detail {
inline Behaviour& behaviour_of(void* p) {
  return *static_cast<Behaviour*>(p);
}
inline Behaviour& note(void* p, const char* what) {
  Behaviour& b = behaviour_of(p);
  if (!b.log.empty()) b.log += ' ';
  b.log += what;
  return b;
}
}  // namespace detail

// `ws` and `rq` both point to the Behaviour.
inline const aip_provider& provider_table() {
  static const aip_provider table = [] {
    aip_provider t{};
    t.struct_size = sizeof t;
    t.select = [](void* ws, const aip_request* r, aip_selection* out) -> aip_status {
      Behaviour& b = detail::behaviour_of(ws);
      return b.select ? b.select(r, out) : AIP_E_UNSUPPORTED;
    };
    t.begin = [](void* ws, aip_id id, const aip_request* r, void** rq, aip_error* e) -> aip_status {
      *rq = ws;
      return detail::note(ws, "begin").begin(id, r, e);
    };
    t.resolve = [](void* ws, aip_id id, const aip_request* r, void** rq,
                   aip_error* e) -> aip_status {
      *rq = ws;
      return detail::note(ws, "resolve").begin(id, r, e);
    };
    t.on_call = [](void* rq, const aip_call_event* e) -> aip_status {
      return detail::note(rq, "on_call").on_call(e);
    };
    t.on_wake = [](void* rq, std::uint32_t why, std::uint64_t user) -> aip_status {
      return detail::note(rq, "on_wake").on_wake(why, user);
    };
    t.cancel = [](void* rq, std::uint32_t reason) { detail::note(rq, "cancel").cancel(reason); };
    t.end = [](void* rq) { detail::note(rq, "end").end(); };
    return t;
  }();
  return table;
}

class Owner final : public plugin::SessionOwner {
 public:
  std::string log;  // "emit:TEXT finish"
  aip_status answer = AIP_OK;
  std::optional<plugin::PluginError> error;
  std::vector<std::uint32_t> calls;
  int session_events = 0;

  aip_status on_emit(std::span<const aip_event> events) noexcept override {
    return told("emit:" + std::to_string(events.size()));
  }
  aip_status on_emit_raw(std::span<const aip_span>) noexcept override { return told("raw"); }
  aip_status on_respond(std::int32_t status, std::span<const aip_header>) noexcept override {
    return told("respond:" + std::to_string(status));
  }
  aip_status on_finish(const plugin::PluginError* e) noexcept override {
    if (e != nullptr) error = *e;
    return told("finish");
  }
  aip_status on_call_start(const aip_call&, std::uint32_t number) noexcept override {
    calls.push_back(number);
    return told("call");
  }
  aip_status on_call_send(std::uint32_t, std::span<const aip_span>,
                          std::uint32_t) noexcept override {
    return told("send");
  }
  aip_status on_call_flow(std::uint32_t, bool pause) noexcept override {
    return told(pause ? "pause" : "go");
  }
  aip_status on_call_cancel(std::uint32_t) noexcept override { return told("call_cancel"); }
  aip_status on_unsupported(std::string_view, std::string_view) noexcept override {
    return AIP_UNSUPPORTED_DROP;
  }
  std::string_view on_capability(std::string_view name) noexcept override {
    return name == "known" ? R"({"vision":true})" : std::string_view();
  }
  std::string_view on_reveal(std::uint32_t secret) noexcept override {
    return secret == 1 ? "s3cret" : std::string_view();
  }
  aip_status on_resolved(std::span<const aip_header> headers, std::uint32_t,
                         const plugin::PluginError* e) noexcept override {
    if (e != nullptr) error = *e;
    return told("resolved:" + std::to_string(headers.size()));
  }
  void on_session_event() noexcept override { ++session_events; }

 private:
  aip_status told(const std::string& what) {
    if (!log.empty()) log += ' ';
    log += what;
    return answer;
  }
};

// A worker, a provider on it, an owner. Each fixture is a worker number of its own.
class Fixture {
 public:
  Fixture()
      : number_(next_number()),
        at_{provider_table(), plugin::intern_scope("rig", "rig" + std::to_string(number_)),
            plugin::HandleTable::of_worker(number_), worker, &plugin_does},
        box_(plugin::PostBox::of_worker(number_)) {
    at_.handles.own_by_this_thread();
    box_.open(worker);
  }
  ~Fixture() { box_.close(); }

  [[nodiscard]] std::unique_ptr<plugin::Session> open() {
    return std::make_unique<plugin::StreamSession>(at_, owner);
  }
  // A session that has begun.
  [[nodiscard]] std::unique_ptr<plugin::Session> begun() {
    auto session = open();
    aip_request request{};
    plugin::PluginError error;
    if (!session->begin(request, error)) return nullptr;
    return session;
  }
  [[nodiscard]] plugin::Scope::Figures figures() const { return at_.scope.figures(); }
  [[nodiscard]] plugin::HandleTable& handles() { return at_.handles; }

  FakeWorker worker;
  Behaviour plugin_does;
  Owner owner;
  const aip_host& host = plugin::host_table();

 private:
  static std::uint32_t next_number() {
    static std::uint32_t next = 0;
    return next++ % 1000;
  }
  std::uint32_t number_;
  plugin::Attachment at_;
  plugin::PostBox& box_;
};

// ---- things to hand over

inline aip_event text_event(std::string_view text) {
  aip_event e{};
  e.struct_size = sizeof e;
  e.type = AIP_EV_TEXT;
  e.text = plugin::span_of(text);
  return e;
}
inline aip_call plain_call() {
  aip_call c{};
  c.struct_size = sizeof c;
  c.kind = AIP_CALL_HTTP;
  c.decode = AIP_DECODE_WHOLE;
  c.method = plugin::span_of("POST");
  c.url = plugin::span_of("https://example.com/");
  return c;
}
inline aip_error error_of(std::int32_t code, std::string_view message) {
  aip_error e{};
  e.struct_size = sizeof e;
  e.code = code;
  e.message = plugin::span_of(message);
  return e;
}

}  // namespace aip::test
