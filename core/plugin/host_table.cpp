#include "core/plugin/host_table.h"

#include <aiproxy/ext/json.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/observe/log.h"
#include "core/plugin/checks.h"
#include "core/plugin/crossing.h"
#include "core/plugin/handles.h"
#include "core/plugin/post_box.h"
#include "core/plugin/stream_session.h"

namespace aip::plugin {
namespace {

// Calls fn(session, number) for a live handle of that kind.
template <class F>
aip_status with(HandleKind kind, aip_id id, const char* function, F&& fn) noexcept {
  const HandleTable* table = HandleTable::of_handle(id);
  if (table == nullptr) return AIP_E_STALE;
  if (!table->on_own_thread()) {
    if (Scope* scope = table->scope_of(id)) {
      return scope->misbehaved(function, "called on a thread that is not its worker", AIP_E_STATE);
    }
    return AIP_E_STATE;
  }
  const HandleTable::Found found = table->find(kind, id);
  if (found.object == nullptr) return AIP_E_STALE;
  return fn(*static_cast<StreamSession*>(found.object), found.number);
}

template <class F>
aip_status with_stream(aip_id id, const char* function, F&& fn) noexcept {
  return with(HandleKind::Stream, id, function,
              [&fn](StreamSession& session, std::uint32_t) { return fn(session); });
}

Scope* scope_of(aip_id id) noexcept {
  const HandleTable* table = id == 0 ? nullptr : HandleTable::of_handle(id);
  return table == nullptr ? nullptr : table->scope_of(id);
}

// ---- [any] -------------------------------------------------------------------------------------

aip_status json_check(aip_span text, std::uint32_t max_depth) noexcept {
  const std::size_t depth = max_depth == 0
                                ? limits::kJsonDepthMax
                                : std::min<std::size_t>(max_depth, limits::kJsonDepthMax);
  if (text.ptr == nullptr) return AIP_E_INVALID;
  return json::check(view_of(text), depth) ? AIP_OK : AIP_E_INVALID;
}

constexpr aip_json_v1 kJson{sizeof(aip_json_v1), 0, &json_check};

const void* get_extension(const char* id) noexcept {
  return id != nullptr && std::strcmp(id, AIP_EXT_JSON) == 0 ? &kJson : nullptr;
}

void log(aip_id scope, std::int32_t level, aip_span message) noexcept {
  if (Scope* named = scope_of(scope)) named->log(level, view_of(message));
}

std::int32_t log_level(aip_id) noexcept {
  std::int32_t level = AIP_LOG_ERROR;
  while (level > AIP_LOG_TRACE && observe::log_enabled(static_cast<observe::Level>(level - 1))) {
    --level;
  }
  return level;
}

// On a worker the loop's own clock, so that a simulation's time is the plugin's too.
std::uint64_t now_ns() noexcept {
  if (t_clock != nullptr) return t_clock->now_ns();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

std::uint64_t wall_ms() noexcept {
  if (t_clock != nullptr) return t_clock->wall_ms();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

aip_status random(std::uint8_t* out, std::size_t n) noexcept {
  if (out == nullptr && n != 0) return AIP_E_INVALID;
  SystemRandom().fill(out, n);
  return AIP_OK;
}

aip_status post(aip_id stream, std::uint64_t user) noexcept {
  PostBox* box = PostBox::of_handle(stream);
  return box == nullptr ? AIP_E_STALE : box->post(stream, user);
}

aip_status metric(aip_id scope, aip_span name, std::int64_t delta) noexcept {
  Scope* named = scope_of(scope);
  return named == nullptr ? AIP_E_STALE : named->add(view_of(name), delta);
}

// ---- [worker] ----------------------------------------------------------------------------------

void* arena(aip_id stream, std::size_t n) noexcept {
  void* out = nullptr;
  with_stream(stream, "arena", [&](StreamSession& s) {
    out = s.arena(n);
    return AIP_OK;
  });
  return out;
}

aip_status emit(aip_id stream, const aip_event* events, std::size_t n) noexcept {
  if (events == nullptr && n != 0) return AIP_E_INVALID;
  return with_stream(stream, "emit", [&](StreamSession& s) { return s.emit({events, n}); });
}

aip_status emit_raw(aip_id stream, const aip_span* iov, std::size_t n) noexcept {
  if (iov == nullptr && n != 0) return AIP_E_INVALID;
  return with_stream(stream, "emit_raw", [&](StreamSession& s) { return s.emit_raw({iov, n}); });
}

aip_status respond(aip_id stream, std::int32_t status, const aip_header* headers,
                   std::size_t n) noexcept {
  if (headers == nullptr && n != 0) return AIP_E_INVALID;
  return with_stream(stream, "respond", [&](StreamSession& s) {
    return s.respond(status, {headers, n});
  });
}

aip_status finish(aip_id stream, const aip_error* error) noexcept {
  return with_stream(stream, "finish", [&](StreamSession& s) { return s.finish(error); });
}

aip_status call_start(aip_id stream, const aip_call* call, aip_id* out) noexcept {
  if (call == nullptr) return AIP_E_INVALID;
  return with_stream(stream, "call_start",
                     [&](StreamSession& s) { return s.call_start(*call, out); });
}

aip_status call_send(aip_id call, const aip_span* iov, std::size_t n,
                     std::uint32_t flags) noexcept {
  if (iov == nullptr && n != 0) return AIP_E_INVALID;
  return with(HandleKind::Call, call, "call_send", [&](StreamSession& s, std::uint32_t number) {
    return s.call_send(number, {iov, n}, flags);
  });
}

aip_status call_flow(aip_id call, std::int32_t pause) noexcept {
  return with(HandleKind::Call, call, "call_flow", [&](StreamSession& s, std::uint32_t number) {
    return s.call_flow(number, pause != 0);
  });
}

aip_status call_cancel(aip_id call) noexcept {
  return with(HandleKind::Call, call, "call_cancel",
              [](StreamSession& s, std::uint32_t number) { return s.call_cancel(number); });
}

aip_status resolved(aip_id stream, const aip_header* headers, std::size_t n, std::uint32_t ttl_ms,
                    const aip_error* error) noexcept {
  if (headers == nullptr && n != 0) return AIP_E_INVALID;
  return with_stream(stream, "resolved", [&](StreamSession& s) {
    return s.resolved({headers, n}, ttl_ms, error);
  });
}

aip_status timer_start(aip_id stream, std::uint32_t ms, std::uint64_t user, aip_id* out) noexcept {
  return with_stream(stream, "timer_start",
                     [&](StreamSession& s) { return s.timer_start(ms, user, out); });
}

aip_status timer_cancel(aip_id timer) noexcept {
  return with(HandleKind::Timer, timer, "timer_cancel",
              [](StreamSession& s, std::uint32_t number) { return s.timer_cancel(number); });
}

aip_status unsupported(aip_id stream, aip_span pointer, aip_span kind) noexcept {
  return with_stream(stream, "unsupported",
                     [&](StreamSession& s) { return s.unsupported(pointer, kind); });
}

aip_status capability(aip_id stream, aip_span name, aip_span* json) noexcept {
  return with_stream(stream, "capability",
                     [&](StreamSession& s) { return s.capability(name, json); });
}

aip_status reveal(aip_id stream, std::uint32_t secret, aip_span* out) noexcept {
  return with_stream(stream, "reveal", [&](StreamSession& s) { return s.reveal(secret, out); });
}

aip_host make_table() noexcept {
  aip_host t{};
  t.struct_size = sizeof t;
  t.abi_minor = AIP_ABI_MINOR;
  t.version = span_of(AIPROXY_VERSION);
  t.get_extension = &get_extension;
  t.log = &log;
  t.log_level = &log_level;
  t.now_ns = &now_ns;
  t.wall_ms = &wall_ms;
  t.random = &random;
  t.arena = &arena;
  t.emit = &emit;
  t.emit_raw = &emit_raw;
  t.respond = &respond;
  t.finish = &finish;
  t.call_start = &call_start;
  t.call_send = &call_send;
  t.call_flow = &call_flow;
  t.call_cancel = &call_cancel;
  t.resolved = &resolved;
  t.timer_start = &timer_start;
  t.timer_cancel = &timer_cancel;
  t.post = &post;
  t.unsupported = &unsupported;
  t.capability = &capability;
  t.reveal = &reveal;
  t.metric = &metric;
  return t;
}

}  // namespace

const aip_host& host_table() noexcept {
  static const aip_host table = make_table();
  return table;
}

}  // namespace aip::plugin
