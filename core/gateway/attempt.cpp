#include "core/gateway/attempt.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/units.h"
#include "core/gateway/detached.h"
#include "core/gateway/spans.h"
#include "core/http/url.h"
#include "core/http/write.h"
#include "core/observe/log.h"

namespace aip::gateway {
namespace {

// Client fields that no plugin sees: credentials, hop-by-hop (RFC 9110 7.6.1), and what the call
// writes itself.
constexpr std::array<std::string_view, 22> kHiddenFields{"authorization",
                                                         "x-api-key",
                                                         "api-key",
                                                         "x-goog-api-key",
                                                         "cookie",
                                                         "proxy-authorization",
                                                         "connection",
                                                         "keep-alive",
                                                         "te",
                                                         "trailer",
                                                         "upgrade",
                                                         "proxy-connection",
                                                         "expect",
                                                         "transfer-encoding",
                                                         "host",
                                                         "content-length",
                                                         "forwarded",
                                                         "x-forwarded-for",
                                                         "x-forwarded-host",
                                                         "x-forwarded-proto",
                                                         "x-real-ip",
                                                         "accept-encoding"};

// Entries of one id are told apart behind a slash (docs/manifest.md, `qualifier`): a plugin may say
// which of those it means that x-auth-id names.
bool is_refined(std::string_view id, std::string_view named) noexcept {
  return id.size() > named.size() && id.substr(0, named.size()) == named && id[named.size()] == '/';
}

bool hidden(std::string_view name, std::string_view connection) noexcept {
  for (const std::string_view h : kHiddenFields) {
    if (http::same_name(name, h)) return true;
  }
  // Connection names further hop-by-hop fields; a substring match hides at most too much.
  if (connection.empty()) return false;
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::search(connection.begin(), connection.end(), name.begin(), name.end(), same) !=
         connection.end();
}

}  // namespace

upstream::Timeouts to_upstream(const config::Timeouts& t) noexcept {
  return {t.connect_ms, t.tls_ms, t.first_byte_ms, t.idle_ms, t.total_ms};
}

Error to_error(const plugin::PluginError& e) {
  using enum ErrorCode;
  if ((e.flags & AIP_ERR_UNSUPPORTED) != 0) return {CallerUnsupported, e.message};
  if ((e.flags & AIP_ERR_TRUNCATED) != 0) return {ProviderTruncated, e.message};
  if ((e.flags & AIP_ERR_BAD_ANSWER) != 0) return {ProviderBadAnswer, e.message};
  if (e.http_status != 0) return {ProviderError, e.message};
  switch (e.code) {
    case AIP_E_INVALID:
      return {CallerBadRequest, e.message};
    case AIP_E_UNSUPPORTED:
      return {CallerUnsupported, e.message};
    case AIP_E_TIMEOUT:
      return {ProviderTimeoutTotal, e.message};
    case AIP_E_AUTH:
      return {ProviderNoCredential, e.message};
    case AIP_E_UPSTREAM:
      return {ProviderError, e.message};
    default:
      return {GatewayPlugin, e.message};
  }
}

Attempt::Attempt(AttemptTools& tools, AttemptAsk ask, AnswerSink& sink)
    : tools_(tools),
      ask_(std::move(ask)),
      sink_(sink),
      provider_(ask_.snapshot->providers[ask_.candidate->provider]) {}

Attempt::~Attempt() {
  end_session();
}

// Sockets first, so that the upstream sees the end even if the plugin is slow. An end that the
// plugin wanted is no cut: its WebSockets say goodbye.
void Attempt::end_session() noexcept {
  for (const auto& call : calls_) {
    if (auto leaving = finished_ ? call->take_leaving() : nullptr) {
      tools_.detached.see_off(std::move(leaving));
    }
  }
  drop_calls();
  if (session_) session_->end();
  session_.reset();
  session_event_ = false;
}

Status Attempt::start() {
  if (!provider_.instance) {
    if (!provider_.absence.empty()) {
      return Error{ErrorCode::GatewayQuarantine,
                   "provider " + provider_.config->name + ": " + provider_.absence};
    }
    return Error{ErrorCode::GatewayPlugin, "provider " + provider_.config->name + " has no plugin"};
  }
  session_ = provider_.instance->open(*this);
  fill_request();
  if (Status chosen = choose_credential(); !chosen) return chosen;
  return resolve_or_begin();
}

Status Attempt::resolve_or_begin() {
  if (!provider_.instance->has_resolve() || request_.credential.secret == 0) return begin_stream();
  resolution_ = tools_.resolved.find(identity(), tools_.scheduler.now_ns());
  if (resolution_) {
    if (resolution_->failure) return *resolution_->failure;
    return begin_stream();
  }
  wait_.emplace(static_cast<ResolveWait::Waker&>(*this));
  claim_ = tools_.resolved.claim(identity(), *wait_);
  if (!claim_) {
    phase_ = Phase::Waiting;
    return {};
  }
  return begin_resolve();
}

Status Attempt::begin_resolve() {
  phase_ = Phase::Resolving;
  stopped_ = false;
  if (!session_) session_ = provider_.instance->open(*this);
  plugin::PluginError error;
  if (Status begun = session_->resolve(request_, error); !begun) {
    plugin_error_ = std::move(error);
    claim_.reset();
    return plugin_error_->message.empty() ? std::move(begun).error() : to_error(*plugin_error_);
  }
  return {};
}

Status Attempt::begin_stream() {
  phase_ = Phase::Running;
  stopped_ = false;
  if (!session_) session_ = provider_.instance->open(*this);
  plugin::PluginError error;
  if (Status begun = session_->begin(request_, error); !begun) {
    plugin_error_ = std::move(error);
    return plugin_error_->message.empty() ? std::move(begun).error() : to_error(*plugin_error_);
  }
  return {};
}

std::string Attempt::identity() const {
  std::string key = provider_.config->name;
  key.append(1, '\n').append(credential_kind_).append(1, '\n');
  // A client's own secret is part of the identity; it stays in memory and is never printed.
  return key.append(credential_id_.empty() ? secret_ : credential_id_);
}

void Attempt::fill_request() {
  aip_request& r = request_;
  const http::RequestHead& head = *ask_.head;
  const std::string_view connection = head.headers.get("connection");
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    const http::Headers::Field field = head.headers[i];
    if (hidden(field.name, connection)) continue;
    visible_headers_.push_back({span_of(field.name), span_of(field.value), 0, 0});
  }
  r.operation = ask_.operation;
  r.dialect = ask_.dialect;
  r.flags = ask_.flags;
  r.attempt = ask_.number;
  r.model = span_of(ask_.candidate->model);
  r.asked_model = span_of(ask_.asked_model);
  r.body = span_of(ask_.body);
  r.members = ask_.members.data();
  r.member_count = ask_.members.size();
  r.method = span_of(head.method);
  r.path = span_of(ask_.path);
  r.query = span_of(head.query);
  r.headers = visible_headers_.data();
  r.header_count = visible_headers_.size();
  r.request_id = span_of(ask_.request_id);
  r.deadline_ns = ask_.deadline_ns;
}

