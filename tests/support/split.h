// split.h - the property of every parser here: however its input is cut, it says the same.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/support/pieces.h"

namespace aip::test {

// Calls run(pieces) for the whole input, for pieces of 1 to 17 bytes, and for every cut into two.
template <class Run>
void in_every_split(Bytes text, Run&& run) {
  run(Pieces{text});
  for (std::size_t size = 1; size <= 17 && size < text.size(); ++size) run(cut_every(text, size));
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    run(Pieces{text.substr(0, cut), text.substr(cut)});
  }
}

// The same for a `run` that returns what was seen as text; checks that all saw the same, and
// returns it.
template <class Run>
std::string feed_in_every_split(Bytes text, Run&& run) {
  const std::string whole = run(Pieces{text});
  bool same = true;
  in_every_split(text, [&](const Pieces& pieces) {
    if (!same) return;  // one difference is enough to read
    const std::string split = run(pieces);
    CAPTURE(std::string(text.substr(0, 2000)));
    CAPTURE(pieces.front().size());
    CHECK(split == whole);
    same = split == whole;
  });
  return whole;
}

}  // namespace aip::test
