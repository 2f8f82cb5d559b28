// chat.h - one question to Bing and its answer.
//
//     Creating (unless the client continues a conversation) -> Uploading (with an image)
//         -> Opening (the hub) -> Shaking (hands) -> Asking -> finished
//
// The block with the conversation is told with the first text and again, with suggestions and
// sources, at the end. A conversation that was made here and whose block the client never saw is of
// no use to anybody: it is deleted when the request ends.
// Threads: one worker.   Tests: tests/golden/bing, tests/e2e/bing.test.mjs
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::bing {

[[nodiscard]] std::unique_ptr<sdk::Request> make_chat(sdk::Stream stream, const Settings& settings);

// The handle of the operator's cookie; a client's own credential is not Bing's to see.
[[nodiscard]] std::uint32_t cookie_of(const aip_credential& credential) noexcept;

}  // namespace aip::bing
