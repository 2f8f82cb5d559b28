#include "core/http/websocket_handshake.h"

#include <algorithm>
#include <array>

#include "core/base/base64.h"
#include "core/base/sha1.h"
#include "core/http/chars.h"

namespace aip::http {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";
constexpr std::array<std::string_view, 4> kOurs{"sec-websocket-key", "sec-websocket-version",
                                                "sec-websocket-extensions", "sec-websocket-accept"};

Error refused(const char* why) {
  return {ErrorCode::ProviderProtocol, std::string("the answer to the upgrade: ") + why};
}

// Does a list of tokens hold this one? Tokens of Connection and Upgrade compare without case,
// subprotocols with it.
enum class Case : std::uint8_t { Ignored, Kept };
bool holds(std::string_view list, std::string_view token, Case how) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view item = chars::trim_blanks(list.substr(0, comma));
    if (how == Case::Ignored ? same_name(item, token) : item == token) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

std::string websocket_key(Random& random) {
  std::array<char, 16> nonce{};
  random.fill(nonce.data(), nonce.size());
  return base64({nonce.data(), nonce.size()});
}

std::string websocket_accept(std::string_view key) {
  const std::array<std::uint8_t, 20> digest = sha1(std::string(key).append(kGuid));
  return base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Headers websocket_fields(const Headers& fields, std::string_view key) {
  Headers out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto same = [&](std::string_view own) { return same_name(fields[i].name, own); };
    if (std::any_of(kOurs.begin(), kOurs.end(), same)) continue;
    out.add(fields[i].name, fields[i].value);
  }
  out.add("sec-websocket-key", key);
  out.add("sec-websocket-version", kVersion);
  return out;
}

Status check_websocket_answer(const ResponseHead& answer, std::string_view key,
                              std::string_view asked_protocols) {
  const Headers& fields = answer.headers;
  if (!holds(fields.get("upgrade"), "websocket", Case::Ignored)) return refused("another protocol");
  if (!holds(fields.get("connection"), "upgrade", Case::Ignored)) return refused("no upgrade");
  if (fields.count("sec-websocket-accept") != 1 ||
      fields.get("sec-websocket-accept") != websocket_accept(key)) {
    return refused("Sec-WebSocket-Accept does not fit the key");
  }
  if (fields.find("sec-websocket-extensions")) return refused("an extension that nobody offered");
  if (fields.count("sec-websocket-protocol") > 1) return refused("two subprotocols");
  const auto chosen = fields.find("sec-websocket-protocol");
  if (chosen && (chosen->empty() || chosen->find(',') != std::string_view::npos ||
                 !holds(asked_protocols, *chosen, Case::Kept))) {
    return refused("a subprotocol that nobody asked for");
  }
  return {};
}

}  // namespace aip::http
