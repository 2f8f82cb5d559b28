// spares.h - the parsers and buffers that idle connections do not hold.
//
// A connection borrows a parser while a request comes in, and strings only within a turn, from the
// first byte that is gathered to the flush. So ten thousand idle or silent connections cost no
// buffer, and a busy one allocates nothing for each chunk.
// Threads: the server's.   Memory: kParsersMax parsers and kStringsMax strings wait for use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/http/parser.h"

namespace aip::server {

class Spares {
 public:
  // Which limits a parser was made with rides along with it.
  struct Drop {
    std::uint32_t age = 0;
    void operator()(http::RequestParser* parser) const noexcept { delete parser; }
  };
  using ParserPtr = std::unique_ptr<http::RequestParser, Drop>;

  explicit Spares(const http::ParserLimits& limits) : limits_(limits) {}

  // For the messages to come; a parser that is out ends its own by the old limits.
  void set_limits(const http::ParserLimits& limits) {
    limits_ = limits;
    ++age_;
    parsers_.clear();
  }

  [[nodiscard]] ParserPtr borrow_parser() {
    if (parsers_.empty()) return ParserPtr(new http::RequestParser(limits_), Drop{age_});
    ParserPtr parser = std::move(parsers_.back());
    parsers_.pop_back();
    return parser;
  }
  // A parser that has seen the end of its message; one that failed in its midst is not for reuse.
  void give_back(ParserPtr parser) {
    if (parsers_.size() == kParsersMax || parser.get_deleter().age != age_) return;
    parser->reset();
    parsers_.push_back(std::move(parser));
  }

  [[nodiscard]] std::string borrow_string() {
    if (strings_.empty()) return {};
    std::string string = std::move(strings_.back());
    strings_.pop_back();
    return string;
  }
  void give_back(std::string& taken) {
    std::string string = std::exchange(taken, {});
    if (string.capacity() <= std::string().capacity()) return;  // it never allocated
    if (string.capacity() > kStringBytesMax || strings_.size() == kStringsMax) return;
    string.clear();
    strings_.push_back(std::move(string));
  }

 private:
  static constexpr std::size_t kParsersMax = 64;
  static constexpr std::size_t kStringsMax = 64;
  static constexpr std::size_t kStringBytesMax = 32 * 1024;
  http::ParserLimits limits_;
  std::uint32_t age_ = 0;
  std::vector<ParserPtr> parsers_;
  std::vector<std::string> strings_;
};

}  // namespace aip::server
