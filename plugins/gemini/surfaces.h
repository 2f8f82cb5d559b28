// surfaces.h - what is not a chat: embeddings, the list of models, and forwards.
//
// Tests: tests/golden/gemini, tests/e2e/gemini.test.mjs
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::gemini {

[[nodiscard]] std::unique_ptr<sdk::Request> make_embeddings(sdk::Stream stream,
                                                            const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_models(sdk::Stream stream,
                                                        const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_forward(sdk::Stream stream,
                                                         const Settings& settings);

}  // namespace aip::gemini
