#include "core/plugin/stream_session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/units.h"
#include "core/plugin/checks.h"
#include "core/plugin/crossing.h"

namespace aip::plugin {

StreamSession::StreamSession(Attachment& attachment, SessionOwner& owner)
    : at_(attachment),
      owner_(owner),
      id_(at_.handles.acquire(HandleKind::Stream, at_.scope, this, 0)),
      alarm_(at_.scheduler, *this) {
  ++at_.sessions;
}

StreamSession::~StreamSession() {
  end();
  --at_.sessions;
}

// ---- what the exchange calls -------------------------------------------------------------------

bool StreamSession::select(const aip_request& request, aip_selection& out) noexcept {
  AIP_CHECK(state_ == State::Idle);
  if (at_.table.select == nullptr) return false;
  aip_request asked = request;
  asked.struct_size = sizeof asked;
  asked.id = id_;
  aip_selection wish = out;
  wish.struct_size = sizeof wish;
  const aip_status status = cross(at_.scope, &at_.scheduler, "select", [&] {
    return at_.table.select(at_.worker_state, &asked, &wish);
  });
  if (status < 0 || wish.how > AIP_SELECT_NONE) return false;
  out = wish;
  return true;
}

Result<void> StreamSession::resolve(aip_request& request, PluginError& error) noexcept {
  AIP_CHECK(at_.table.resolve != nullptr);
  purpose_ = Purpose::Resolve;
  return start(at_.table.resolve, "resolve", request, error);
}

Result<void> StreamSession::begin(aip_request& request, PluginError& error) noexcept {
  return start(at_.table.begin, "begin", request, error);
}

Result<void> StreamSession::start(Begin function, const char* name, aip_request& request,
                                  PluginError& error) {
  AIP_CHECK(state_ == State::Idle);
  request.struct_size = sizeof request;
  request.credential.struct_size = sizeof request.credential;
  request.id = id_;
  aip_error told{};
  state_ = State::Running;
  const aip_status status = cross(at_.scope, &at_.scheduler, name, [&] {
    return function(at_.worker_state, id_, &request, &request_, &told);
  });
  if (status >= 0) {
    has_request_ = true;
    return {};
  }
  error = PluginError{};
  if (told.struct_size != 0) error = copy_error(told);
  error.code = status;
  state_ = State::Ended;
  release_all();
  return Error{ErrorCode::GatewayPlugin, "plugin " + at_.scope.plugin() + " failed in " + name +
                                             " with status " + std::to_string(status)};
}

template <class F>
aip_status StreamSession::deliver(const char* callback, F&& fn) noexcept {
  if (state_ != State::Running) return AIP_OK;
  const aip_status status = cross(at_.scope, &at_.scheduler, callback, std::forward<F>(fn));
  if (status < 0 && state_ == State::Running) {
    state_ = State::Ending;
    if (status != AIP_E_PANIC && status != AIP_E_NOMEM) {
      at_.scope.count_fault(callback, "status " + std::to_string(status));
    }
  }
  return status;
}

aip_status StreamSession::on_call(std::uint32_t number, aip_call_event& event) noexcept {
  const auto held = std::find_if(calls_.begin(), calls_.end(),
                                 [number](const Held& call) { return call.number == number; });
  if (held == calls_.end()) return AIP_OK;  // the plugin has cancelled it
  event.struct_size = sizeof event;
  event.call = held->id;
  // The last event of a call: its handle is stale from here on, in the callback too.
  if (event.type == AIP_CALL_END || event.type == AIP_CALL_FAILED) release_call(number);
  return deliver("on_call", [&] { return at_.table.on_call(request_, &event); });
}

aip_status StreamSession::wake(std::uint32_t why, std::uint64_t user) noexcept {
  return deliver("on_wake", [&] { return at_.table.on_wake(request_, why, user); });
}

aip_status StreamSession::on_writable() noexcept {
  return wake(AIP_WAKE_WRITABLE, 0);
}

aip_status StreamSession::deliver_wakes() noexcept {
  const std::vector<std::uint64_t> posts = std::exchange(posts_, {});
  for (const std::uint64_t user : posts) {
    if (const aip_status status = wake(AIP_WAKE_POST, user); status < 0) return status;
  }
  return deliver_due_timers();
}

// A timer that is set while these run waits for the next round, though it be due at once.
aip_status StreamSession::deliver_due_timers() noexcept {
  const std::uint64_t now = at_.scheduler.now_ns();
  const std::uint32_t newest = last_number_;
  const auto earlier = [](const Timer& a, const Timer& b) { return a.deadline_ns < b.deadline_ns; };
  while (state_ == State::Running) {
    const auto first =
        std::min_element(timers_.begin(), timers_.end(), [&](const Timer& a, const Timer& b) {
          const bool old_a = a.number <= newest;
          const bool old_b = b.number <= newest;
          return old_a != old_b ? old_a : earlier(a, b);
        });
    if (first == timers_.end() || first->number > newest || first->deadline_ns > now) break;
    const Timer due = *first;
    timers_.erase(first);
    at_.handles.release(due.id);
    if (const aip_status status = wake(AIP_WAKE_TIMER, due.user); status < 0) return status;
  }
  set_alarm();
  return AIP_OK;
}

void StreamSession::cancel(std::uint32_t reason) noexcept {
  if (state_ != State::Running || !has_request_ || cancelled_) return;
  cancelled_ = true;
  state_ = State::Ending;
  release_all();
  cross(at_.scope, &at_.scheduler, "cancel", [&]() -> aip_status {
    at_.table.cancel(request_, reason);
    return AIP_OK;
  });
}

void StreamSession::end() noexcept {
  if (id_ == 0) return;
  release_all();
  if (has_request_) {
    has_request_ = false;
    state_ = State::Ending;  // a DETACHED call is still allowed
    cross(at_.scope, &at_.scheduler, "end", [&]() -> aip_status {
      at_.table.end(request_);
      return AIP_OK;
    });
  }
  state_ = State::Ended;
  at_.handles.release(std::exchange(id_, 0));
  arena_.clear();
}

void StreamSession::release_call(std::uint32_t number) noexcept {
  const auto held = std::find_if(calls_.begin(), calls_.end(),
                                 [number](const Held& call) { return call.number == number; });
  if (held == calls_.end()) return;
  at_.handles.release(held->id);
  calls_.erase(held);
}

void StreamSession::release_all() noexcept {
  for (const Held& call : calls_) at_.handles.release(call.id);
  for (const Timer& timer : timers_) at_.handles.release(timer.id);
  calls_.clear();
  timers_.clear();
  posts_.clear();
  alarm_.cancel();
}

// ---- what the plugin asks ----------------------------------------------------------------------

aip_status StreamSession::misbehaved(const char* function, const char* what, aip_status status) {
  return at_.scope.misbehaved(function, what, status);
}

aip_status StreamSession::require_running(const char* function, Purpose purpose) {
  if (state_ != State::Running) {
    const char* what = state_ == State::Idle ? "before begin" : "after finish or cancel";
    return misbehaved(function, what, AIP_E_STATE);
  }
  if (purpose != purpose_) {
    return misbehaved(function, "in a stream of the other purpose", AIP_E_STATE);
  }
  return AIP_OK;
}

void* StreamSession::arena(std::size_t n) {
  return state_ == State::Ended || state_ == State::Idle ? nullptr : arena_.allocate(n);
}

aip_status StreamSession::emit(std::span<const aip_event> events) {
  if (const aip_status state = require_running("emit", Purpose::Answer); state != AIP_OK) {
    return state;
  }
  bool all_known = true;
  for (const aip_event& event : events) {
    if (const char* fault = fault_of(event)) return misbehaved("emit", fault, AIP_E_INVALID);
    all_known = all_known && known_event(event.type);
  }
  if (all_known) return owner_.on_emit(events);
  // A newer plugin's events: dropped and counted, unless the answer makes no sense without.
  std::vector<aip_event> known;
  for (const aip_event& event : events) {
    if (known_event(event.type)) {
      known.push_back(event);
    } else if ((event.flags & AIP_EVF_CRITICAL) != 0) {
      return misbehaved("emit", "a critical event of unknown type", AIP_E_UNSUPPORTED);
    } else {
      misbehaved("emit", "an event of unknown type was dropped", AIP_OK);
    }
  }
  return known.empty() ? AIP_OK : owner_.on_emit(known);
}

aip_status StreamSession::emit_raw(std::span<const aip_span> pieces) {
  if (const aip_status state = require_running("emit_raw", Purpose::Answer); state != AIP_OK) {
    return state;
  }
  if (const char* fault = fault_of(pieces)) return misbehaved("emit_raw", fault, AIP_E_INVALID);
  return owner_.on_emit_raw(pieces);
}

aip_status StreamSession::respond(std::int32_t status, std::span<const aip_header> headers) {
  if (const aip_status state = require_running("respond", Purpose::Answer); state != AIP_OK) {
    return state;
  }
  if (status < 200 || status > 599) {
    return misbehaved("respond", "the status is not a final one", AIP_E_INVALID);
  }
  if (const char* fault = fault_of(headers.data(), headers.size())) {
    return misbehaved("respond", fault, AIP_E_INVALID);
  }
  return owner_.on_respond(status, headers);
}

aip_status StreamSession::finish(const aip_error* error) {
  if (const aip_status state = require_running("finish", Purpose::Answer); state != AIP_OK) {
    return state;
  }
  state_ = State::Ending;
  if (error == nullptr) return owner_.on_finish(nullptr);
  const PluginError copy = copy_error(*error);
  return owner_.on_finish(&copy);
}

aip_status StreamSession::resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                                   const aip_error* error) {
  if (const aip_status state = require_running("resolved", Purpose::Resolve); state != AIP_OK) {
    return state;
  }
  if (const char* fault = fault_of(headers.data(), headers.size())) {
    return misbehaved("resolved", fault, AIP_E_INVALID);
  }
  state_ = State::Ending;
  if (error == nullptr) return owner_.on_resolved(headers, ttl_ms, nullptr);
  const PluginError copy = copy_error(*error);
  return owner_.on_resolved({}, 0, &copy);
}

