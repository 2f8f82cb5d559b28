#include "core/observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>
#include <vector>

#include "core/base/json.h"
#include "core/base/units.h"

namespace aip::observe {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

double seconds_between(std::uint64_t from_ns, std::uint64_t to_ns) noexcept {
  return to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e9 : 0.0;
}

class FamilySink final : public Sink {
 public:
  explicit FamilySink(std::vector<prometheus::MetricFamily>& families) : families_(families) {}

  void gauge(const std::string& name, const std::string& help) override {
    families_.push_back({name, help, prometheus::MetricType::Gauge, {}});
  }
  void counter(const std::string& name, const std::string& help) override {
    families_.push_back({name, help, prometheus::MetricType::Counter, {}});
  }
  void summary(const std::string& name, const std::string& help) override {
    families_.push_back({name, help, prometheus::MetricType::Summary, {}});
  }
  void add(const Labels& labels, double value) override {
    prometheus::ClientMetric& metric = series(labels);
    metric.gauge.value = metric.counter.value = value;  // the family's type says which is meant
  }
  void add_sum(const Labels& labels, double sum, std::uint64_t count) override {
    prometheus::ClientMetric& metric = series(labels);
    metric.summary.sample_sum = sum;
    metric.summary.sample_count = count;
  }

 private:
  prometheus::ClientMetric& series(const Labels& labels) {
    prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    return metric;
  }

  std::vector<prometheus::MetricFamily>& families_;
};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  mutable std::mutex mutex;
  std::vector<std::function<void(Sink&)>> collectors;
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

std::string Metrics::render() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  FamilySink sink(families);
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& collect : state_->collectors) collect(sink);
  }
  return prometheus::TextSerializer().Serialize(families);
}

void Metrics::collect_from(std::function<void(Sink&)> collect) {
  const std::lock_guard lock(state_->mutex);
  state_->collectors.push_back(std::move(collect));
}

prometheus::Counter& Metrics::counter(const std::string& name, const std::string& help,
                                      const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
}

prometheus::Histogram& Metrics::seconds(const std::string& name, const std::string& help,
                                        const Labels& labels) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(state_->registry)
      .Add(labels, kSeconds);
}

void WorkerMetrics::count(const ExchangeRecord& r) {
  std::string key;
  key.reserve(64);
  for (const std::string* part : {&r.provider, &r.metric_model, &r.dialect, &r.error_type}) {
    key.append(*part).push_back('\n');
  }
  key.append(std::to_string(r.status));
  Series& s = series_[key];
  if (s.requests == nullptr) {
    const Labels target{{"provider", r.provider}, {"model", r.metric_model}};
    s.requests = &metrics_.counter("aiproxy_requests_total", "Exchanges, by how they ended.",
                                   {{"provider", r.provider},
                                    {"model", r.metric_model},
                                    {"dialect", r.dialect},
                                    {"status", std::to_string(r.status)},
                                    {"error_type", r.error_type}});
    s.duration = &metrics_.seconds("aiproxy_request_duration_seconds",
                                   "From the request's head to the end of the answer.", target);
    s.first_token = &metrics_.seconds("aiproxy_time_to_first_token_seconds",
                                      "From the request's head to the first content.", target);
    s.overhead = &metrics_.seconds("aiproxy_overhead_seconds",
                                   "What the gateway itself added to an exchange.", target);
    s.chunks = &metrics_.counter("aiproxy_stream_chunks_total",
                                 "Events with content that were streamed to clients.", target);
    static constexpr const char* kKinds[] = {"input", "output", "cache_read", "reasoning"};
    for (int i = 0; i < 4; ++i) {
      auto labels = target;
      labels["kind"] = kKinds[i];
      s.tokens[i] =
          &metrics_.counter("aiproxy_tokens_total", "Tokens, as providers told them.", labels);
    }
  }
  s.requests->Increment();
  const double total = seconds_between(r.start_ns, r.end_ns);
  s.duration->Observe(total);
  if (r.first_token_ns != 0) s.first_token->Observe(seconds_between(r.start_ns, r.first_token_ns));
  const double upstream = static_cast<double>(r.upstream_ns) / 1e9;
  s.overhead->Observe(total > upstream ? total - upstream : 0);
  if (r.chunks > 0) s.chunks->Increment(static_cast<double>(r.chunks));
  const std::int64_t tokens[] = {r.tokens_in, r.tokens_out, r.tokens_cached, r.tokens_reasoning};
  for (int i = 0; i < 4; ++i) {
    if (tokens[i] > 0) s.tokens[i]->Increment(static_cast<double>(tokens[i]));
  }
}

void WorkerMetrics::count_call(std::string_view provider, std::string_view outcome) {
  std::string key = "call\n";
  key.append(provider).append(1, '\n').append(outcome);
  prometheus::Counter*& c = plain_[key];
  if (c == nullptr) {
    c = &metrics_.counter("aiproxy_upstream_calls_total", "Calls to providers, by outcome.",
                          {{"provider", std::string(provider)}, {"outcome", std::string(outcome)}});
  }
  c->Increment();
}

void WorkerMetrics::count_retry(std::string_view reason) {
  prometheus::Counter*& c = plain_["retry\n" + std::string(reason)];
  if (c == nullptr) {
    c = &metrics_.counter("aiproxy_retries_total", "Further attempts of an exchange, by reason.",
                          {{"reason", std::string(reason)}});
  }
  c->Increment();
}

std::string to_json(const ExchangeRecord& r) {
  const auto ms = [](std::uint64_t from, std::uint64_t to) {
    return to > from ? static_cast<std::int64_t>((to - from) / kMs) : 0;
  };
  std::string out;
  out.reserve(512);
  json::Writer w(out);
  w.object().key("ts").unsigned_number(r.wall_ms).member("request_id", r.request_id);
  w.member("client", r.peer).member("dialect", r.dialect).member("route", r.route);
  if (!r.key_id.empty()) w.member("key_id", r.key_id);
  if (!r.model.empty()) w.member("model", r.model);
  if (!r.provider.empty()) w.member("provider", r.provider);
  if (!r.upstream_model.empty()) w.member("upstream_model", r.upstream_model);
  if (!r.credential.empty()) w.member("credential", r.credential);
  w.key("attempts").unsigned_number(r.attempts).key("status").number(r.status);
  if (!r.error_type.empty()) w.member("error_type", r.error_type);
  w.key("stream").boolean(r.stream);
  if (!r.finish.empty()) w.member("finish", r.finish);
  if (r.first_token_ns != 0) w.key("ttft_ms").number(ms(r.start_ns, r.first_token_ns));
  const std::uint64_t total = r.end_ns > r.start_ns ? r.end_ns - r.start_ns : 0;
  w.key("gateway_us").unsigned_number((total > r.upstream_ns ? total - r.upstream_ns : 0) / 1'000);
  w.key("upstream_ms").unsigned_number(r.upstream_ns / kMs);
  w.key("duration_ms").number(ms(r.start_ns, r.end_ns));
  if (r.tokens_in >= 0) w.key("tokens_in").number(r.tokens_in);
  if (r.tokens_out >= 0) w.key("tokens_out").number(r.tokens_out);
  if (r.tokens_cached >= 0) w.key("tokens_cached").number(r.tokens_cached);
  if (r.tokens_reasoning >= 0) w.key("tokens_reasoning").number(r.tokens_reasoning);
  w.key("bytes_in").unsigned_number(r.bytes_in).key("bytes_out").unsigned_number(r.bytes_out);
  w.key("chunks").unsigned_number(r.chunks).end_object();
  return out;
}

}  // namespace aip::observe
