#include "plugins/bing/errors.h"

#include <doctest/doctest.h>

using namespace aip;
using namespace aip::bing;

TEST_CASE("errors: a status keeps its meaning, and a redirect means a region without chat") {
  CHECK(failure_of_status(401, nullptr, 0).flags == AIP_ERR_AUTH);
  CHECK(failure_of_status(429, nullptr, 0).flags == AIP_ERR_RATE);
  CHECK(failure_of_status(503, nullptr, 0).flags == (AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE));
  CHECK(failure_of_status(500, nullptr, 0).flags == AIP_ERR_RETRYABLE);
  CHECK(failure_of_status(404, nullptr, 0).http_status == 404);
  CHECK(failure_of_status(204, nullptr, 0).http_status == 502);
  CHECK(failure_of_status(302, nullptr, 0).http_status == 403);
}

TEST_CASE("errors: retry-after is taken in whole seconds of sane size") {
  const auto after = [](std::string_view value) {
    const aip_header header{sdk::span("Retry-After"), sdk::span(value), 0, 0};
    return failure_of_status(429, &header, 1).retry_after_ms;
  };
  CHECK(after("7") == 7000);
  CHECK(after("86400") == 86'400'000);
  CHECK(after("86401") == 0);
  CHECK(after("Wed, 21 Oct 2026 07:28:00 GMT") == 0);
  CHECK(after("") == 0);
}
