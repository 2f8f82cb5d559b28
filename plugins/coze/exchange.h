// exchange.h - one chat with Coze: its calls one after another, and its answer as events.
//
//   Upload*   POST /v1/files/upload             a file that came as base64, one at a time
//   Chat      POST /v3/chat, /open_api/v2/chat or /v3/chat/submit_tool_outputs
//      a stream, or version 2: the answer
//      else the chat as it begins:
//   Wait      a timer, once a second
//   Retrieve  GET /v3/chat/retrieve             until it is completed
//   List      GET /v3/chat/message/list         the answer
//
// Closing a socket does not end a chat of version 3. So whoever ends this exchange while Coze still
// works on the chat (a client that left, a limit, a broken stream) has it cancelled: the destructor
// starts a DETACHED call. Before Coze has told the chat's id there is nothing to name, and closing
// the socket is all that can be done.
//
// Threads: one worker.   Memory: each upload's bytes until it is sent; the host keeps its own copy.
// Tests: tests/golden/coze, tests/unit/coze/plugin_test.cpp, tests/e2e/coze.test.mjs
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::coze {

// A poll may fail so often in a row before the answer is given up.
inline constexpr int kPollFailuresMax = 3;
inline constexpr std::uint32_t kLingerMs = 1000;
inline constexpr std::uint32_t kCancelTimeoutMs = 10'000;

[[nodiscard]] std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings);

}  // namespace aip::coze
