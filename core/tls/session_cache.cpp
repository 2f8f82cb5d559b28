#include "core/tls/session_cache.h"

#include <utility>

namespace aip::tls {

void SessionCache::put(const std::string& peer, SessionPtr session) {
  // Which one goes when it is full hardly matters: a full handshake is all that it costs.
  if (sessions_.size() >= kSessionsMax && sessions_.count(peer) == 0) {
    sessions_.erase(sessions_.begin());
  }
  sessions_[peer] = std::move(session);
}

SessionPtr SessionCache::take(const std::string& peer) {
  const auto at = sessions_.find(peer);
  if (at == sessions_.end()) return nullptr;
  SessionPtr session = std::move(at->second);
  const bool resumable = SSL_SESSION_is_resumable(session.get()) == 1;
  const bool once = SSL_SESSION_get_protocol_version(session.get()) >= TLS1_3_VERSION;
  if (resumable && !once) {
    SSL_SESSION_up_ref(session.get());
    at->second.reset(session.get());
    return session;
  }
  sessions_.erase(at);
  return resumable ? std::move(session) : nullptr;
}

}  // namespace aip::tls
