// exchange.cpp - the life of one request.
//
// Before an exchange exists, core/server has accepted a connection and read a head
// (server/connection.cpp), and gateway.cpp has found its route. From there on everything that
// happens to the request happens here, in this order:
//
//   Receive   the head is judged (key, Host); a dialect's body is read whole, a forward's is not
//      |
//   Route     who answers: a list of candidates (provider, model), the best first
//      |
//   Admit     may this key use that model, that forward?
//      |
//   Attempt   the next candidate: choose a credential, begin the plugin's stream   <---+
//      |                                                                              | Again
//   Relay     the attempt's calls feed the plugin, its events go to the client  -------+
//      |
//   Finish    complete or fail the answer, let go of the provider, write one record
//
// Who owns what: the Gateway owns the Exchange; the Exchange owns its ClientStream and its Attempt;
// the Attempt owns the plugin's Session and its upstream calls.
//
// Who may wake it: the client (bytes, gone, drained), a call, the plugin's timers and posts, and
// the one alarm, whose meaning depends on the stage. All of them only store and wake; advance() is
// the only place where a request moves, and it runs with no callback on the stack.
//
// A stage returns Next, Wait (somebody has promised to wake us), Again (from Relay back to Attempt,
// only while nothing was sent to the client), or an Error, which leads to Finish. Finish cannot
// fail.
//
// The head of the answer is held back until the provider's first event, so that a failure before
// it is a status; at most commit_after_ms for a stream. After the head, a failure is the dialect's
// own error event, or for bytes of another's making (a forward) the connection's reset.
#include "core/gateway/exchange.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/units.h"
#include "core/dialect/token_count.h"
#include "core/gateway/reply.h"
#include "core/gateway/spans.h"
#include "core/observe/log.h"

