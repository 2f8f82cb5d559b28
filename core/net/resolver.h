// resolver.h - host names to addresses, without ever holding up the loop.
//
// The system's own resolver does the work on libuv's threads. Answers are kept for kFreshMs; an
// older one (up to kStaleMs) is still given out at once while it is looked up anew, so that a slow
// or dead name server costs running services nothing. Look-ups for one name are joined into one.
// An IP literal is no name and never waits.
//
// Threads:  the loop's.
// Waiting:  a look-up has no deadline of its own: whoever started it has one and gives it up by
//           destroying it. What the thread finds later still goes into the cache.
// Memory:   at most kNamesMax names.
// Errors:   ProviderConnect.
// Tests:    tests/unit/net/resolver_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/list.h"
#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/net/address.h"
#include "core/net/loop.h"

namespace aip::net {

struct LookupTag;

// One wait for an answer; it wakes its owner when there is one. Destroying it ends the wait.
class Lookup final : public ListNode<LookupTag> {
 public:
  explicit Lookup(Wakeable& owner) noexcept : owner_(owner) {}
  // Nothing while the answer is awaited. Addresses have port 0 and are never none.
  [[nodiscard]] const std::optional<Result<std::vector<Address>>>& answer() const noexcept {
    return answer_;
  }

 private:
  friend class Resolver;
  Wakeable& owner_;
  std::optional<Result<std::vector<Address>>> answer_;
};

class Resolver final {
 public:
  static constexpr std::uint64_t kFreshMs = 30'000;
  static constexpr std::uint64_t kStaleMs = 600'000;
  static constexpr std::size_t kNamesMax = 1'000;

  explicit Resolver(Loop& loop) noexcept : loop_(loop) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The answer may be there at once. `owner` must outlive the look-up.
  [[nodiscard]] std::unique_ptr<Lookup> look_up(const std::string& host, Wakeable& owner);

  // How many questions went to the system, for tests.
  [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }

 private:
  struct Request;
  struct Name {
    std::vector<Address> addresses;  // the last good answer
    std::uint64_t asked_ns = 0;      // when it came
    Request* request = nullptr;      // under way
    List<Lookup, LookupTag> waiting;
  };

  void ask(const std::string& host, Name& name);
  void on_answer(Request& request, Result<std::vector<Address>> answer);
  void make_room();

  Loop& loop_;
  std::map<std::string, Name, std::less<>> names_;
  std::uint64_t asked_ = 0;
};

}  // namespace aip::net
