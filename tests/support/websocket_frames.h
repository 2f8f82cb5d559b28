// websocket_frames.h - frames as a server writes them, right or wrong, and a reader of a client's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace aip::test {

inline constexpr int kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;

struct FrameLook {
  bool fin = true;
  int rsv = 0;
  bool masked = false;
  std::uint64_t announced = UINT64_MAX;  // another length than the payload's
  int length_bytes = 0;                  // 2 or 8 though fewer would do
};

inline std::string frame(int opcode, Bytes payload, const FrameLook& look = {}) {
  std::string out;
  out.push_back(static_cast<char>((look.fin ? 0x80 : 0) | look.rsv << 4 | opcode));
  const std::uint64_t n = look.announced != UINT64_MAX ? look.announced : payload.size();
  const int length_bytes = look.length_bytes != 0 ? look.length_bytes
                           : n < 126              ? 0
                           : n < 65536            ? 2
                                                  : 8;
  const int mask = look.masked ? 0x80 : 0;
  out.push_back(static_cast<char>(mask | (length_bytes == 0   ? static_cast<int>(n)
                                          : length_bytes == 2 ? 126
                                                              : 127)));
  for (int i = length_bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(n >> (8 * i) & 0xff));
  if (look.masked) out.append("\1\2\3\4");
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<char>(payload[i] ^ (look.masked ? 1 + static_cast<int>(i % 4) : 0)));
  }
  return out;
}

inline FrameLook part() {
  FrameLook look;
  look.fin = false;
  return look;
}

inline std::string close_payload(int code, Bytes reason = {}) {
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return out.append(reason);
}

struct Frame {
  int opcode = 0;
  bool fin = true, masked = false;
  std::string payload;
};

// What a client wrote, unmasked. A frame that is not whole is left out.
inline std::vector<Frame> frames_of(Bytes bytes) {
  std::vector<Frame> out;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  while (bytes.size() >= 2) {
    Frame f;
    f.opcode = byte(0) & 15;
    f.fin = (byte(0) & 0x80) != 0;
    f.masked = (byte(1) & 0x80) != 0;
    std::uint64_t n = byte(1) & 0x7f;
    std::size_t at = 2;
    const std::size_t wide = n == 126 ? 2 : n == 127 ? 8 : 0;
    if (wide != 0) n = 0;
    if (bytes.size() < at + wide + 4) break;
    for (std::size_t i = 0; i < wide; ++i) n = n << 8 | byte(at++);
    const std::size_t mask_at = at;
    if (f.masked) at += 4;
    if (bytes.size() < at + n) break;
    for (std::size_t i = 0; i < n; ++i) {
      f.payload.push_back(static_cast<char>(byte(at + i) ^ (f.masked ? byte(mask_at + i % 4) : 0)));
    }
    bytes.remove_prefix(at + n);
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace aip::test