namespace aip::gateway {
namespace {

constexpr std::array<std::string_view, 7> kStageNames{"Receive", "Route",  "Admit", "Attempt",
                                                      "Relay",   "Finish", "Done"};

std::uint16_t operation_of(route::Operation operation) noexcept {
  switch (operation) {
    case route::Operation::Chat:
      return AIP_OP_CHAT;
    case route::Operation::CountTokens:
      return AIP_OP_COUNT_TOKENS;
    case route::Operation::Embeddings:
      return AIP_OP_EMBEDDINGS;
    case route::Operation::ListModels:
    case route::Operation::GetModel:
      return AIP_OP_MODELS;
    case route::Operation::Forward:
      return AIP_OP_FORWARD;
    case route::Operation::PluginRoute:
      return AIP_OP_ROUTE;
  }
  return AIP_OP_ROUTE;
}

}  // namespace

std::string_view stage_name(Stage stage) noexcept {
  return kStageNames[static_cast<std::size_t>(stage)];
}

Exchange::Exchange(ExchangeOwner& owner, AttemptTools& tools,
                   std::shared_ptr<const Snapshot> snapshot,
                   std::unique_ptr<server::ClientStream> client, std::string request_id,
                   route::Match match)
    : owner_(owner),
      tools_(tools),
      snapshot_(std::move(snapshot)),
      client_(std::move(client)),
      listener_((*snapshot_->listeners)[client_->listener()]),
      match_(std::move(match)),
      start_ns_(tools.scheduler.now_ns()),
      alarm_(tools.scheduler, *this) {
  client_->set_owner(this);
  record_.request_id = std::move(request_id);
  record_.peer = std::string(client_->peer_address());
  record_.route = match_.route;
  record_.dialect = std::string(dialect_name(match_.dialect));
  record_.metric_model = "other";
  record_.start_ns = start_ns_;
  record_.wall_ms = tools.scheduler.wall_ms();
}

Exchange::~Exchange() = default;

void Exchange::cut(Error why) noexcept {
  if (!cut_) cut_ = std::move(why);
  tools_.scheduler.wake(*this);
}

// ---- the machine -------------------------------------------------------------------------------

void Exchange::advance() noexcept {
  while (stage_ != Stage::Done) {
    if (stage_ != Stage::Finish) {
      if (const Error* interrupted = interruption()) {
        fail(*interrupted);
        continue;
      }
    }
    Result<Step> step = run();
    if (!step) {
      fail(std::move(step).error());
      continue;
    }
    switch (*step) {
      case Step::Wait:
        arm();
        return;
      case Step::Again:
        enter(Stage::Attempt);
        break;
      case Step::Next:
        enter(static_cast<Stage>(static_cast<int>(stage_) + 1));
        break;
    }
  }
}

Result<Exchange::Step> Exchange::run() {
  switch (stage_) {
    case Stage::Receive:
      return receive();
    case Stage::Route:
      return route();
    case Stage::Admit:
      return admit();
    case Stage::Attempt:
      return attempt();
    case Stage::Relay:
      return relay();
    case Stage::Finish:
      finish();
      return Step::Next;
    case Stage::Done:
      break;
  }
  return Step::Wait;
}

void Exchange::enter(Stage stage) noexcept {
  stage_ = stage;
  if (stage == Stage::Attempt && record_.routed_ns == 0) {
    record_.routed_ns = tools_.scheduler.now_ns();
  }
}

void Exchange::fail(Error error) noexcept {
  failure_ = std::move(error);
  enter(Stage::Finish);
}

const Error* Exchange::interruption() noexcept {
  if (cut_) return &*cut_;
  if (const Error* client = client_->failure()) return client;
  if (alarm_.take_fired()) {
    if (std::optional<Error> late = due()) {
      cut_ = std::move(late);
      return &*cut_;
    }
  }
  return nullptr;
}

// ---- Receive -----------------------------------------------------------------------------------

Result<Exchange::Step> Exchange::receive() {
  if (!authenticated_) {
    Result<const config::Key*> who =
        admit::authenticate(*snapshot_->config, listener_, client_->head());
    if (!who) return std::move(who).error();
    authenticated_ = true;
    key_ = *who;
    if (key_ != nullptr) record_.key_id = key_->id;
  }
  const bool needs_body = match_.operation == route::Operation::Chat ||
                          match_.operation == route::Operation::CountTokens ||
                          match_.operation == route::Operation::Embeddings ||
                          match_.operation == route::Operation::PluginRoute;
  if (!needs_body) return Step::Next;
  client_->want_body();
  while (!client_->body().empty()) {
    const Bytes bytes = client_->body();
    body_.append(bytes);
    client_->consume_body(bytes.size());
  }
  return client_->body_ended() ? Step::Next : Step::Wait;
}

// ---- Route -------------------------------------------------------------------------------------

Result<Exchange::Step> Exchange::route() {
  const bool dialect_body = is_chat() || match_.operation == route::Operation::CountTokens ||
                            match_.operation == route::Operation::Embeddings;
  if (dialect_body) {
    if (Status read = read_request(); !read) return std::move(read).error();
  }
  const std::string_view model = match_.model.empty() ? chat_.model : match_.model;
  record_.model = std::string(model);
  if (!is_chat()) chat_.stream = false;
  record_.stream = chat_.stream;
  Result<route::Plan> plan = snapshot_->table->plan(match_, chat_.provider, model,
                                                    tools_.random.u64(), tools_.next_turn++);
  if (!plan) return std::move(plan).error();
  plan_ = std::move(*plan);
  record_.metric_model = plan_.model_known ? record_.model : "other";
  return Step::Next;
}

// ---- Admit -------------------------------------------------------------------------------------

Result<Exchange::Step> Exchange::admit() {
  if (match_.operation == route::Operation::Forward) {
    Status may = admit::may_forward(key_, client_->head().method, client_->head().path);
    if (!may) return std::move(may).error();
  } else if (!record_.model.empty()) {
    Status may = admit::may_use_model(key_, record_.model);
    if (!may) return std::move(may).error();
  }
  // A virtual key never leaves the gateway; on an open listener the client may bring its own.
  if (key_ == nullptr) shown_ = route::shown_credential(client_->head());
  return Step::Next;
}

// ---- Attempt -----------------------------------------------------------------------------------

Result<Exchange::Step> Exchange::attempt() {
  const std::uint64_t now = tools_.scheduler.now_ns();
  if (now < not_before_ns_) return Step::Wait;
  const route::Candidate& candidate = plan_.candidates[attempts_ % plan_.candidates.size()];
  const WorkerProvider& provider = snapshot_->providers[candidate.provider];
  ++attempts_;
  record_.attempts = attempts_;
  record_.provider = provider.config->name;
  record_.upstream_model = candidate.model;
  attempt_ns_ = now;
  progress_ns_ = 0;
  const config::Timeouts timeouts = plan_.timeouts.value_or(provider.config->timeouts);
  idle_ms_ = timeouts.idle_ms;
  // A forward may be a tunnel or a long upload: its call's own timers watch it.
  if (match_.operation != route::Operation::Forward && attempts_ == 1) {
    total_deadline_ns_ = now + timeouts.total_ms * kMs;
  }

  const route::Dialect own = snapshot_->table->own_dialect(candidate.provider);
  AttemptAsk ask;
  ask.snapshot = snapshot_.get();
  ask.candidate = &candidate;
  ask.head = &client_->head();
  ask.path = match_.path.empty() ? std::string_view(client_->head().path) : match_.path;
  ask.operation = operation_of(match_.operation);
  ask.dialect = static_cast<std::uint16_t>(match_.dialect);
  ask.number = attempts_;
  ask.asked_model = record_.model;
  ask.request_id = record_.request_id;
  ask.timeouts = to_upstream(timeouts);
  ask.deadline_ns = total_deadline_ns_;
  ask.flags = chat_.stream ? AIP_REQ_STREAM | AIP_REQ_NEED_USAGE : 0;
  if (chat_.include_usage) ask.flags |= AIP_REQ_INCLUDE_USAGE;
  const bool native = snapshot_->table->is_native(candidate.provider, match_.dialect);
  if (native) ask.flags |= AIP_REQ_NATIVE;
  if (shown_ && route::client_credential_allowed(*provider.config, listener_.auth, *shown_,
                                                 match_.dialect, own, plan_.named)) {
    ask.client_credential = shown_;
  }
  begin_answer();
  ask.body = body_;
  ask.members = members_;
  translated_ = nullptr;
  if (!native) {
    if (Status made = translate_request(ask); !made) return std::move(made).error();
  }
  if (match_.operation == route::Operation::CountTokens &&
      !snapshot_->table->counts_tokens(candidate.provider)) {
    return estimate_tokens();
  }
  attempt_ =
      std::make_unique<gateway::Attempt>(tools_, std::move(ask), static_cast<AnswerSink&>(*this));
  if (Status started = attempt_->start(); !started) {
    return answer_failed(std::move(started).error());
  }
  return Step::Next;
}

void Exchange::begin_answer() {
  staged_.clear();
  plugin_headers_.clear();
  plugin_status_ = 0;
  has_event_ = false;
  dropped_.clear();
  if (!is_chat()) return;
  dialect::AnswerOptions options;
  options.stream = chat_.stream;
  options.include_usage = chat_.include_usage;
  options.framing = chat_.framing;
  options.shows_reasoning = chat_.shows_reasoning;
  options.model = record_.model;
  options.id = "chatcmpl-" + record_.request_id;
  options.created_s = record_.wall_ms / 1000;
  options.echo = chat_.echo;
  encoder_ = dialect::make_encoder(static_cast<dialect::Kind>(match_.dialect), options);
}

// ---- Relay -------------------------------------------------------------------------------------

Result<Exchange::Step> Exchange::relay() {
  Result<Progress> progress = attempt_->pump();
  if (!progress) return answer_failed(std::move(progress).error());
  if (*progress == Progress::Done) return end_answer();
  // One write a turn: what all events of this turn made visible leaves now, behind the head.
  if (!committed_ && has_event_ && chat_.stream) commit();
  return Step::Wait;
}

Result<Exchange::Step> Exchange::end_answer() {
  if (has_encoder() && !forwarded_ && plugin_status_ == 0) {
    if (encoder_->too_large()) {
      return answer_failed(Error{ErrorCode::ProviderTooLarge, "the whole answer"});
    }
    if (encoder_->finish() == 0) {
      return answer_failed(Error{ErrorCode::ProviderTruncated, "no terminal event"});
    }
    encoder_->end(out());
  } else if (!committed_ && plugin_status_ == 0 &&
             match_.operation != route::Operation::CountTokens) {
    return answer_failed(Error{ErrorCode::GatewayPlugin, "the plugin finished without an answer"});
  }
  if (match_.operation == route::Operation::CountTokens) {
    const auto tokens = static_cast<std::uint64_t>(std::max<std::int64_t>(record_.tokens_in, 0));
    staged_ = dialect::count_body(static_cast<dialect::Kind>(match_.dialect), tokens);
  }
  if (!committed_) commit();
  client_->end();
  return Step::Next;
}

Result<Exchange::Step> Exchange::answer_failed(Error error) {
  if (const plugin::PluginError* told = attempt_->provider_error()) provider_error_ = *told;
  // The provider's first content releases the head, also when the failure came in the same turn:
  // what was said (and is paid for) is passed on, and the failure is the stream's error event.
  if (chat_.stream && !committed_ && record_.first_token_ns != 0) commit();
  if (may_estimate()) return estimate_tokens();
  if (!may_try_again(error)) return error;
  tools_.metrics.count_retry(traits(error.code).name);
  record_.upstream_ns += tools_.scheduler.now_ns() - attempt_ns_;
  attempt_.reset();
  provider_error_.reset();
  const std::uint32_t doublings = std::min<std::uint32_t>(attempts_ - 1, 6);
  not_before_ns_ = tools_.scheduler.now_ns() + (plan_.retry.backoff_ms * kMs << doublings);
  return Step::Again;
}

// SPEC 4: a POST is repeated only where nothing was sent, unless the policy says more; never once
// the client has seen a byte, and never a body that was spliced.
bool Exchange::may_try_again(const Error& error) noexcept {
  using enum ErrorCode;
  if (committed_ || attempts_ >= plan_.retry.attempts) return false;
  if (match_.operation == route::Operation::Forward) return false;
  const config::Retry& retry = plan_.retry;
  if (error.code == ProviderConnect || error.code == ProviderTls ||
      error.code == ProviderTimeoutConnect || error.code == ProviderTimeoutTls) {
    return retry.on_connect && !attempt_->request_sent();
  }
  if (error.code == ProviderTimeoutFirstByte || error.code == ProviderTimeoutIdle) {
    return retry.on_timeout;
  }
  const int status = provider_error_ ? provider_error_->http_status : attempt_->upstream_status();
  if (status == 429) return retry.on_429;
  if (status == 529) return retry.on_529;
  if (status >= 500 || error.code == ProviderTruncated || error.code == ProviderProtocol) {
    return retry.on_5xx;
  }
  return false;
}

void Exchange::commit() {
  committed_ = true;
  http::Headers headers;
  if (plugin_status_ == 0) {
    headers.add("content-type", has_encoder() ? encoder_->content_type() : "application/json");
    if (chat_.stream) {
      headers.add("cache-control", "no-cache, no-transform");
      headers.add("x-accel-buffering", "no");
    }
  } else {
    for (std::size_t i = 0; i < plugin_headers_.size(); ++i) {
      headers.add(plugin_headers_[i].name, plugin_headers_[i].value);
    }
  }
  add_common_headers(headers);
  // A whole answer is complete when it is committed, so its length is known.
  const bool streamed = chat_.stream && plugin_status_ == 0;
  const std::int64_t length =
      streamed ? server::ClientStream::kUnknownLength : static_cast<std::int64_t>(staged_.size());
  client_->send_head(plugin_status_ == 0 ? 200 : plugin_status_, headers, length);
  record_.status = plugin_status_ == 0 ? 200 : plugin_status_;
  if (!staged_.empty()) client_->send_body(staged_);
  std::string().swap(staged_);
  sent_ns_ = tools_.scheduler.now_ns();
}

// A stream that is silent shows that it lives; the head itself is the first sign.
void Exchange::heartbeat() {
  if (!committed_) {
    commit();
  } else {
    encoder_->keep_alive(client_->body_out());
    sent_ns_ = tools_.scheduler.now_ns();
  }
}

// ---- time --------------------------------------------------------------------------------------

// One alarm an exchange. It may fire early, because progress moves deadlines without touching it:
// due() then finds nothing and arm() sets it anew.
void Exchange::arm() noexcept {
  std::uint64_t deadline = total_deadline_ns_;
  if (stage_ == Stage::Attempt) deadline = std::min(deadline, not_before_ns_);
  if (stage_ == Stage::Relay && has_encoder()) {
    const config::Limits& limits = snapshot_->config->limits;
    if (progress_ns_ != 0) deadline = std::min(deadline, progress_ns_ + idle_ms_ * kMs);
    if (chat_.stream) {
      deadline = std::min(deadline, committed_ ? sent_ns_ + limits.heartbeat_ms * kMs
                                               : start_ns_ + limits.commit_after_ms * kMs);
    }
  }
  if (deadline == UINT64_MAX) return alarm_.cancel();
  if (!alarm_.armed() || deadline < alarm_.deadline_ns()) alarm_.set(deadline);
}

std::optional<Error> Exchange::due() noexcept {
  const std::uint64_t now = tools_.scheduler.now_ns();
  if (now >= total_deadline_ns_) return Error{ErrorCode::ProviderTimeoutTotal, {}};
  if (stage_ != Stage::Relay || !has_encoder()) return std::nullopt;
  // A client that does not take what is there is no fault of the provider's.
  if (blocked()) {
    if (progress_ns_ != 0) progress_ns_ = now;
    return std::nullopt;
  }
  if (progress_ns_ != 0 && now >= progress_ns_ + idle_ms_ * kMs) {
    return Error{ErrorCode::ProviderTimeoutIdle, "no content"};
  }
  const config::Limits& limits = snapshot_->config->limits;
  const std::uint64_t sign =
      committed_ ? sent_ns_ + limits.heartbeat_ms * kMs : start_ns_ + limits.commit_after_ms * kMs;
  if (chat_.stream && now >= sign) heartbeat();
  return std::nullopt;
}

// ---- Finish ------------------------------------------------------------------------------------

void Exchange::finish() noexcept {
  alarm_.cancel();
  if (failure_) {
    const bool gone = failure_->code == ErrorCode::CallerGone;
    if (attempt_) attempt_->cancel(gone ? AIP_CANCEL_CLIENT_GONE : AIP_CANCEL_TIMEOUT);
    send_failure();
  }
  if (attempt_) record_.upstream_ns += tools_.scheduler.now_ns() - attempt_ns_;
  complete_record();
  attempt_.reset();
  owner_.exchange_done(*this, record_);
}

void Exchange::send_failure() {
  if (failure_->code == ErrorCode::CallerGone) {
    record_.status = committed_ ? record_.status : 499;
    return client_->abort();
  }
  const dialect::ErrorReply reply = reply_of_failure();
  if (committed_) {
    if (!has_encoder() || !chat_.stream || forwarded_) return client_->abort();
    encoder_->fail(reply, client_->body_out());
    return client_->end();
  }
  http::Headers headers;
  headers.add("content-type", "application/json");
  if (reply.retry_after_ms != 0) {
    headers.add("retry-after", std::to_string((reply.retry_after_ms + 999) / 1000));
    headers.add("retry-after-ms", std::to_string(reply.retry_after_ms));
  }
  if (plan_.retry.attempts > 1 && attempts_ >= plan_.retry.attempts) {
    headers.add("x-should-retry", "false");
  }
  add_common_headers(headers);
  const std::string body = dialect::error_body(static_cast<dialect::Kind>(match_.dialect), reply);
  const int status = reply.status;
  record_.status = status;
  client_->send_head(status, headers, static_cast<std::int64_t>(body.size()));
  client_->send_body(body);
  client_->end();
}

dialect::ErrorReply Exchange::reply_of_failure() const {
  dialect::ErrorReply reply = dialect::reply_for(*failure_);
  reply.request_id = record_.request_id;
  if (provider_error_) apply_provider_error(*provider_error_, *failure_, reply);
  // A plugin that read canonical chat names its members; the client knows its own.
  if (provider_error_ && translated_ != nullptr && reply.param.starts_with('/')) {
    const auto kind = static_cast<dialect::Kind>(match_.dialect);
    reply.param = dialect::client_pointer(kind, *translated_, reply.param);
  }
  return reply;
}

void Exchange::add_common_headers(http::Headers& headers) const {
  headers.add("x-request-id", record_.request_id);
  headers.add("request-id", record_.request_id);
  if (attempt_ && !attempt_->credential_id().empty()) {
    headers.add("x-auth-id", attempt_->credential_id());
  }
  if (estimated_) headers.add("x-aiproxy-estimated", "input_tokens");
  if (!dropped_.empty()) {
    std::string list;
    for (const std::string& pointer : dropped_) {
      if (!list.empty()) list += ", ";
      list += pointer;
    }
    headers.add("x-aiproxy-dropped", list);
  }
  add_cors(listener_, client_->head(), headers);
}

void Exchange::complete_record() noexcept {
  record_.end_ns = tools_.scheduler.now_ns();
  record_.bytes_in = client_->bytes_received();
  record_.bytes_out = client_->bytes_sent();
  if (attempt_) record_.credential = std::string(attempt_->credential_id());
  if (failure_) {
    record_.error_type = std::string(traits(failure_->code).name);
    if (observe::log_enabled(observe::Level::Debug)) {
      observe::log(observe::Level::Debug,
                   record_.request_id + " " + record_.error_type + ": " + failure_->detail);
    }
  }
}

}  // namespace aip::gateway
