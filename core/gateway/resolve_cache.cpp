#include "core/gateway/resolve_cache.h"

#include <iterator>

namespace aip::gateway {

std::shared_ptr<const Resolved> ResolveCache::find(const std::string& key, std::uint64_t now_ns) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || !at->second.known) return nullptr;
  if (at->second.known->expires_ns <= now_ns) {
    at->second.known.reset();
    if (entries_.size() > kResolvedMax) make_room(now_ns);
    return nullptr;
  }
  return at->second.known;
}

std::unique_ptr<ResolveClaim> ResolveCache::claim(const std::string& key, ResolveWait& wait) {
  Entry& entry = entries_[key];
  if (entry.claimed) {
    if (!wait.linked()) entry.waiting.push_back(wait);
    return nullptr;
  }
  entry.claimed = true;
  return std::make_unique<ResolveClaim>(*this, key);
}

void ResolveCache::forget(const std::string& key) {
  const auto at = entries_.find(key);
  if (at != entries_.end()) at->second.known.reset();
}

void ResolveCache::forget_all(std::string_view prefix) {
  for (auto at = entries_.lower_bound(std::string(prefix));
       at != entries_.end() && at->first.starts_with(prefix); ++at) {
    at->second.known.reset();
  }
}

void ResolveCache::settle(const std::string& key, std::shared_ptr<const Resolved> result) {
  Entry& entry = entries_[key];
  entry.known = std::move(result);
  entry.claimed = false;
  while (!entry.waiting.empty()) entry.waiting.pop_front().waker_.on_resolve_settled();
}

void ResolveCache::make_room(std::uint64_t now_ns) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const Entry& entry = at->second;
    const bool dead = !entry.claimed && (!entry.known || entry.known->expires_ns <= now_ns);
    at = dead ? entries_.erase(at) : std::next(at);
  }
}

}  // namespace aip::gateway
