// token.h - the admin port's bearer token, where the configuration gives none.
//
// It is made at the first start (32 random bytes in base64url) and kept in `state_dir`/admin.token,
// so that scrapers and scripts go on after a restart. The file is its owner's alone (0600) whatever
// the umask says, it appears whole or not at all, and of two gateways that start at once both use
// the one that came first.
//
// A file that others may read is refused and not mended: what it holds may be known already, and a
// better mode would only make it look secret again. So is a symbolic link, and a file of somebody
// else's. The mend, always: delete it, and the next start makes a new one.
// Threads: start-up's.   Errors: GatewayDisk, with the path and the mend; never the token.
// Tests: tests/unit/admin/token_test.cpp, tests/e2e/admin.test.mjs (E14)
#pragma once

#include <string>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace aip::admin {

inline constexpr std::size_t kTokenBytesMin = 16;
inline constexpr std::size_t kTokenBytesMax = 4096;

struct Token {
  config::Secret secret;
  std::string file;  // where an operator finds it
};

// `state_dir` is there and its owner's alone.
[[nodiscard]] Result<Token> kept_token(const std::string& state_dir, Random& random);

}  // namespace aip::admin
