// story.h - what a seed decides about one request, and what all actors know of it by its number.
//
// The number travels in x-request-id and in the prompt, so that client, upstream and judge agree
// about which request they are looking at without sharing state. The text that every faultless
// provider answers with follows from the number alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace aip::sim {

enum class Dialect : std::uint8_t { OpenAi, Anthropic };

enum class Kind : std::uint8_t {
  Chat,      // by a provider with an upstream, or by several with retries and fallback
  MockChat,  // by the plugin that needs none
  Forward,   // spliced: bodies stream both ways
  Ping,      // answered by the gateway itself
  NoRoute,   // 404
  BadJson,   // 400, in the dialect's own shape
  BadHttp,   // never becomes a request
};

struct Story {
  std::uint32_t number = 0;
  Kind kind = Kind::Chat;
  Dialect dialect = Dialect::OpenAi;
  bool stream = false;
  std::string model;
  std::string method;
  std::string wire;              // the whole request
  std::size_t upload_bytes = 0;  // of a forward
};

// Bodies of forwards are long only where the network is not one of tiny pieces, for the sake of
// time.
enum class Bodies : std::uint8_t { Short, Long };
[[nodiscard]] Story draw_story(Random& random, std::uint32_t number, Bodies bodies);
// What of a forward's answer follows from its number: every seventh is long.
[[nodiscard]] inline bool is_long(std::uint32_t number) noexcept {
  return number % 7 == 0;
}

// "answer 17: w0 w1 ...", with some characters that are more than one byte.
[[nodiscard]] std::string text_of(std::uint32_t number);
[[nodiscard]] std::string request_id_of(std::uint32_t number);
// The number behind "sim-" in a text.
[[nodiscard]] std::optional<std::uint32_t> number_in(std::string_view text);
// The bytes that a faultless forward brings back.
[[nodiscard]] std::string download_of(std::uint32_t number);

// True with that chance in percent.
inline bool chance(Random& random, std::uint32_t percent) {
  return random.below(100) < percent;
}

}  // namespace aip::sim
