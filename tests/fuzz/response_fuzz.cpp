#include "core/base/check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/http_story.h"

using namespace aip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // The last byte picks the question that was asked.
  const test::Question questions[] = {
      {"GET", false}, {"HEAD", false}, {"CONNECT", false}, {"GET", true}};
  const test::Question& question = questions[data[size - 1] % 4];
  http::ParserLimits limits = http::ParserLimits::for_answers();
  limits.head_bytes_max = 2048;
  limits.fields_max = 20;
  limits.body_bytes_max = 1024;
  const auto read = [&](const test::Pieces& pieces) {
    return test::read_answer(pieces, test::Then::Ends, question, limits).text;
  };
  AIP_CHECK(read({fuzz::whole(data, size)}) == read(fuzz::cut_as_told(data, size)));
  return 0;
}
