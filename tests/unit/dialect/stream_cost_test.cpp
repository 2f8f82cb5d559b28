// What a piece of text costs on its way into a stream: the figure of PERF, and no allocation. The
// time is the processor's, so that it says the same on a machine that is busy.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>

#include "tests/unit/dialect/support.h"

namespace {
std::size_t allocations = 0;
}

// Counted for the whole program; only differences are looked at. The sanitizers have an operator
// new of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

using namespace aip::test;  // NOLINT: short names read better in a table

// Allocations of 100,000 pieces of text, told in turns of a hundred.
std::size_t cost_of_text(aip::dialect::AnswerEncoder& encoder, const char* whose) {
  constexpr int kEvents = 100'000;
  constexpr int kBatch = 100;
  const aip_event piece = event::escaped(event::text(" words \\u00e9"));
  std::string out;
  encoder.event(event::start("chatcmpl-C1KMJC4uUHgeJ4A0e8jM8wufrmdxX", "gpt-4o-2024-08-06"), out);
  encoder.event(piece, out);
  out.reserve(64 * 1024);

  const std::size_t before = allocations;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < kEvents / kBatch; ++i) {
    out.clear();
    for (int j = 0; j < kBatch; ++j) encoder.event(piece, out);
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const std::size_t allocated = allocations - before;
  std::printf("dialect: a piece of text into %s stream: %.0f ns, %zu allocations in %d\n", whose,
              seconds * 1e9 / kEvents, allocated, kEvents);
  return allocated;
}

TEST_CASE("stream: a piece of text allocates nothing") {
  using aip::dialect::Kind;
  using aip::dialect::make_encoder;
  CHECK(cost_of_text(*make_encoder(Kind::OpenAiChat, options_of(true, true)), "OpenAI's") == 0);
  CHECK(cost_of_text(*make_encoder(Kind::Anthropic, options_of(true)), "Anthropic's") == 0);
  CHECK(cost_of_text(*make_encoder(Kind::Gemini, options_of(true)), "Gemini's") == 0);
}

// The last event repeats the whole answer, so its text is kept: memory that grows by doubling. What
// a piece of an answer of this length costs here beyond twice OpenAI's is the kernel's, for that
// memory; in an answer of a thousand pieces it is not seen.
TEST_CASE("stream: a piece of text into Responses allocates only to keep the text") {
  using aip::dialect::Kind;
  const auto encoder = aip::dialect::make_encoder(Kind::OpenAiResponses, options_of(true));
  CHECK(cost_of_text(*encoder, "a Responses") <= 24);
}
