#include "core/http/body_guard.h"

#include <algorithm>
#include <cstring>

#include "core/http/grammar.h"

namespace aip::http {
namespace {

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::size_t kChunkLineBytesMax =
    limits::kChunkSizeDigitsMax + limits::kChunkExtensionBytesMax + 2;

}  // namespace

void BodyGuard::begin(Framing framing, std::uint64_t length, std::uint64_t bytes_max,
                      ErrorCode malformed, ErrorCode too_large) {
  *this = BodyGuard();
  bytes_max_ = bytes_max;
  malformed_ = malformed;
  too_large_ = too_large;
  switch (framing) {
    case Framing::None:
      state_ = State::Ended;
      break;
    case Framing::Length:
      state_ = length == 0 ? State::Ended : State::Length;
      left_ = length;
      break;
    case Framing::Chunked:
      state_ = State::ChunkLine;
      break;
    case Framing::UntilClose:
      state_ = State::UntilClose;
      break;
  }
}

Status BodyGuard::count(std::size_t body_bytes) {
  taken_ += body_bytes;
  if (taken_ > bytes_max_) {
    return Error{too_large_, "The body is larger than " + std::to_string(bytes_max_) + " bytes."};
  }
  return {};
}

Result<BodyGuard::Piece> BodyGuard::next(Bytes& input) {
  Piece piece;
  switch (state_) {
    case State::Ended:
      piece.ended = true;
      return piece;
    case State::Length: {
      const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
      piece.data = piece.framed = input.substr(0, n);
      input.remove_prefix(n);
      left_ -= n;
      if (left_ == 0) state_ = State::Ended;
      if (Status counted = count(n); !counted) return std::move(counted).error();
      piece.ended = state_ == State::Ended;
      return piece;
    }
    case State::UntilClose: {
      piece.data = piece.framed = std::exchange(input, {});
      if (Status counted = count(piece.data.size()); !counted) return std::move(counted).error();
      return piece;
    }
    case State::ChunkLine:
    case State::ChunkData:
    case State::ChunkCr:
    case State::ChunkLf:
    case State::Trailer:
      return next_chunked(input);
  }
  return piece;
}

Result<BodyGuard::Piece> BodyGuard::next_chunked(Bytes& input) {
  Piece piece;
  const Bytes before = input;
  const auto taken = [&] { return before.substr(0, before.size() - input.size()); };
  while (!input.empty() || state_ == State::Ended) {
    switch (state_) {
      case State::ChunkLine: {
        Result<bool> line = take_line(input, kChunkLineBytesMax);
        if (!line) return std::move(line).error();
        if (!*line) break;
        if (Status ended = end_chunk_line(); !ended) return std::move(ended).error();
        break;
      }
      case State::ChunkData: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
        piece.data = input.substr(0, n);
        input.remove_prefix(n);
        left_ -= n;
        if (left_ == 0) state_ = State::ChunkCr;
        if (Status counted = count(n); !counted) return std::move(counted).error();
        piece.framed = taken();
        return piece;
      }
      case State::ChunkCr:
      case State::ChunkLf: {
        const char wanted = state_ == State::ChunkCr ? '\r' : '\n';
        if (input.front() != wanted) return bad("A chunk is not followed by CR LF.");
        input.remove_prefix(1);
        if (Status counted = count_overhead(1); !counted) return std::move(counted).error();
        state_ = state_ == State::ChunkCr ? State::ChunkLf : State::ChunkLine;
        break;
      }
      case State::Trailer: {
        Result<bool> line = take_line(input, limits::kTrailerBytesMax - trailer_);
        if (!line) return std::move(line).error();
        if (!*line) break;
        if (Status ended = end_trailer_line(); !ended) return std::move(ended).error();
        break;
      }
      case State::Ended:
        piece.framed = taken();
        piece.ended = true;
        return piece;
      case State::Length:
      case State::UntilClose:
        return piece;
    }
  }
  piece.framed = taken();
  return piece;
}

Status BodyGuard::count_overhead(std::size_t bytes) {
  overhead_ += bytes;
  if (overhead_ > limits::kFramingOverheadBytesMax + 8 * taken_) {
    return Error{malformed_, "The body's framing outweighs the body."};
  }
  return {};
}

Result<bool> BodyGuard::take_line(Bytes& input, std::size_t bytes_max) {
  const auto* lf = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
  const std::size_t n =
      lf != nullptr ? static_cast<std::size_t>(lf - input.data()) + 1 : input.size();
  if (line_.size() + n > bytes_max) {
    return bad(state_ == State::Trailer ? "The trailers are too large."
                                        : "A chunk's line is too long.");
  }
  line_.append(input.substr(0, n));
  input.remove_prefix(n);
  if (Status counted = count_overhead(n); !counted) return std::move(counted).error();
  if (lf == nullptr) return false;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    return bad("A line of the chunked body does not end with CR LF.");
  }
  line_.resize(line_.size() - 2);
  if (!is_field_text(line_)) return bad("The chunked body's framing holds a control character.");
  return true;
}

Status BodyGuard::end_chunk_line() {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  while (digits < line_.size() && hex(line_[digits]) >= 0) {
    if (digits == limits::kChunkSizeDigitsMax) return bad("A chunk's size has too many digits.");
    size = size * 16 + static_cast<std::uint64_t>(hex(line_[digits]));
    ++digits;
  }
  const std::size_t extension = line_.size() - digits;
  if (digits == 0 || (extension > 0 && line_[digits] != ';'))
    return bad("A chunk's size is malformed.");
  if (extension > limits::kChunkExtensionBytesMax) return bad("A chunk's extension is too long.");
  extensions_ += extension;
  if (extensions_ > limits::kChunkExtensionsBytesMax)
    return bad("The chunks' extensions are too long.");
  line_.clear();
  left_ = size;
  state_ = size == 0 ? State::Trailer : State::ChunkData;
  return {};
}

// Judged as a field would be, so that what llhttp makes of it cannot matter, and dropped.
Status BodyGuard::end_trailer_line() {
  trailer_ += line_.size() + 2;
  if (line_.empty()) {
    state_ = State::Ended;
    return {};
  }
  const std::size_t colon = line_.find(':');
  if (colon == std::string::npos || !is_token(std::string_view(line_).substr(0, colon))) {
    return bad("A trailer has no valid field name.");
  }
  line_.clear();
  return {};
}

}  // namespace aip::http
