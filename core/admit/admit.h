// admit.h - who may: virtual keys, the Host check of open listeners, what a key may do.
//
// Threads: immutable after construction; any.   Errors: PolicyUnauthenticated, PolicyForbidden.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/http/message.h"

namespace aip::admit {

// nullptr: an open listener, where nobody needs a key.
// Runs on the head alone, before any body is read.
[[nodiscard]] Result<const config::Key*> authenticate(const config::Config& config,
                                                      const config::Listener& listener,
                                                      const http::RequestHead& head);
[[nodiscard]] Status may_use_model(const config::Key* key, std::string_view model);
// Forwards act on the whole account: a key must list them.
[[nodiscard]] Status may_forward(const config::Key* key, std::string_view method,
                                 std::string_view path);

}  // namespace aip::admit
