// chat.h - one chat with an OpenAI-like service: the call, and its answer.
//
// Three ways through the same states (no head yet, answer, failure):
//   native       the client's own body up, the answer's bytes down, with FINISH and USAGE told
//   beside
//                them; a chunk of usage that only the ledger asked for, and comments, are left out,
//                and [DONE] is always told in OpenAI's own bytes
//                The same for a client of Responses, at /responses: its last event is its end, and
//                a failure that the stream tells is passed on as it came
//   translated   canonical chat up, typed events down
//   native, but the answer has not the shape that was asked for (JSON for a stream, a stream for
//                JSON): its events are told as translated ones, and the dialect writes it anew
//
// A stream ends well by [DONE], or by the end of the body if every choice has its finish reason;
// everything else is truncated. The call's end is waited for, so that the connection can be used
// again: kLingerMs behind [DONE], kSilenceMs behind the last finish reason without one.
// Threads: one worker.   Tests: tests/golden/openai, tests/recorded
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::openai {

inline constexpr std::uint32_t kLingerMs = 1000;
inline constexpr std::uint32_t kSilenceMs = 5000;

[[nodiscard]] std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings);

}  // namespace aip::openai
