// attempt.h - one try at one provider with one credential.
//
// Phases: Resolving (the plugin's resolve() asks the service what this credential is worth; skipped
// when the cache knows), Waiting (another attempt of this worker is resolving the same one), then
// Running. A 401 after a cached resolution forgets it and begins once more, if nothing was sent.
// Owns the plugin's Session and its calls. The exchange calls start() once and pump() whenever it
// is woken; the plugin's wishes (calls, finish) arrive through SessionOwner while one of those is
// on the stack, so they are stored here and acted on by the loop in pump(). Threads: the worker's.
// Tests: tests/unit/gateway, tests/sim
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/gateway/answer_sink.h"
#include "core/gateway/outbound.h"
#include "core/gateway/resolve_cache.h"
#include "core/gateway/snapshot.h"
#include "core/observe/metrics.h"
#include "core/plugin/session.h"
#include "core/upstream/call.h"

namespace aip::gateway {

class DetachedCalls;

// What all attempts of a worker share.
struct AttemptTools {
  Scheduler& scheduler;
  Random& random;
  upstream::Dialer& dialer;
  DetachedCalls& detached;
  ResolveCache& resolved;
  observe::WorkerMetrics& metrics;
  std::uint32_t next_turn = 0;  // round robin
};

// What the exchange asks of the provider; views live as long as the exchange.
struct AttemptAsk {
  const Snapshot* snapshot = nullptr;
  const route::Candidate* candidate = nullptr;
  const http::RequestHead* head = nullptr;
  std::string_view path;  // as the plugin's claim sees it
  std::uint16_t operation = 0;
  std::uint16_t dialect = 0;
  std::uint32_t flags = 0;
  std::uint32_t number = 1;
  std::string_view asked_model, body, request_id;
  std::span<const aip_member> members;
  std::optional<route::ShownCredential> client_credential;  // only if policy lets it through
  upstream::Timeouts timeouts;
  std::uint64_t deadline_ns = 0;
};

enum class Phase : std::uint8_t { Resolving, Waiting, Running };
enum class Progress : std::uint8_t { Running, Done };

class Attempt final : private plugin::SessionOwner,
                      private upstream::CallOwner,
                      private ResolveWait::Waker {
 public:
  Attempt(AttemptTools& tools, AttemptAsk ask, AnswerSink& sink);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  // Chooses the credential and begins the plugin's stream.
  [[nodiscard]] Status start();
  // Done: the plugin finished well. An Error: it failed, or the contract was broken.
  [[nodiscard]] Result<Progress> pump();
  // Tells the plugin why its stream ends before its time. The destructor does the rest.
  void cancel(std::uint32_t reason) noexcept;

  // Of the configured credential; empty if the client's own or none was used.
  [[nodiscard]] std::string_view credential_id() const noexcept { return credential_id_; }
  // The provider's own error, if that is why pump() failed.
  [[nodiscard]] const plugin::PluginError* provider_error() const noexcept {
    return plugin_error_ ? &*plugin_error_ : nullptr;
  }
  // Has a byte of the request been sent? Then only policy may repeat it.
  [[nodiscard]] bool request_sent() const noexcept;
  [[nodiscard]] int upstream_status() const noexcept;

 private:
  // plugin::SessionOwner
  aip_status on_emit(std::span<const aip_event> events) noexcept override;
  aip_status on_emit_raw(std::span<const aip_span> pieces) noexcept override;
  aip_status on_respond(std::int32_t status, std::span<const aip_header> headers) noexcept override;
  aip_status on_finish(const plugin::PluginError* error) noexcept override;
  aip_status on_call_start(const aip_call& call, std::uint32_t number) noexcept override;
  aip_status on_call_send(std::uint32_t number, std::span<const aip_span> pieces,
                          std::uint32_t flags) noexcept override;
  aip_status on_call_flow(std::uint32_t number, bool pause) noexcept override;
  aip_status on_call_cancel(std::uint32_t number) noexcept override;
  aip_status on_unsupported(std::string_view pointer, std::string_view kind) noexcept override;
  std::string_view on_capability(std::string_view name) noexcept override;
  std::string_view on_reveal(std::uint32_t secret) noexcept override;
  aip_status on_resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                         const plugin::PluginError* error) noexcept override;
  void on_session_event() noexcept override;
  // upstream::CallOwner
  void on_call_event() noexcept override;
  // ResolveWait::Waker
  void on_resolve_settled() noexcept override { sink_.wake_exchange(); }

  [[nodiscard]] Status choose_credential();
  void fill_request();
  [[nodiscard]] Status resolve_or_begin();
  [[nodiscard]] Status begin_resolve();
  [[nodiscard]] Status begin_stream();
  [[nodiscard]] Result<Progress> pump_resolve();
  [[nodiscard]] Status pump_session();
  [[nodiscard]] bool send_may_go_on() noexcept;
  void forget_ended_calls() noexcept;
  void end_session() noexcept;
  void drop_calls() noexcept;
  [[nodiscard]] bool refresh_resolution();
  [[nodiscard]] std::string identity() const;
  [[nodiscard]] aip_status make_spec(const aip_call& call, upstream::CallSpec& spec);
  [[nodiscard]] aip_status add_headers(const aip_call& call, upstream::CallSpec& spec);
  [[nodiscard]] std::unique_ptr<Outbound> open_websocket(const Outbound::Plan& plan,
                                                         const aip_call& call,
                                                         upstream::CallSpec spec);
  void upload_of_forward(upstream::CallSpec& spec) const;
  [[nodiscard]] Outbound* find(std::uint32_t number) noexcept;
  [[nodiscard]] Error failure_of_plugin() const;
  void settle_credential() noexcept;

  AttemptTools& tools_;
  AttemptAsk ask_;
  AnswerSink& sink_;
  const WorkerProvider& provider_;
  Phase phase_ = Phase::Running;
  aip_request request_{};
  std::unique_ptr<plugin::Session> session_;
  std::vector<std::unique_ptr<Outbound>> calls_;
  std::vector<aip_header> visible_headers_;
  std::string credential_id_, credential_kind_, secret_;
  CredentialState* credential_state_ = nullptr;
  std::optional<plugin::PluginError> plugin_error_;
  std::unique_ptr<ResolveClaim> claim_;  // held while this attempt resolves for all
  std::optional<ResolveWait> wait_;
  std::shared_ptr<const Resolved> resolution_;
  bool refreshed_ = false;
  bool finished_ = false;
  bool stopped_ = false;  // nothing more is delivered to the present session
  bool was_blocked_ = false;
  bool session_event_ = false;
  bool past_request_sent_ = false;  // by a call that is forgotten
};

[[nodiscard]] upstream::Timeouts to_upstream(const config::Timeouts& timeouts) noexcept;
// The host's own message for a plugin's error.
[[nodiscard]] Error to_error(const plugin::PluginError& error);

}  // namespace aip::gateway