// SPEC 4, Credentials: the client's own where policy lets it through; else the configured one that
// x-auth-id names, else the one that the body names (the plugin's select), else one of the pool.
Status Attempt::choose_credential() {
  aip_request& r = request_;
  aip_selection wish{};
  wish.struct_size = sizeof wish;
  wish.how = AIP_SELECT_CLIENT;
  wish.kind = span_of(ask_.snapshot->table->default_kind(ask_.candidate->provider));
  session_->select(r, wish);
  r.credential.struct_size = sizeof r.credential;
  if (wish.how == AIP_SELECT_NONE) return {};
  // ANY means a configured one: some services must never see what a client brought.
  if (ask_.client_credential && wish.how != AIP_SELECT_ANY) {
    credential_kind_ = std::string(ask_.client_credential->kind);
    secret_ = ask_.client_credential->value;
    r.credential.flags = AIP_CRED_CLIENT;
    r.credential.kind = span_of(credential_kind_);
    r.credential.secret = 1;
    return {};
  }
  credential_kind_ = std::string(view_of(wish.kind));
  if (credential_kind_.empty()) return {};  // the provider knows no credentials
  std::string id(view_of(wish.id));
  const auto named = ask_.head->headers.find("x-auth-id");
  if (named && !is_refined(id, *named)) id = std::string(*named);
  Result<std::size_t> picked =
      pick_credential(provider_.config->credentials, provider_.credentials, credential_kind_, id,
                      tools_.scheduler.now_ns(), tools_.random);
  if (!picked) return std::move(picked).error();
  const config::Credential& c = provider_.config->credentials[*picked];
  credential_id_ = c.id;
  credential_state_ = provider_.credentials[*picked];
  secret_ = c.secret.reveal();
  r.credential.kind = span_of(c.kind);
  r.credential.id = span_of(c.id);
  r.credential.secret = 1;
  r.credential.index = static_cast<std::uint32_t>(*picked);
  r.credential.extra = span_of(c.extra);
  return {};
}

