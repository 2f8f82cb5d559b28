// exchange.h - one chat (or token count) with Gemini: the call, and its answer as events.
//
// Three ways through the same states (no head yet, answer, failure):
//   translated        canonical chat up, typed events down
//   native            the client's own body up, our own members aside; the answer's bytes down in
//                     whole elements, with FINISH and USAGE told beside them
//   native, but the answer has not the shape that was asked for (a whole body for a stream): as
//                     translated, and the dialect writes it anew
// A stream is server-sent events, or one JSON array that records.h cuts.
//
// Threads: one worker.   Tests: tests/golden/gemini, tests/recorded/gemini_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::gemini {

[[nodiscard]] std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_count(sdk::Stream stream,
                                                       const Settings& settings);

}  // namespace aip::gemini
