// Frames of a server: cut otherwise they say the same, and no message is larger than the limit.
#include <string>

#include "core/base/check.h"
#include "core/base/utf8.h"
#include "core/http/websocket.h"
#include "tests/fuzz/fuzz.h"

using namespace aip;

namespace {

constexpr std::size_t kMessageBytesMax = 200;

std::string read(const test::Pieces& pieces) {
  using http::WebSocket;
  SeededRandom random(1);
  WebSocket socket(random, kMessageBytesMax);
  std::string seen;
  for (const Bytes piece : pieces) {
    const test::Fenced fenced(piece);
    Bytes input = fenced.view();
    for (WebSocket::Event event = socket.next(input); event != WebSocket::Event::NeedMore;
         event = socket.next(input)) {
      if (event == WebSocket::Event::Failed) {
        return seen + "F" + std::to_string(socket.close_code()) + socket.error().detail;
      }
      const Bytes text =
          event == WebSocket::Event::Message ? socket.message() : socket.close_reason();
      AIP_CHECK(text.size() <= kMessageBytesMax);
      const bool is_text =
          event == WebSocket::Event::Closed || socket.kind() == http::MessageKind::Text;
      AIP_CHECK(!is_text || valid_utf8(text));
      seen += std::to_string(static_cast<int>(event)) + ":" + std::to_string(text.size()) +
              std::string(text);
      if (event == WebSocket::Event::Closed) return seen + std::to_string(socket.close_code());
    }
    AIP_CHECK(input.empty());
  }
  socket.answer_ping();
  return seen + "|" + socket.output();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  AIP_CHECK(read({fuzz::whole(data, size)}) == read(fuzz::cut_as_told(data, size)));
  return 0;
}
