#include "core/observe/metrics.h"

#include <doctest/doctest.h>

using namespace aip::observe;

TEST_CASE("metrics: collected figures are read anew each time, and vanish with their source") {
  Metrics metrics;
  int reads = 0;
  metrics.collect_from([&](Sink& sink) {
    ++reads;
    sink.gauge("a_gauge", "A gauge.");
    if (reads == 1) sink.add({{"of", "x"}}, 1.5);
    sink.counter("a_total", "A counter.");
    sink.add({}, 2);
    sink.summary("a_seconds", "A summary.");
    sink.add_sum({}, 0.5, 3);
  });
  CHECK(reads == 0);
  const std::string first = metrics.render();
  CHECK(first.find("# HELP a_gauge A gauge.\n# TYPE a_gauge gauge\na_gauge{of=\"x\"} 1.5\n") !=
        std::string::npos);
  CHECK(first.find("# TYPE a_total counter\na_total 2\n") != std::string::npos);
  CHECK(first.find("# TYPE a_seconds summary\na_seconds_count 3\na_seconds_sum 0.5\n") !=
        std::string::npos);
  const std::string second = metrics.render();
  CHECK(second.find("a_gauge{") == std::string::npos);
  CHECK(second.find("# TYPE a_gauge gauge\n") != std::string::npos);
}

TEST_CASE("metrics: a label's value is escaped") {
  Metrics metrics;
  metrics.collect_from([](Sink& sink) {
    sink.gauge("g", "G.");
    sink.add({{"l", "a\"b\\c\nd"}}, 1);
  });
  CHECK(metrics.render().find("g{l=\"a\\\"b\\\\c\\nd\"} 1\n") != std::string::npos);
}
