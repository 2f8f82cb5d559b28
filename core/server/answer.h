// answer.h - one answer as HTTP/1 bytes: its head, the framing of its body, one write a turn.
//
// What a turn brings is gathered and framed once when it is flushed: one chunk, however many
// events it holds. The pieces go to ByteStream::write() as they are, so a body byte is copied
// nowhere between body() and the socket.
//
//     head            body ends by                     when
//     Length          Content-Length                   the handler knows it
//     Chunked         the last chunk                   it does not, HTTP/1.1
//     UntilClose      the connection's end             it does not, HTTP/1.0
//     Bodiless        the head                         HEAD, 204, 304
//     Raw             the connection's end             after a 101
//
// An answer that says more or less than its Content-Length must not look whole: complete() is
// false then, and the connection is cut.
// Threads: the connection's.   Memory: what one turn gathers, in strings borrowed from Spares.
// Tests: tests/unit/server/answer_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/stream.h"
#include "core/http/message.h"
#include "core/server/spares.h"

namespace aip::server {

// What the request says about its answer.
struct AnswerTo {
  bool head_only = false;  // HEAD
  int minor_version = 1;
};

enum class Persistence : std::uint8_t { Keep, Close };

class Answer {
 public:
  explicit Answer(Spares& spares) noexcept : spares_(spares) {}

  void begin(AnswerTo to) noexcept;
  void send_continue();
  // `length`: ClientStream::kUnknownLength or the body's. `keep` is what the connection would like.
  void send_head(int status, const http::Headers& headers, std::int64_t length, Persistence keep,
                 std::string_view date);
  [[nodiscard]] bool head_sent() const noexcept { return framing_ != Framing::None; }
  // To append to; thrown away where no body is due.
  [[nodiscard]] std::string& body();
  void end() noexcept;
  void become_raw() noexcept { framing_ = Framing::Raw; }

  // After send_head(): may another request follow?
  [[nodiscard]] Persistence persistence() const noexcept { return persistence_; }
  // After end(): is the answer what its head said?
  [[nodiscard]] bool complete() const noexcept;
  [[nodiscard]] bool overrun() const noexcept { return overrun_; }

  [[nodiscard]] bool has_output() const noexcept {
    return !head_.empty() || !body_.empty() || last_chunk_;
  }
  // Bytes that wait for flush().
  [[nodiscard]] std::size_t gathered() const noexcept { return head_.size() + body_.size(); }
  // Bytes of head and body since begin(), gathered ones included; framing is not counted.
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  // One write; returns the number of bytes given to the stream.
  std::size_t flush(ByteStream& stream);

 private:
  enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose, Bodiless, Raw };
  [[nodiscard]] Framing framing_for(int status, std::int64_t length) const noexcept;
  void drop_what_is_not_due();

  Spares& spares_;
  std::string head_, body_;
  std::uint64_t left_ = 0;  // of the Content-Length
  std::uint64_t sent_ = 0;
  AnswerTo to_;
  Framing framing_ = Framing::None;
  Persistence persistence_ = Persistence::Close;
  bool last_chunk_ = false;
  bool overrun_ = false;
};

}  // namespace aip::server
