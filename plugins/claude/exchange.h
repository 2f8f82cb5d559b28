// exchange.h - one chat (or token count) with Anthropic: the call, and its answer as events.
//
// Three ways through the same states (no head yet, answer, failure):
//   translated        canonical chat up, typed events down
//   native            the client's own Messages body up, its model's name and our own members
//                     aside; the answer's bytes down, with FINISH and USAGE told beside them
//   native, but the answer has not the shape that was asked for (a whole body for a stream or the
//                     reverse): as translated, and the dialect writes it anew
//
// The call's END is waited for, so that the connection can be used again; an upstream that keeps
// it open behind message_stop is left after kLingerMs.
// Threads: one worker.   Tests: tests/golden/claude, tests/recorded/claude_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>
#include <optional>

#include "errors.h"
#include "response.h"
#include "settings.h"

namespace aip::claude {

inline constexpr std::uint32_t kLingerMs = 1000;

[[nodiscard]] std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_count(sdk::Stream stream,
                                                       const Settings& settings);

}  // namespace aip::claude
