// metrics.h - the metrics of DESIGN 9, on prometheus-cpp's core (registry and text form).
//
// One Metrics for the process. Figures come in two ways:
//   counted   what exchanges add up to. Counters are atomic, so workers add without a lock. Finding
//             the series of a label set takes prometheus-cpp's mutex, so each worker keeps the
//             series it has met (WorkerMetrics).
//   collected figures that others keep anyhow. A function writes them into a Sink at each render(),
//             so they cost nothing between, and a series whose object has gone is gone too.
// Each metric is of one way only. Labels are bounded: a model that no configuration names is
// "other". docs/metrics.md lists all of them.
// Threads: Metrics any, but render() and what it calls: the control thread; WorkerMetrics one.
// Tests: tests/unit/observe/metrics_test.cpp, tests/e2e/admin.test.mjs (the list in the docs)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace prometheus {
class Counter;
class Histogram;
}  // namespace prometheus

namespace aip::observe {

using Labels = std::map<std::string, std::string>;

// What collected figures are written into, one metric after the other. A metric without a series
// is named all the same, so that it is known before it happens.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void gauge(const std::string& name, const std::string& help) = 0;
  virtual void counter(const std::string& name, const std::string& help) = 0;
  // A series of the metric that was named last.
  virtual void add(const Labels& labels, double value) = 0;
  // A sum in seconds over so many events, without quantiles: "_sum" and "_count".
  virtual void summary(const std::string& name, const std::string& help) = 0;
  virtual void add_sum(const Labels& labels, double sum, std::uint64_t count) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The Prometheus text form (version 0.0.4).
  [[nodiscard]] std::string render() const;

  // Called at each render, for as long as the metrics live.
  void collect_from(std::function<void(Sink&)> collect);

  prometheus::Counter& counter(const std::string& name, const std::string& help,
                               const Labels& labels);
  // Buckets in seconds, from 1 ms to 300 s.
  prometheus::Histogram& seconds(const std::string& name, const std::string& help,
                                 const Labels& labels);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What one exchange was, for the metrics and for the access log.
struct ExchangeRecord {
  std::string request_id, peer, key_id, dialect, route, model, provider, upstream_model;
  std::string credential;  // its id, never its value
  std::string error_type;  // empty: none
  std::string finish;
  std::string metric_model;  // the model if the configuration names it, else "other"
  int status = 0;
  bool stream = false;
  std::uint32_t attempts = 0;
  std::uint64_t chunks = 0;
  std::uint64_t wall_ms = 0;
  std::uint64_t start_ns = 0, routed_ns = 0, first_byte_ns = 0, first_token_ns = 0, end_ns = 0;
  std::uint64_t upstream_ns = 0;  // what was spent waiting for the provider
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::int64_t tokens_in = -1, tokens_out = -1, tokens_cached = -1, tokens_reasoning = -1;
};

// One line of JSON, without the newline.
[[nodiscard]] std::string to_json(const ExchangeRecord& record);

class WorkerMetrics {
 public:
  explicit WorkerMetrics(Metrics& metrics) : metrics_(metrics) {}
  void count(const ExchangeRecord& record);
  void count_call(std::string_view provider, std::string_view outcome);
  void count_retry(std::string_view reason);
  Metrics& all() noexcept { return metrics_; }

 private:
  struct Series {
    prometheus::Counter* requests = nullptr;
    prometheus::Histogram* duration = nullptr;
    prometheus::Histogram* first_token = nullptr;
    prometheus::Histogram* overhead = nullptr;
    prometheus::Counter* chunks = nullptr;
    prometheus::Counter* tokens[4] = {};
  };
  Metrics& metrics_;
  std::unordered_map<std::string, Series> series_;
  std::unordered_map<std::string, prometheus::Counter*> plain_;
};

}  // namespace aip::observe
