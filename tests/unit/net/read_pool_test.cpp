#include "core/net/read_pool.h"

#include <doctest/doctest.h>

#include <cstring>

using namespace aip;
using namespace aip::net;

namespace {

// As a socket would: the bytes stand in the shared slab.
void arrive(ReadPool& pool, ReadQueue& queue, char fill, std::size_t n) {
  std::memset(pool.shared(), fill, n);
  queue.take_shared(n);
}

std::string drain(ReadQueue& queue, std::size_t step) {
  std::string all;
  while (queue.size() > 0) {
    const Bytes piece = queue.front().substr(0, step);
    REQUIRE_FALSE(piece.empty());
    all.append(piece);
    queue.consume(piece.size());
  }
  return all;
}

}  // namespace

TEST_CASE("read_queue: small reads are copied, so the shared slab stays where it is") {
  ReadPool pool;
  ReadQueue queue(pool);
  const char* shared = pool.shared();

  arrive(pool, queue, 'a', 200);
  arrive(pool, queue, 'b', 100);

  CHECK(pool.shared() == shared);
  CHECK(queue.front() == std::string(200, 'a') + std::string(100, 'b'));
}

TEST_CASE("read_queue: a large read into an empty queue takes the slab and gives it back") {
  ReadPool pool;
  ReadQueue queue(pool);
  const char* shared = pool.shared();

  arrive(pool, queue, 'a', limits::kReadSlabBytes);

  CHECK(queue.front().data() == shared);
  CHECK(pool.shared() != shared);
  queue.consume(limits::kReadSlabBytes);
  static_cast<void>(pool.hand_over());
  CHECK(pool.shared() == shared);
}

TEST_CASE("read_queue: bytes keep their order through slab and string, whatever is consumed") {
  for (const std::size_t step : {1UL, 7UL, 1000UL, 70'000UL}) {
    ReadPool pool;
    ReadQueue queue(pool);
    std::string expected;
    std::string got;
    char fill = 'a';
    for (const std::size_t n : {10UL, 65'536UL, 40'000UL, 3UL, 65'536UL, 1UL}) {
      arrive(pool, queue, fill, n);
      expected.append(n, fill++);
      const std::string some(queue.front().substr(0, n / 3));
      queue.consume(some.size());
      got += some;
    }
    got += drain(queue, step);

    CHECK(got == expected);
    CHECK(queue.front().empty());
  }
}

TEST_CASE("read_queue: strings are borrowed, so the next stream uses the last one's memory") {
  ReadPool pool;
  ReadQueue first(pool);
  ReadQueue second(pool);
  arrive(pool, first, 'a', 1000);
  const char* memory = first.front().data();
  first.consume(1000);

  arrive(pool, second, 'b', 900);

  CHECK(second.front().data() == memory);
}
