#include "core/gateway/gateway.h"

#include <algorithm>

#include "core/gateway/model_list.h"
#include "core/gateway/reply.h"
#include "core/observe/ids.h"
#include "core/observe/log.h"

namespace aip::gateway {
namespace {

// The dialect of a path that matched no route, so that even a 404 is one that the client's SDK
// understands.
dialect::Kind kind_of_path(std::string_view path) noexcept {
  if (path.find("/messages") != std::string_view::npos) return dialect::Kind::Anthropic;
  const bool google = path.starts_with("/v1beta/") || path.find("enerateContent") != path.npos;
  return google ? dialect::Kind::Gemini : dialect::Kind::OpenAiChat;
}

// Whose client asks for the list of models: the path is the same for all but Google's /v1beta.
dialect::Kind kind_of_asker(const route::Match& match, const http::RequestHead& head) noexcept {
  const bool google = match.dialect == route::Dialect::Gemini ||
                      head.headers.find("x-goog-api-key") || head.headers.find("x-goog-api-client");
  if (google) return dialect::Kind::Gemini;
  if (head.headers.find("anthropic-version")) return dialect::Kind::Anthropic;
  return dialect::Kind::OpenAiChat;
}

// The snapshot with one provider's plugin alone: a background stream may run for months, and must
// not keep the other providers' old versions.
std::shared_ptr<const Snapshot> alone(const Snapshot& snapshot, std::uint32_t provider) {
  auto copy = std::make_shared<Snapshot>(snapshot);
  for (std::uint32_t i = 0; i < copy->providers.size(); ++i) {
    if (i != provider) copy->providers[i].instance = nullptr;
  }
  return copy;
}

}  // namespace

Gateway::Gateway(Scheduler& scheduler, Random& random, upstream::Dialer& dialer,
                 observe::Metrics& metrics, const Health& health)
    : health_(health), metrics_(metrics), detached_(scheduler), tools_{scheduler, random,
                                                                       dialer,    detached_,
                                                                       resolved_, metrics_} {}

Gateway::~Gateway() {
  background_.clear();
  while (!exchanges_.empty()) {
    const std::unique_ptr<Exchange> dead(&exchanges_.pop_front());
  }
}

void Gateway::set_snapshot(std::shared_ptr<const Snapshot> snapshot) noexcept {
  // What another instance resolved may rest on a credential that is not the same any more.
  if (snapshot_ && snapshot) {
    for (const WorkerProvider& old : snapshot_->providers) {
      const auto same =
          std::find_if(snapshot->providers.begin(), snapshot->providers.end(),
                       [&old](const WorkerProvider& now) { return now.instance == old.instance; });
      if (same == snapshot->providers.end()) resolved_.forget_all(old.config->name + "\n");
    }
  }
  snapshot_ = std::move(snapshot);
}

void Gateway::run_background() {
  const auto wanted = [this](std::uint32_t provider) {
    return snapshot_->providers[provider].instance && snapshot_->table->has_background(provider);
  };
  std::vector<std::unique_ptr<BackgroundStream>> before = std::move(background_);
  background_.clear();
  std::vector<std::uint32_t> missing;
  for (std::uint32_t i = 0; i < snapshot_->providers.size(); ++i) {
    if (!wanted(i)) continue;
    const auto same = std::find_if(before.begin(), before.end(), [&](const auto& stream) {
      return stream && &stream->instance() == snapshot_->providers[i].instance.get();
    });
    if (same == before.end()) {
      missing.push_back(i);
    } else {
      background_.push_back(std::move(*same));
    }
  }
  before.clear();
  for (const std::uint32_t provider : missing) {
    background_.push_back(
        std::make_unique<BackgroundStream>(tools_, alone(*snapshot_, provider), provider));
  }
}

void Gateway::visit(const std::function<void(const Exchange&)>& look) {
  exchanges_.for_each([&](const Exchange& exchange) { look(exchange); });
}

void Gateway::cut_all(const Error& why) noexcept {
  exchanges_.for_each([&](Exchange& exchange) { exchange.cut(why); });
}

void Gateway::exchange_done(Exchange& exchange, const observe::ExchangeRecord& record) noexcept {
  metrics_.count(record);
  observe::log_access(observe::to_json(record));
  exchange.ListNode<ExchangeTag>::unlink();
  running_.subtract(1);
  tools_.scheduler.retire(std::unique_ptr<Retired>(&exchange));
}

std::string Gateway::request_id_of(const http::RequestHead& head) {
  for (const std::string_view name : {"x-request-id", "x-client-request-id"}) {
    const std::string_view shown = head.headers.get(name);
    if (observe::sane_request_id(shown)) return std::string(shown);
  }
  return observe::make_request_id(tools_.scheduler.wall_ms(), tools_.random);
}

void Gateway::on_request(std::unique_ptr<server::ClientStream> stream) {
  if (answer_locally(*stream)) return;
  const http::RequestHead& head = stream->head();
  Result<route::Match> match = snapshot_->table->match(head.method, head.path);
  if (!match) return refuse(*stream, match.error(), kind_of_path(head.path));
  if (head.upgrade_websocket && match->operation != route::Operation::Forward) {
    const Error error{ErrorCode::CallerUpgradeRefused, {}};
    return refuse(*stream, error, static_cast<dialect::Kind>(match->dialect));
  }
  if (match->operation == route::Operation::ListModels ||
      match->operation == route::Operation::GetModel) {
    const config::Listener& listener = (*snapshot_->listeners)[stream->listener()];
    const auto who = admit::authenticate(*snapshot_->config, listener, head);
    const dialect::Kind kind = kind_of_asker(*match, head);
    if (!who) return refuse(*stream, who.error(), kind);
    return answer_models(*stream, *match, kind);
  }
  std::string id = request_id_of(head);
  auto exchange = std::make_unique<Exchange>(static_cast<ExchangeOwner&>(*this), tools_, snapshot_,
                                             std::move(stream), std::move(id), std::move(*match));
  exchange->start();
  exchanges_.push_back(*exchange.release());
  running_.add(1);
}

void Gateway::on_refused(const Error& error, std::string_view peer) {
  observe::ExchangeRecord record;
  record.request_id = observe::make_request_id(tools_.scheduler.wall_ms(), tools_.random);
  record.peer = std::string(peer);
  record.dialect = "none";
  record.metric_model = "other";
  record.status = traits(error.code).status;
  record.error_type = std::string(traits(error.code).name);
  record.wall_ms = tools_.scheduler.wall_ms();
  record.start_ns = record.end_ns = tools_.scheduler.now_ns();
  metrics_.count(record);
  observe::log_access(observe::to_json(record));
}

std::string Gateway::refusal_body(const Error& error, std::string_view path) {
  return dialect::error_body(kind_of_path(path), dialect::reply_for(error));
}

void Gateway::refuse(server::ClientStream& stream, const Error& error, dialect::Kind kind) {
  dialect::ErrorReply reply = dialect::reply_for(error);
  reply.request_id = request_id_of(stream.head());
  on_refused(error, stream.peer_address());
  send_json(stream, reply.status, dialect::error_body(kind, reply), reply.request_id);
}

void Gateway::send_json(server::ClientStream& stream, int status, std::string_view body,
                        std::string_view request_id) {
  http::Headers headers;
  headers.add("content-type", "application/json");
  headers.add("x-request-id", request_id);
  headers.add("request-id", request_id);
  if (status == 426) headers.add("upgrade", "HTTP/1.1");
  add_cors((*snapshot_->listeners)[stream.listener()], stream.head(), headers);
  stream.send_head(status, headers, static_cast<std::int64_t>(body.size()));
  if (stream.head().method != "HEAD") stream.send_body(body);
  stream.end();
}

bool Gateway::answer_locally(server::ClientStream& stream) {
  const http::RequestHead& head = stream.head();
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (reads && head.path == "/ping") {
    send_json(stream, 200, R"({"ping":"ok"})", request_id_of(head));
  } else if (reads && (head.path == "/healthz" || head.path == "/health")) {
    send_json(stream, 200, R"({"status":"alive"})", request_id_of(head));
  } else if (reads && head.path == "/readyz") {
    const bool draining = health_.draining.load(std::memory_order_relaxed);
    const bool ready = health_.ready.load(std::memory_order_relaxed) && !draining;
    send_json(stream, ready ? 200 : 503,
              ready      ? R"({"status":"ready"})"
              : draining ? R"({"status":"not ready","reasons":["draining"]})"
                         : R"({"status":"not ready","reasons":["starting"]})",
              request_id_of(head));
  } else if (reads && head.path == "/") {
    send_json(stream, 200, R"({"name":"aiproxy"})", request_id_of(head));
  } else if (is_preflight(head)) {
    http::Headers headers;
    add_cors((*snapshot_->listeners)[stream.listener()], head, headers);
    stream.send_head(headers.empty() ? 403 : 204, headers, 0);
    stream.end();
  } else {
    return false;
  }
  return true;
}

void Gateway::answer_models(server::ClientStream& stream, const route::Match& match,
                            dialect::Kind kind) {
  const auto& models = snapshot_->table->models();
  if (match.operation == route::Operation::ListModels) {
    return send_json(stream, 200, model_list(kind, models), request_id_of(stream.head()));
  }
  const auto at = std::find_if(models.begin(), models.end(),
                               [&](const auto& entry) { return entry.id == match.model; });
  if (at == models.end()) {
    return refuse(stream, Error{ErrorCode::PolicyModelUnknown, {}}, kind);
  }
  send_json(stream, 200, model_entry(kind, *at), request_id_of(stream.head()));
}

}  // namespace aip::gateway