aip_status StreamSession::call_start(const aip_call& call, aip_id* out) {
  if (out == nullptr) return misbehaved("call_start", "out is NULL", AIP_E_INVALID);
  *out = 0;
  if (const char* fault = fault_of(call)) return misbehaved("call_start", fault, AIP_E_INVALID);
  const bool detached = (call.flags & AIP_CALLF_DETACHED) != 0;
  const bool running = state_ == State::Running;
  if (!running && !(detached && state_ == State::Ending)) {
    return misbehaved("call_start", "not while the stream runs", AIP_E_STATE);
  }
  // Nobody hears of a detached call again, so it gets no handle.
  if (detached) return owner_.on_call_start(call, ++last_number_);
  if (calls_.size() >= limits::kPluginCallsMax) return AIP_E_OVERFLOW;
  const std::uint32_t number = ++last_number_;
  if (const aip_status status = owner_.on_call_start(call, number); status < 0) return status;
  *out = at_.handles.acquire(HandleKind::Call, at_.scope, this, number);
  calls_.push_back({number, *out});
  return AIP_OK;
}

aip_status StreamSession::call_send(std::uint32_t number, std::span<const aip_span> pieces,
                                    std::uint32_t flags) {
  if (const char* fault = fault_of(pieces)) return misbehaved("call_send", fault, AIP_E_INVALID);
  return state_ == State::Running ? owner_.on_call_send(number, pieces, flags) : AIP_E_STATE;
}

