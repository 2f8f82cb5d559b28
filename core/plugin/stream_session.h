// stream_session.h - Session as it is: the states, the handles, the timers of one stream.
//
// Two faces. Below: what the exchange calls (Session). Above: what the plugin asks by the host's
// table (host_table.cpp finds the session by its handle and calls the methods named like the
// table's functions). A method of the second face checks the state and the arguments, then tells
// the owner, who stores; nothing there leads back into the plugin.
//
//     state     select  begin  emit..finish  calls, timers   DETACHED   on_call on_wake   end
//     Idle        x       x         -              -            -             -            -
//     Running     -       -         x              x            x             x            x
//     Ending      -       -         -              -            x             -            x
//     Ended       -       -         -              -            -             -            -
//
// Memory: the arena (limits::kPluginArenaBytesMax), at most kPluginCallsMax calls and
// kPluginTimersMax timers at a time; the timers share one alarm.
// Tests: tests/unit/plugin/session_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/limits.h"
#include "core/plugin/arena.h"
#include "core/plugin/attachment.h"
#include "core/plugin/session.h"

namespace aip::plugin {

class StreamSession final : public Session, private Wakeable {
 public:
  StreamSession(Attachment& attachment, SessionOwner& owner);
  ~StreamSession() override;

  // Session
  [[nodiscard]] aip_id id() const noexcept override { return id_; }
  bool select(const aip_request& request, aip_selection& out) noexcept override;
  Result<void> resolve(aip_request& request, PluginError& error) noexcept override;
  Result<void> begin(aip_request& request, PluginError& error) noexcept override;
  aip_status on_call(std::uint32_t number, aip_call_event& event) noexcept override;
  aip_status on_writable() noexcept override;
  aip_status deliver_wakes() noexcept override;
  void cancel(std::uint32_t reason) noexcept override;
  void end() noexcept override;

  // The host's table
  void* arena(std::size_t n);
  aip_status emit(std::span<const aip_event> events);
  aip_status emit_raw(std::span<const aip_span> pieces);
  aip_status respond(std::int32_t status, std::span<const aip_header> headers);
  aip_status finish(const aip_error* error);
  aip_status call_start(const aip_call& call, aip_id* out);
  aip_status call_send(std::uint32_t number, std::span<const aip_span> pieces, std::uint32_t flags);
  aip_status call_flow(std::uint32_t number, bool pause);
  aip_status call_cancel(std::uint32_t number);
  aip_status resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                      const aip_error* error);
  aip_status timer_start(std::uint32_t ms, std::uint64_t user, aip_id* out);
  aip_status timer_cancel(std::uint32_t number);
  aip_status unsupported(aip_span pointer, aip_span kind);
  aip_status capability(aip_span name, aip_span* json);
  aip_status reveal(std::uint32_t secret, aip_span* out);
  // From the worker's post box.
  void take_post(std::uint64_t user);

 private:
  enum class State : std::uint8_t { Idle, Running, Ending, Ended };
  enum class Purpose : std::uint8_t { Answer, Resolve };
  // A call or a timer that the plugin holds a handle of.
  struct Held {
    std::uint32_t number;
    aip_id id;
  };
  struct Timer {
    std::uint32_t number;
    aip_id id;
    std::uint64_t deadline_ns;
    std::uint64_t user;
  };
  using Begin = aip_status (*)(void*, aip_id, const aip_request*, void**, aip_error*);

  void advance() noexcept override;  // the alarm
  Result<void> start(Begin function, const char* name, aip_request& request, PluginError& error);
  aip_status wake(std::uint32_t why, std::uint64_t user) noexcept;
  // Calls back into the plugin, if the stream still runs; a negative answer ends it.
  template <class F>
  aip_status deliver(const char* callback, F&& fn) noexcept;
  aip_status deliver_due_timers() noexcept;
  // AIP_OK in Running and for this purpose, else AIP_E_STATE, counted.
  aip_status require_running(const char* function, Purpose purpose);
  aip_status misbehaved(const char* function, const char* what, aip_status status);
  void release_call(std::uint32_t number) noexcept;
  void release_all() noexcept;
  void set_alarm();

  Attachment& at_;
  SessionOwner& owner_;
  aip_id id_;
  void* request_ = nullptr;  // the plugin's own
  State state_ = State::Idle;
  Purpose purpose_ = Purpose::Answer;
  bool cancelled_ = false;
  bool has_request_ = false;  // begin or resolve succeeded, so end() is owed
  std::uint32_t last_number_ = 0;
  Arena arena_{limits::kPluginArenaBytesMax};
  std::vector<Held> calls_;
  std::vector<Timer> timers_;
  std::vector<std::uint64_t> posts_;
  Alarm alarm_;
};

}  // namespace aip::plugin