Result<Progress> Attempt::pump() {
  if (phase_ != Phase::Running) return pump_resolve();
  if (Status pumped = pump_session(); !pumped) return std::move(pumped).error();
  if (!finished_) return Progress::Running;
  if (plugin_error_ && (plugin_error_->flags & AIP_ERR_AUTH) != 0 && refresh_resolution()) {
    if (Status again = resolve_or_begin(); !again) return std::move(again).error();
    return Progress::Running;
  }
  settle_credential();
  if (plugin_error_) return failure_of_plugin();
  return Progress::Done;
}

// What was cached may have expired before its time: once, and only if nothing was sent on.
bool Attempt::refresh_resolution() {
  if (!resolution_ || refreshed_ || !sink_.untouched()) return false;
  refreshed_ = true;
  tools_.resolved.forget(identity());
  resolution_.reset();
  plugin_error_.reset();
  finished_ = false;
  end_session();
  return true;
}

Result<Progress> Attempt::pump_resolve() {
  if (phase_ == Phase::Waiting) {
    if (wait_->linked()) return Progress::Running;  // still somebody else's
    if (Status next = resolve_or_begin(); !next) return std::move(next).error();
    return Progress::Running;
  }
  Status pumped = pump_session();
  if (!stopped_) {
    if (pumped) return Progress::Running;
    return std::move(pumped).error();
  }
  end_session();
  if (plugin_error_) {
    settle_credential();
    return failure_of_plugin();
  }
  if (Status begun = begin_stream(); !begun) return std::move(begun).error();
  return Progress::Running;
}

// Hands the session what is due: timers and posts, room to write, and its calls' events.
Status Attempt::pump_session() {
  if (session_event_ && !stopped_) {
    session_event_ = false;
    if (session_->deliver_wakes() < 0 && !stopped_) {
      return Error{ErrorCode::GatewayPlugin, "the plugin failed in on_wake"};
    }
  }
  if (was_blocked_ && !sink_.blocked() && !stopped_) {
    was_blocked_ = false;
    if (session_->on_writable() < 0 && !stopped_) {
      return Error{ErrorCode::GatewayPlugin, "the plugin failed in on_wake"};
    }
  }
  if (send_may_go_on() && !stopped_ && session_->on_writable() < 0 && !stopped_) {
    return Error{ErrorCode::GatewayPlugin, "the plugin failed in on_wake"};
  }
  // A callback may start or cancel calls, so the list may change while it is walked.
  for (std::size_t i = 0; i < calls_.size() && !stopped_; ++i) {
    Outbound& call = *calls_[i];
    if (call.pump(*session_, sink_, stopped_) == Pumped::Refused && !stopped_) {
      if (call.failure() != nullptr) return *call.failure();
      return Error{ErrorCode::GatewayPlugin, "the plugin failed in on_call"};
    }
  }
  forget_ended_calls();
  return {};
}

