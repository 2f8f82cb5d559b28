#include "core/http/body_reader.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/http/chars.h"
#include "core/http/chunk_extension.h"
#include "core/http/fields.h"

namespace aip::http {
namespace {

constexpr std::size_t kChunkLineBytesMax =
    limits::kChunkSizeDigitsMax + limits::kChunkExtensionBytesMax + 2;
constexpr Fault kChunkLineTooLong = malformed("a chunk line over its limit");
constexpr Fault kTrailersTooLong{FaultKind::HeadTooLarge, "trailers over their limit"};
constexpr Fault kBodyTooLarge{FaultKind::BodyTooLarge, "a body over its limit"};
constexpr Fault kDisagreement = malformed("framing that two readers read in two ways");

std::size_t count_hex(Bytes line) noexcept {
  std::size_t n = 0;
  while (n < line.size() && chars::is(line[n], chars::kHex)) ++n;
  return n;
}

bool frames_a_message(Bytes name) noexcept {
  return same_name(name, "content-length") || same_name(name, "transfer-encoding");
}

}  // namespace

void BodyReader::start(Framing framing, std::uint64_t length,
                       std::uint64_t body_bytes_max) noexcept {
  body_bytes_max_ = body_bytes_max;
  left_ = framing == Framing::Length ? length : 0;
  body_bytes_ = overhead_bytes_ = 0;
  extension_bytes_ = 0;
  piece_ = {};
  fault_ = {};
  lines_.clear();
  switch (framing) {
    case Framing::None:
      at_ = At::Done;
      break;
    case Framing::Length:
      at_ = At::Counted;
      AIP_DCHECK(length <= body_bytes_max);  // judged with the head
      break;
    case Framing::Chunked:
      at_ = At::ChunkLine;
      break;
    case Framing::UntilClose:
      at_ = At::ToClose;
      break;
  }
}

BodyReader::Step BodyReader::fail(const Fault& fault) noexcept {
  fault_ = fault;
  return Step::Failed;
}

BodyReader::Step BodyReader::next(Bytes& input) {
  Step step = Step::NeedMore;
  // Chunk lines and line ends between two pieces of the body are no event of their own.
  do {
    if (fault_) return Step::Failed;
    switch (at_) {
      case At::Counted:
      case At::ChunkData:
        return take_counted(input);
      case At::ToClose:
        return take_to_close(input);
      case At::ChunkLine:
        step = take_chunk_line(input);
        break;
      case At::ChunkEnd:
        step = take_chunk_end(input);
        break;
      case At::Trailers:
        step = take_trailer(input);
        break;
      case At::Done:
        return Step::End;
    }
  } while (step == Step::NeedMore && !input.empty());
  return step;
}

BodyReader::Step BodyReader::take_counted(Bytes& input) {
  if (left_ > 0) {
    if (input.empty()) return Step::NeedMore;
    piece_ =
        input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
    if (!witness_.body(piece_)) return fail(kDisagreement);
    input.remove_prefix(piece_.size());
    left_ -= piece_.size();
    if (left_ == 0 && at_ == At::ChunkData) at_ = At::ChunkEnd;
    return Step::Body;
  }
  if (!witness_.complete()) return fail(kDisagreement);
  at_ = At::Done;
  return Step::End;
}

BodyReader::Step BodyReader::take_to_close(Bytes& input) {
  if (input.empty()) return Step::NeedMore;
  const std::uint64_t room = body_bytes_max_ - body_bytes_;
  if (room == 0) return fail(kBodyTooLarge);
  piece_ = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room, input.size())));
  if (!witness_.body(piece_)) return fail(kDisagreement);
  body_bytes_ += piece_.size();
  input.remove_prefix(piece_.size());
  return Step::Body;
}

BodyReader::Step BodyReader::take_chunk_line(Bytes& input) {
  const LineReader::Taken taken = lines_.take(input, kChunkLineBytesMax, kChunkLineTooLong);
  if (taken.fault) return fail(taken.fault);
  if (!taken.complete) return Step::NeedMore;
  const Fault fault = judge_chunk_line(taken.line);
  lines_.clear();
  if (fault) return fail(fault);
  if (left_ == 0) {
    at_ = At::Trailers;
    return Step::NeedMore;
  }
  at_ = At::ChunkData;
  return input.empty() ? Step::NeedMore : take_counted(input);
}

// R7: the size, the extension, and what the framing costs in all.
Fault BodyReader::judge_chunk_line(Bytes line) {
  const std::size_t n = count_hex(line);
  if (n == 0 || n > limits::kChunkSizeDigitsMax) return malformed("a chunk size that is none");
  const Bytes digits = line.substr(0, n);
  const Bytes extension = line.substr(n);
  if (extension.size() > limits::kChunkExtensionBytesMax) return kChunkLineTooLong;
  if (!valid_chunk_extensions(extension)) return malformed("a malformed chunk extension");
  extension_bytes_ += extension.size();
  if (extension_bytes_ > limits::kChunkExtensionsBytesMax) {
    return malformed("chunk extensions over their limit");
  }
  std::uint64_t size = 0;
  for (const char c : digits) size = size * 16 + chars::hex_value(c);

  constexpr std::uint64_t kLineEnds = 4;  // behind the size and behind the chunk
  overhead_bytes_ += n + kLineEnds;
  if (overhead_bytes_ > limits::kFramingOverheadBytesMax + 8 * (body_bytes_ + size)) {
    return malformed("more chunk framing than a body can need");
  }
  if (size > body_bytes_max_ - body_bytes_) return kBodyTooLarge;
  if (!extension.empty()) lines_.cut_extension(extension.size());
  if (!witness_.chunk_line(lines_.block(), size)) return kDisagreement;
  body_bytes_ += size;
  left_ = size;
  return {};
}

BodyReader::Step BodyReader::take_chunk_end(Bytes& input) {
  if (lines_.block().empty() && input.starts_with("\r\n")) {  // nearly always
    input.remove_prefix(2);
    at_ = At::ChunkLine;
    return witness_.line_end() ? Step::NeedMore : fail(kDisagreement);
  }
  const LineReader::Taken taken =
      lines_.take(input, 2, malformed("chunk bytes without their line end"));
  if (taken.fault) return fail(taken.fault);
  if (!taken.complete) return Step::NeedMore;
  lines_.clear();
  if (!witness_.line_end()) return fail(kDisagreement);
  at_ = At::ChunkLine;
  return Step::NeedMore;
}

BodyReader::Step BodyReader::take_trailer(Bytes& input) {
  const LineReader::Taken taken = lines_.take(input, limits::kTrailerBytesMax, kTrailersTooLong);
  if (taken.fault) return fail(taken.fault);
  if (!taken.complete) return Step::NeedMore;
  if (taken.line.empty()) {
    lines_.clear();
    if (!witness_.line_end() || !witness_.complete()) return fail(kDisagreement);
    at_ = At::Done;
    return Step::End;
  }
  const std::optional<FieldLine> field = split_field(taken.line);
  if (!field) return fail(malformed("a malformed trailer"));
  if (frames_a_message(field->name)) return fail(malformed("a trailer that frames a message"));
  return Step::NeedMore;
}

BodyReader::Step BodyReader::finish() noexcept {
  if (fault_) return Step::Failed;
  if (at_ == At::Done) return Step::End;
  // Q4: llhttp is always asked.
  const bool good = witness_.finish();
  if (at_ != At::ToClose || !good) {
    return fail({FaultKind::Truncated, "the body ended early"});
  }
  at_ = At::Done;
  return Step::End;
}

}  // namespace aip::http
