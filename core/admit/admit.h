// admit.h - who may: virtual keys, the Host check of open listeners, what a key may do.
//
// A shown key is hashed and compared with every configured hash in constant time, so neither a hit
// nor a near miss can be told from a miss by its duration: 64 bytes of work for each of at most
// 10,000 keys. Threads: pure functions; any.   Errors: PolicyUnauthenticated, PolicyForbidden.
// Tests: tests/unit/admit/admit_test.cpp
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
