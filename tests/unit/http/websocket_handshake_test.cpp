#include "core/http/websocket_handshake.h"

#include <doctest/doctest.h>

#include <string>

using namespace aip;
using namespace aip::http;

namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 1.3

ResponseHead answer(std::initializer_list<Headers::Field> fields) {
  ResponseHead head;
  head.status = 101;
  for (const Headers::Field& f : fields) head.headers.add(f.name, f.value);
  return head;
}

bool good(const ResponseHead& head, std::string_view asked = {}) {
  return check_websocket_answer(head, kKey, asked).ok();
}

constexpr Headers::Field kUpgrade{"Upgrade", "WebSocket"}, kConnection{"Connection", "a, Upgrade"},
    kAccept{"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="};

}  // namespace

TEST_CASE("websocket_handshake: the answer to the key of RFC 6455 1.3") {
  CHECK(websocket_accept(kKey) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(good(answer({kUpgrade, kConnection, kAccept})));
}

TEST_CASE("websocket_handshake: keys are sixteen random bytes, another each time") {
  SystemRandom random;
  const std::string one = websocket_key(random), two = websocket_key(random);
  CHECK(one.size() == 24);
  CHECK(one.ends_with("=="));
  CHECK(one != two);
}

TEST_CASE("websocket_handshake: a caller cannot write the fields of the handshake") {
  Headers asked;
  asked.add("Sec-WebSocket-Key", "mine");
  asked.add("sec-websocket-extensions", "permessage-deflate");
  asked.add("Sec-WebSocket-Version", "8");
  asked.add("Sec-WebSocket-Protocol", "chat");
  asked.add("Origin", "https://a.test");

  const Headers out = websocket_fields(asked, kKey);

  CHECK(out.size() == 4);
  CHECK(out.get("sec-websocket-key") == kKey);
  CHECK(out.get("sec-websocket-version") == "13");
  CHECK(out.get("sec-websocket-protocol") == "chat");
  CHECK(out.get("origin") == "https://a.test");
}

TEST_CASE("websocket_handshake: an answer that does not prove the protocol is refused") {
  CHECK_FALSE(good(answer({kConnection, kAccept})));
  CHECK_FALSE(good(answer({kUpgrade, kAccept})));
  CHECK_FALSE(good(answer({kUpgrade, kConnection})));
  CHECK_FALSE(good(answer({{"Upgrade", "h2c"}, kConnection, kAccept})));
  CHECK_FALSE(good(answer({kUpgrade, {"Connection", "upgrades"}, kAccept})));
  CHECK_FALSE(good(answer({kUpgrade, kConnection, kAccept, kAccept})));
  // Off by one letter's case; another key's; an echo of ours.
  for (const std::string_view accept :
       {"S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "dGhlIHNhbXBsZSBub25jZQ==", ""}) {
    CHECK_FALSE(good(answer({kUpgrade, kConnection, {"Sec-WebSocket-Accept", accept}})));
  }
}

TEST_CASE("websocket_handshake: only what was asked for is taken") {
  const auto with = [](std::string_view name, std::string_view value) {
    return answer({kUpgrade, kConnection, kAccept, {name, value}});
  };
  CHECK_FALSE(good(with("Sec-WebSocket-Extensions", "permessage-deflate")));
  CHECK_FALSE(good(with("Sec-WebSocket-Extensions", "")));
  CHECK_FALSE(good(with("Sec-WebSocket-Protocol", "chat")));
  CHECK(good(with("Sec-WebSocket-Protocol", "chat"), "soap, chat"));
  CHECK_FALSE(good(with("Sec-WebSocket-Protocol", "Chat"), "soap, chat"));
  CHECK_FALSE(good(with("Sec-WebSocket-Protocol", "soap, chat"), "soap, chat"));
  CHECK(good(answer({kUpgrade, kConnection, kAccept}), "soap, chat"));
}
