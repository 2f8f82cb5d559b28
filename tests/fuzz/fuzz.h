// fuzz.h - what the fuzz targets share. Each target is one function over bytes whose property is
// that a parser says the same about a whole input and about any pieces of it.
//
// With -DAIPROXY_FUZZ=ON (clang) a target is linked with libFuzzer; in every build it is also
// linked with replay.cpp, which runs the kept corpus and the regressions as an ordinary test.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/support/pieces.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace aip::fuzz {

// The first byte of a fuzz input says how the rest is cut: 0 byte by byte, else every so many.
inline test::Pieces cut_as_told(const std::uint8_t* data, std::size_t size) {
  const Bytes text(reinterpret_cast<const char*>(data) + 1, size - 1);
  return test::cut_every(text, data[0] == 0 ? 1 : data[0]);
}
inline Bytes whole(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data) + 1, size - 1};
}

}  // namespace aip::fuzz
