// surfaces.h - what is not a chat: embeddings, the list of models, and forwards.
//
// All of them hand the service's own answer on as it came. Tests:
// tests/golden/openai
#pragma once

#include <aiproxy/plugin.hpp>

#include <memory>

#include "settings.h"

namespace aip::openai {

[[nodiscard]] std::unique_ptr<sdk::Request> make_embeddings(sdk::Stream stream,
                                                            const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_models(sdk::Stream stream,
                                                        const Settings& settings);
[[nodiscard]] std::unique_ptr<sdk::Request> make_forward(sdk::Stream stream,
                                                         const Settings& settings);

}  // namespace aip::openai