aip_status StreamSession::call_flow(std::uint32_t number, bool pause) {
  return state_ == State::Running ? owner_.on_call_flow(number, pause) : AIP_E_STATE;
}

aip_status StreamSession::call_cancel(std::uint32_t number) {
  release_call(number);
  return owner_.on_call_cancel(number);
}

aip_status StreamSession::timer_start(std::uint32_t ms, std::uint64_t user, aip_id* out) {
  if (out == nullptr) return misbehaved("timer_start", "out is NULL", AIP_E_INVALID);
  *out = 0;
  if (state_ != State::Running) {
    return misbehaved("timer_start", "not while the stream runs", AIP_E_STATE);
  }
  if (timers_.size() >= limits::kPluginTimersMax) return AIP_E_OVERFLOW;
  const std::uint32_t number = ++last_number_;
  *out = at_.handles.acquire(HandleKind::Timer, at_.scope, this, number);
  const std::uint64_t deadline = at_.scheduler.now_ns() + std::uint64_t{ms} * kMs;
  timers_.push_back({number, *out, deadline, user});
  set_alarm();
  return AIP_OK;
}

aip_status StreamSession::timer_cancel(std::uint32_t number) {
  const auto timer = std::find_if(timers_.begin(), timers_.end(),
                                  [number](const Timer& t) { return t.number == number; });
  if (timer == timers_.end()) return AIP_E_STALE;
  at_.handles.release(timer->id);
  timers_.erase(timer);
  set_alarm();
  return AIP_OK;
}

aip_status StreamSession::unsupported(aip_span pointer, aip_span kind) {
  if (const aip_status state = require_running("unsupported", Purpose::Answer); state != AIP_OK) {
    return state;
  }
  return owner_.on_unsupported(view_of(pointer), view_of(kind));
}

aip_status StreamSession::capability(aip_span name, aip_span* json) {
  if (json == nullptr) return AIP_E_INVALID;
  const std::string_view found = owner_.on_capability(view_of(name));
  *json = span_of(found);
  return found.empty() ? AIP_E_UNSUPPORTED : AIP_OK;
}

aip_status StreamSession::reveal(std::uint32_t secret, aip_span* out) {
  if (out == nullptr) return AIP_E_INVALID;
  const std::string_view found = owner_.on_reveal(secret);
  *out = span_of(found);
  return found.empty() ? AIP_E_INVALID : AIP_OK;
}

// ---- timers and posts --------------------------------------------------------------------------

void StreamSession::set_alarm() {
  if (timers_.empty() || state_ != State::Running) {
    alarm_.cancel();
    return;
  }
  std::uint64_t first = UINT64_MAX;
  for (const Timer& timer : timers_) first = std::min(first, timer.deadline_ns);
  alarm_.set(first);
}

void StreamSession::advance() noexcept {
  if (alarm_.take_fired()) owner_.on_session_event();
}

void StreamSession::take_post(std::uint64_t user) {
  if (state_ != State::Running) return;
  posts_.push_back(user);
  owner_.on_session_event();
}

}  // namespace aip::plugin
