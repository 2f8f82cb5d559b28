// hub.h - what the chat hub says in one turn, record by record. No I/O.
//
//     {}                       the handshake's answer; {"error"} refuses it
//     1  an update: messages so far, throttling       2  the result: the last messages, how it went
//     3  the invocation is over     6  a ping     7  the hub closes     others are skipped
//
// Of the messages only the bot's answer is text. Those with a messageType (searches, cards,
// progress) are side matter; a query for an image becomes the link that the service's own page
// opens, as in the first generation. An apology (contentOrigin) is Bing's own filter: it ends the
// answer as refused. The turn is done at the result; what comes behind it is not waited for.
//
// Threads: none.   Memory: a few copies of the last record's texts and lists (cut at 64), and the
// image queries so far (64 of 2 KiB).   Tests: tests/unit/bing/hub_test.cpp, tests/golden/bing
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cumulative.h"

namespace aip::bing {

class HubAnswer {
 public:
  enum class Step : std::uint8_t { Go, Ping, Done, Failed };

  HubAnswer(Shape shape, std::string base_url) : text_(shape), base_url_(std::move(base_url)) {}

  Step take(json::Value record);
  // Text that is new since the last call.
  [[nodiscard]] std::string take_text() { return std::exchange(new_text_, {}); }
  [[nodiscard]] const sdk::Failure& failure() const { return *failure_; }
  // Why it is done: Bing's filter took the answer back, or would not go on.
  [[nodiscard]] bool filtered() const noexcept { return filtered_ || text_.shrunk(); }
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }
  // Members for the client's block: suggestions, sources, throttling.
  void write_extras(json::Writer& out) const;

 private:
  enum class When : std::uint8_t { Update, Last };
  struct Source {
    std::string url, title;
  };

  Step update(json::Value record);
  Step result(json::Value item);
  Step fail(sdk::Failure failure);
  void take_messages(json::Value messages, When when);
  void take_message(json::Value message, When when);
  void take_image_query(json::Value message);
  void take_sides(json::Value message);
  void take_throttling(json::Value throttling);

  Cumulative text_;
  const std::string base_url_;
  std::string new_text_, refusal_;
  std::string last_id_, last_text_;  // of the answer, as seen last
  std::vector<std::string> image_queries_, suggestions_;
  std::vector<Source> sources_;
  std::optional<std::int64_t> asked_, asked_max_;
  std::optional<sdk::Failure> failure_;
  bool filtered_ = false;
};

// Is this the hub's consent to the handshake? Nothing: yes.
[[nodiscard]] std::optional<sdk::Failure> refused_handshake(json::Value record);

}  // namespace aip::bing