// A stream that lives long makes many calls; of those that are over only the primary one, which
// tells how the provider did, is kept.
void Attempt::forget_ended_calls() noexcept {
  std::erase_if(calls_, [this](const std::unique_ptr<Outbound>& call) {
    if (!call->ended() || call->primary()) return false;
    past_request_sent_ = past_request_sent_ || call->call().request_sent();
    tools_.metrics.count_call(provider_.config->name, call->outcome());
    if (auto leaving = call->take_leaving()) tools_.detached.see_off(std::move(leaving));
    return true;
  });
}

bool Attempt::send_may_go_on() noexcept {
  bool writable = false;
  for (const auto& call : calls_) writable = call->take_writable() || writable;
  return writable;
}

// A call that failed names the cause better than the plugin that was told of it.
Error Attempt::failure_of_plugin() const {
  if (plugin_error_->http_status == 0) {
    for (const auto& call : calls_) {
      if (call->primary() && call->failure() != nullptr) return *call->failure();
    }
  }
  return to_error(*plugin_error_);
}

void Attempt::settle_credential() noexcept {
  if (credential_state_ == nullptr) return;
  if (!plugin_error_) {
    credential_state_->worked();
    return;
  }
  const std::uint16_t flags = plugin_error_->flags;
  const Refusal why = (flags & AIP_ERR_QUOTA) != 0  ? Refusal::Quota
                      : (flags & AIP_ERR_AUTH) != 0 ? Refusal::Auth
                      : (flags & AIP_ERR_RATE) != 0 ? Refusal::Rate
                                                    : Refusal::None;
  credential_state_->refused(why, plugin_error_->retry_after_ms, tools_.scheduler.now_ns());
}

void Attempt::drop_calls() noexcept {
  for (const auto& call : calls_) {
    tools_.metrics.count_call(provider_.config->name, call->outcome());
  }
  calls_.clear();
}

void Attempt::cancel(std::uint32_t reason) noexcept {
  drop_calls();
  if (session_ && !stopped_) session_->cancel(reason);
  stopped_ = true;
}

bool Attempt::request_sent() const noexcept {
  return past_request_sent_ || std::any_of(calls_.begin(), calls_.end(), [](const auto& call) {
           return call->call().request_sent();
         });
}

int Attempt::upstream_status() const noexcept {
  for (const auto& call : calls_) {
    if (call->primary()) return call->status();
  }
  return 0;
}

Outbound* Attempt::find(std::uint32_t number) noexcept {
  for (const auto& call : calls_) {
    if (call->number() == number) return call.get();
  }
  return nullptr;
}

// ---- what the plugin asks for ------------------------------------------------------------------

void Attempt::on_session_event() noexcept {
  session_event_ = true;
  sink_.wake_exchange();
}

void Attempt::on_call_event() noexcept {
  sink_.wake_exchange();
}

aip_status Attempt::on_emit(std::span<const aip_event> events) noexcept {
  const aip_status status = sink_.take_events(events);
  if (status == AIP_BLOCKED) was_blocked_ = true;
  return status;
}

aip_status Attempt::on_emit_raw(std::span<const aip_span> pieces) noexcept {
  const aip_status status = sink_.take_raw(pieces);
  if (status == AIP_BLOCKED) was_blocked_ = true;
  return status;
}

aip_status Attempt::on_respond(std::int32_t status, std::span<const aip_header> headers) noexcept {
  return sink_.take_head(status, headers);
}

aip_status Attempt::on_finish(const plugin::PluginError* error) noexcept {
  if (phase_ != Phase::Running) return AIP_E_STATE;  // resolve() ends with resolved()
  finished_ = true;
  stopped_ = true;
  if (error != nullptr) plugin_error_ = *error;
  sink_.wake_exchange();
  return AIP_OK;
}

