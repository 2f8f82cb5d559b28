#include "tool_ids.h"

#include <algorithm>
#include <array>

namespace aip::claude {
namespace {

bool may_stay(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kToolIdCharsMax &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

// FNV-1a, 64 bits: nothing depends on it being hard to invert.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ seed;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::string hashed(std::string_view id, std::uint64_t seed) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "toolu_";
  std::uint64_t hash = hash_of(id, seed);
  for (int i = 0; i < 16; ++i, hash >>= 4) out.push_back(kHex[hash & 15]);
  return out;
}

}  // namespace

const OpenCall& ToolIds::open(std::string asked, std::string function, std::uint32_t message,
                              std::uint32_t number) {
  std::string sent = may_stay(asked) ? asked : hashed(asked, 0);
  // An empty id or one that was used before is told apart by its place.
  std::uint64_t seed = (static_cast<std::uint64_t>(message) << 32) + number + 1;
  while (asked.empty() || used_.count(sent) != 0) {
    sent = hashed(asked, seed++);
    if (used_.count(sent) == 0) break;
  }
  used_.insert(sent);
  open_.push_back({std::move(asked), std::move(sent), std::move(function), message, number, false});
  return open_.back();
}

const OpenCall* ToolIds::answer(std::string_view asked) {
  for (OpenCall& call : open_) {
    if (call.answered || !call.function.empty() || call.asked != asked) continue;
    call.answered = true;
    return &call;
  }
  return nullptr;
}

const OpenCall* ToolIds::answer_function(std::string_view function) {
  for (OpenCall& call : open_) {
    if (call.answered || call.function != function) continue;
    call.answered = true;
    return &call;
  }
  return nullptr;
}

}  // namespace aip::claude
