// session_cache.h - TLS sessions of a client, by "host:port", to be resumed.
//
// A session was verified when it was made, by the context that owns this cache, so resuming it
// under the same name is as good as verifying again. TLS 1.3 tickets are used once (RFC 8446 C.4).
#pragma once

#include <map>
#include <string>

#include "core/tls/openssl.h"

namespace aip::tls {

class SessionCache {
 public:
  // Takes the session; an older one of that name is forgotten.
  void put(const std::string& peer, SessionPtr session);
  // A session of that name, or nullptr. One of TLS 1.3 is then no longer here.
  [[nodiscard]] SessionPtr take(const std::string& peer);

 private:
  static constexpr std::size_t kSessionsMax = 256;
  std::map<std::string, SessionPtr> sessions_;
};

}  // namespace aip::tls