aip_status Attempt::add_headers(const aip_call& call, upstream::CallSpec& spec) {
  for (std::size_t i = 0; i < call.header_count; ++i) {
    const aip_header& h = call.headers[i];
    std::string value(view_of(h.value));
    if (h.secret != 0) {
      if (h.secret != 1 || secret_.empty()) return AIP_E_INVALID;
      value.append(secret_);
    }
    const std::string_view name = view_of(h.name);
    if (!http::valid_field_name(name) || !http::valid_field_value(value)) return AIP_E_INVALID;
    spec.headers.add(name, value);
  }
  if ((call.flags & AIP_CALLF_AUTH) != 0 && resolution_) {
    for (const auto& [name, value] : resolution_->headers) spec.headers.add(name, value);
  }
  return AIP_OK;
}

void Attempt::upload_of_forward(upstream::CallSpec& spec) const {
  const http::RequestHead& head = *ask_.head;
  spec.upgrade = head.upgrade_websocket;
  spec.body_streams = head.framing != http::Framing::None || spec.upgrade;
  spec.body_length =
      head.framing == http::Framing::Length ? static_cast<std::int64_t>(head.content_length) : -1;
}

aip_status Attempt::make_spec(const aip_call& call, upstream::CallSpec& spec) {
  spec.method = std::string(view_of(call.method));
  spec.url = std::string(view_of(call.url));
  Result<http::Url> url = http::parse_url(spec.url);
  if (!url) return AIP_E_INVALID;
  if (!ask_.snapshot->table->host_allowed(ask_.candidate->provider, url->host)) {
    observe::log(observe::Level::Warn, "plugin of provider " + provider_.config->name +
                                           " asked for a host that it may not call: " + url->host);
    return AIP_E_INVALID;
  }
  if (const aip_status added = add_headers(call, spec); added != AIP_OK) return added;
  for (std::size_t i = 0; i < call.body_count; ++i) spec.body.append(view_of(call.body[i]));
  spec.timeouts = ask_.timeouts;
  if (call.timeout_ms != 0) spec.timeouts.total_ms = call.timeout_ms;
  spec.replayable = (call.flags & AIP_CALLF_REPLAYABLE) != 0;
  spec.head_bytes_max = ask_.snapshot->config->limits.upstream_head_bytes;
  spec.identity.verify = provider_.config->tls_verify;
  spec.identity.ca_file = provider_.config->ca_file;
  spec.identity.proxy = provider_.config->proxy_url;
  spec.identity.credential = identity();
  if (call.kind == AIP_CALL_FORWARD) upload_of_forward(spec);
  return AIP_OK;
}

aip_status Attempt::on_call_start(const aip_call& call, std::uint32_t number) noexcept {
  upstream::CallSpec spec;
  if (const aip_status made = make_spec(call, spec); made != AIP_OK) return made;
  if ((call.flags & AIP_CALLF_DETACHED) != 0) {
    return tools_.detached.start(tools_.dialer, std::move(spec)) ? AIP_OK : AIP_E_OVERFLOW;
  }
  if (stopped_) return AIP_E_STATE;
  if (call.kind == AIP_CALL_FORWARD && ask_.operation != AIP_OP_FORWARD) return AIP_E_INVALID;
  Outbound::Plan plan;
  plan.number = number;
  plan.kind = call.kind;
  plan.decode = call.decode;
  plan.flags = call.flags | (call.kind == AIP_CALL_FORWARD ? AIP_CALLF_PRIMARY : 0);
  plan.delimiter = static_cast<char>(call.delimiter);
  plan.user = call.user;
  plan.max_event = ask_.snapshot->config->limits.event_bytes;
  if (call.max_event != 0) plan.max_event = std::min<std::size_t>(plan.max_event, call.max_event);
  if (call.kind == AIP_CALL_FORWARD) sink_.client().want_body();
  if (call.kind == AIP_CALL_WS) {
    calls_.push_back(open_websocket(plan, call, std::move(spec)));
  } else {
    calls_.push_back(std::make_unique<Outbound>(plan, tools_.dialer.start(std::move(spec), *this)));
  }
  sink_.wake_exchange();
  return AIP_OK;
}

