// connection.h - one HTTP/1.1 connection with a client, request after request.
//
// Phases:  Reading   a head is awaited or half read
//          Running   a ClientStream is out; body bytes are parsed when the handler pulls them
//          Closing   the last answer is on its way; what still comes in is thrown away
// A pipelined request waits in the stream's buffer until the answer before it has ended. While one
// runs the connection keeps reading, so that a client that leaves is seen at once; a half-closed
// client counts as gone (FIN cannot be told from a close).
//
// Deadlines are absolute: head (from its first byte, or from accept), body (idle), keep-alive.
// Output is gathered and written once at the end of the turn: head, chunk size, bytes, chunk end.
// Memory: an idle connection holds no buffer.   Threads: the worker's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/server/server.h"

namespace aip::server {

// How long a closing connection may still send what nobody reads. Time is the bound, not bytes: a
// client that is in the middle of a body over the limit must find the 413 before it finds a reset.
inline constexpr std::uint64_t kLingerMs = 2'000;

class Http1Stream;

class Connection final : public Wakeable,
                         public Flushable,
                         public Retired,
                         public ListNode<ConnectionTag>,
                         private StreamOwner {
 public:
  Connection(Server& server, std::unique_ptr<ByteStream> stream, std::string peer,
             std::uint32_t listener);
  ~Connection() override;

  void start() noexcept { server_.scheduler_.wake(*this); }
  // Answers with a refusal and closes.
  void refuse(const Error& error);
  void drain();

 private:
  friend class Http1Stream;
  enum class Phase : std::uint8_t { Reading, Running, Closing, Closed };

  void on_stream_event() noexcept override { server_.scheduler_.wake(*this); }
  void advance() noexcept override;
  void flush() noexcept override;

  void read_head();
  void head_complete();
  void tell_stream();
  void tell_drained();
  void linger();
  void arm() noexcept;
  void deadline_passed();
  void close(bool reset);

  // For Http1Stream.
  void pull_body();
  void answer_ended();
  void next_request();
  void begin_closing();  // after an answer that left nothing of its request unread, at once
  void want_flush() noexcept { server_.scheduler_.flush_later(*this); }
  void body_moved() noexcept {
    deadline_ns_ = server_.scheduler_.now_ns() + server_.limits_.body_idle_ms * 1'000'000ULL;
  }
  [[nodiscard]] bool body_waits() const noexcept { return piece_size_ > 0; }
  [[nodiscard]] std::string_view date() { return server_.date(); }
  // Whether the connection may serve another request after this one.
  [[nodiscard]] bool stays_open() noexcept {
    keep_alive_ = keep_alive_ && !server_.draining_;
    return keep_alive_;
  }

  Server& server_;
  const std::unique_ptr<ByteStream> stream_;
  const std::string peer_;
  const std::uint32_t listener_;
  Alarm alarm_;
  http::RequestParser parser_;
  Http1Stream* request_ = nullptr;  // owned by the handler
  Phase phase_ = Phase::Reading;
  std::uint64_t deadline_ns_ = 0;  // of the phase
  bool keep_alive_ = true;
  bool head_begun_ = false;

  // The body's piece that was parsed and not yet taken: its place in stream_->readable().
  std::size_t piece_begin_ = 0, piece_size_ = 0, piece_framed_ = 0;
  bool body_ended_ = false;
  std::optional<Error> failure_;

  // The answer's bytes of this turn.
  std::string head_out_, body_out_;
  bool chunked_ = false;
  bool last_chunk_ = false;
  bool cut_ = false;               // reset after the flush
  bool lingers_ = false;           // the client may still send what nobody reads
  std::size_t queued_before_ = 0;  // when the closing deadline was last looked at
};

}  // namespace aip::server
