// routes.h - /bing/conversation: GET lists, POST makes one, DELETE takes one away.
//
//     DELETE {"conversationId","conversationSignature","participant":{"id"}}
// Bing's own JSON comes back, but of a creation, which gives the block that a chat takes.
// Threads: one worker.   Tests: tests/golden/bing, tests/e2e/bing.test.mjs
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::bing {

// nullptr: another path or method.
[[nodiscard]] std::unique_ptr<sdk::Request> make_route(sdk::Stream stream, const Settings& settings,
                                                       const aip_request& request);

}  // namespace aip::bing