// A WebSocket has no end of its own accord, so only the plugin's word bounds its whole time; the
// request that it serves has a deadline anyway.
std::unique_ptr<Outbound> Attempt::open_websocket(const Outbound::Plan& plan, const aip_call& call,
                                                  upstream::CallSpec spec) {
  upstream::WebSocketSpec socket;
  socket.call = std::move(spec);
  // A record may span messages, and a message may hold many records.
  socket.message_bytes_max = plan.decode == AIP_DECODE_MESSAGE
                                 ? plan.max_event
                                 : ask_.snapshot->config->limits.event_bytes;
  socket.total_ms = call.timeout_ms;
  upstream::CallOwner& owner = *this;
  return std::make_unique<Outbound>(
      plan, std::make_unique<upstream::WebSocketCall>(tools_.scheduler, tools_.random,
                                                      tools_.dialer, std::move(socket), owner));
}

aip_status Attempt::on_call_send(std::uint32_t number, std::span<const aip_span> pieces,
                                 std::uint32_t flags) noexcept {
  Outbound* call = find(number);
  return call == nullptr ? AIP_E_STALE : call->send(pieces, flags);
}

aip_status Attempt::on_call_flow(std::uint32_t number, bool pause) noexcept {
  Outbound* call = find(number);
  if (call == nullptr) return AIP_E_STALE;
  call->set_paused(pause);
  if (!pause) sink_.wake_exchange();
  return AIP_OK;
}

aip_status Attempt::on_call_cancel(std::uint32_t number) noexcept {
  const auto at = std::find_if(calls_.begin(), calls_.end(),
                               [&](const auto& call) { return call->number() == number; });
  if (at == calls_.end()) return AIP_E_STALE;
  // The plugin may cancel the very call whose event it handles, so the call dies after the turn.
  struct Grave final : Retired {
    explicit Grave(std::unique_ptr<Outbound> dead) : call(std::move(dead)) {}
    std::unique_ptr<Outbound> call;
  };
  (*at)->set_paused(true);
  tools_.metrics.count_call(provider_.config->name, (*at)->outcome());
  tools_.scheduler.retire(std::make_unique<Grave>(std::move(*at)));
  calls_.erase(at);
  return AIP_OK;
}

aip_status Attempt::on_unsupported(std::string_view pointer, std::string_view kind) noexcept {
  return sink_.judge_unsupported(pointer, kind);
}

std::string_view Attempt::on_capability(std::string_view name) noexcept {
  // The table's most specific entry stands last, so the last match wins.
  std::string_view found;
  for (const auto& [glob, json] : ask_.snapshot->config->capabilities) {
    if (route::glob_matches(glob, name)) found = json;
  }
  return found;
}

std::string_view Attempt::on_reveal(std::uint32_t secret) noexcept {
  return secret == 1 ? std::string_view(secret_) : std::string_view();
}

aip_status Attempt::on_resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                                const plugin::PluginError* error) noexcept {
  if (phase_ != Phase::Resolving || stopped_) return AIP_E_STATE;
  Resolved result;
  for (const aip_header& h : headers) {
    std::string value(view_of(h.value));
    if (h.secret == 1) value.append(secret_);
    if (!http::valid_field_name(view_of(h.name)) || !http::valid_field_value(value)) {
      return AIP_E_INVALID;
    }
    result.headers.emplace_back(std::string(view_of(h.name)), std::move(value));
  }
  const std::uint64_t now = tools_.scheduler.now_ns();
  result.expires_ns = now + ttl_ms * kMs;
  if (error != nullptr) {
    plugin_error_ = *error;
    result.failure = to_error(*error);
    result.expires_ns = now + kFailureMs * kMs;
  }
  resolution_ = std::make_shared<const Resolved>(result);
  claim_->settle(std::move(result));
  claim_.reset();
  stopped_ = true;
  sink_.wake_exchange();
  return AIP_OK;
}

}  // namespace aip::gateway
