// session.h - one stream of a plugin on one worker: the host side of begin ... end.
//
// The exchange owns a Session and is its SessionOwner. Calls of the plugin into the host table are
// checked (handle alive, right thread, allowed in this state) and become SessionOwner's methods,
// which run inside a plugin callback: they store, and never call the plugin back. Calls of the
// exchange into the plugin go through the barrier: timed, named in the breadcrumb, never nested.
//
// States: Idle -> Running (begin) -> Ending (finish, cancel) -> Ended (end, exactly once).
// Threads: the worker's, but for post().   Tests: tests/unit/plugin/session_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/base/scheduler.h"

namespace aip::plugin {

// An aip_error whose strings are owned.
struct PluginError {
  std::int32_t code = AIP_E_UPSTREAM;
  std::uint16_t http_status = 0;
  std::uint16_t flags = 0;
  std::uint32_t retry_after_ms = 0;
  std::string type, reason, message, param;
};

class SessionOwner {
 public:
  virtual aip_status on_emit(std::span<const aip_event> events) noexcept = 0;
  virtual aip_status on_emit_raw(std::span<const aip_span> pieces) noexcept = 0;
  virtual aip_status on_respond(std::int32_t status,
                                std::span<const aip_header> headers) noexcept = 0;
  virtual aip_status on_finish(const PluginError* error) noexcept = 0;
  // `out` is the call's number within this stream, from 1; the session makes it a handle.
  virtual aip_status on_call_start(const aip_call& call, std::uint32_t number) noexcept = 0;
  virtual aip_status on_call_send(std::uint32_t number, std::span<const aip_span> pieces,
                                  std::uint32_t flags) noexcept = 0;
  virtual aip_status on_call_flow(std::uint32_t number, bool pause) noexcept = 0;
  virtual aip_status on_call_cancel(std::uint32_t number) noexcept = 0;
  virtual aip_status on_unsupported(std::string_view pointer, std::string_view kind) noexcept = 0;
  virtual std::string_view on_capability(std::string_view name) noexcept = 0;  // empty: unknown
  virtual std::string_view on_reveal(std::uint32_t secret) noexcept = 0;       // empty: unknown
  virtual aip_status on_resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                                 const PluginError* error) noexcept = 0;
  // A timer fired or a post came: call Session::deliver_wakes() from advance().
  virtual void on_session_event() noexcept = 0;

 protected:
  ~SessionOwner() = default;
};

class WorkerInstance;  // one provider attached to one worker; instance.h

class Session {
 public:
  virtual ~Session() = default;  // ends the stream if it still runs

  [[nodiscard]] virtual aip_id id() const noexcept = 0;
  // The pure question, asked before begin. False: the plugin leaves it to the host.
  virtual bool select(const aip_request& request, aip_selection& out) noexcept = 0;
  // `request.id` and struct sizes are filled in here.
  virtual Result<void> resolve(aip_request& request, PluginError& error) noexcept = 0;
  virtual Result<void> begin(aip_request& request, PluginError& error) noexcept = 0;
  // Below 0: the plugin failed; the exchange ends it.
  virtual aip_status on_call(std::uint32_t number, aip_call_event& event) noexcept = 0;
  virtual aip_status on_writable() noexcept = 0;
  // Timers and posts that are due.
  virtual aip_status deliver_wakes() noexcept = 0;
  virtual void cancel(std::uint32_t reason) noexcept = 0;
  // Calls the plugin's end() if begin or resolve succeeded; frees arena, timers and handle.
  virtual void end() noexcept = 0;
};

}  // namespace aip::plugin
