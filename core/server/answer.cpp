#include "core/server/answer.h"

#include <array>

#include "core/http/write.h"

namespace aip::server {

void Answer::begin(AnswerTo to) noexcept {
  to_ = to;
  left_ = sent_ = 0;
  framing_ = Framing::None;
  persistence_ = Persistence::Close;
  last_chunk_ = overrun_ = false;
}

void Answer::send_continue() {
  if (head_.empty()) head_ = spares_.borrow_string();
  head_.append(http::kContinue);
}

Answer::Framing Answer::framing_for(int status, std::int64_t length) const noexcept {
  if (status == 101) return Framing::Raw;
  if (to_.head_only || status == 204 || status == 304) return Framing::Bodiless;
  if (length >= 0) return Framing::Length;
  return to_.minor_version == 1 ? Framing::Chunked : Framing::UntilClose;
}

void Answer::send_head(int status, const http::Headers& headers, std::int64_t length,
                       Persistence keep, std::string_view date) {
  AIP_CHECK(!head_sent());
  framing_ = framing_for(status, length);
  persistence_ =
      framing_ == Framing::UntilClose || framing_ == Framing::Raw ? Persistence::Close : keep;
  left_ = framing_ == Framing::Length ? static_cast<std::uint64_t>(length) : 0;
  if (head_.empty()) head_ = spares_.borrow_string();
  http::write_status_line(head_, status);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    http::write_field(head_, headers[i].name, headers[i].value);
  }
  http::write_field(head_, "date", date);
  // HEAD and 304 tell the length that a GET would have had (RFC 9110 8.6); 1xx and 204 may not.
  const bool may_tell =
      framing_ == Framing::Length || (framing_ == Framing::Bodiless && status != 204);
  if (may_tell && length >= 0) {
    http::write_field(head_, "content-length", std::to_string(length));
  }
  if (framing_ == Framing::Chunked) http::write_field(head_, "transfer-encoding", "chunked");
  if (framing_ == Framing::Raw) {
    http::write_field(head_, "connection", "upgrade");
  } else if (persistence_ == Persistence::Close) {
    http::write_field(head_, "connection", "close");
  } else if (to_.minor_version == 0) {
    http::write_field(head_, "connection", "keep-alive");
  }
  http::end_head(head_);
}

std::string& Answer::body() {
  if (body_.empty()) body_ = spares_.borrow_string();
  return body_;
}

// Idempotent: what is not due is gone after the first time.
void Answer::drop_what_is_not_due() {
  if (framing_ == Framing::None || framing_ == Framing::Bodiless) body_.clear();
  if (framing_ == Framing::Length && body_.size() > left_) {
    body_.resize(static_cast<std::size_t>(left_));
    overrun_ = true;
  }
}

void Answer::end() noexcept {
  last_chunk_ = framing_ == Framing::Chunked;
  drop_what_is_not_due();
}

bool Answer::complete() const noexcept {
  if (framing_ == Framing::Length) return left_ == body_.size() && !overrun_;
  return head_sent();
}

std::uint64_t Answer::bytes() const noexcept {
  return sent_ + gathered();
}

std::size_t Answer::flush(ByteStream& stream) {
  drop_what_is_not_due();
  if (framing_ == Framing::Length) left_ -= body_.size();
  std::string size_line;  // short enough never to be allocated
  std::array<Bytes, 5> pieces;
  std::size_t n = 0;
  if (!head_.empty()) pieces[n++] = head_;
  if (!body_.empty()) {
    const bool chunked = framing_ == Framing::Chunked;
    if (chunked) {
      http::write_chunk_size(size_line, body_.size());
      pieces[n++] = size_line;
    }
    pieces[n++] = body_;
    if (chunked) pieces[n++] = http::kChunkEnd;
  }
  if (last_chunk_) pieces[n++] = http::kLastChunk;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < n; ++i) bytes += pieces[i].size();
  if (n > 0) stream.write(std::span(pieces.data(), n));
  sent_ += gathered();
  last_chunk_ = false;
  spares_.give_back(head_);
  spares_.give_back(body_);
  return bytes;
}

}  // namespace aip::server
