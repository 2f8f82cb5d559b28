#include "core/base/check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/http_story.h"

using namespace aip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // Small limits, so that they are met.
  http::ParserLimits limits;
  limits.head_bytes_max = 2048;
  limits.url_bytes_max = 256;
  limits.fields_max = 20;
  limits.body_bytes_max = 1024;
  const test::Story one = test::read_requests({fuzz::whole(data, size)}, limits);
  const test::Story many = test::read_requests(fuzz::cut_as_told(data, size), limits);
  AIP_CHECK(one.text == many.text);
  return 0;
}
