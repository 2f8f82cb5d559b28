// provider.h - what an upstream sends: OpenAI's and Anthropic's answers, and the ways to spoil
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"

namespace aip::sim {

enum class Service : std::uint8_t { OpenAi, Claude };

// How an upstream treats a request.
enum class Fault : std::uint8_t {
  None,
  Status,       // 4xx or 5xx with the service's error body
  Silence,      // reads the request and never answers
  ResetAtOnce,  // the connection is reset in place of an answer
  ResetInside,  // ... after some of it
  EndInside,    // ends in mid-body, as a process that dies
  Stall,        // stops in mid-body, for ever
  NoTerminal,   // well framed, but without the service's last event
  ErrorEvent,   // the service's own error event in mid-stream
  NotJson,      // an event that is none
  NotHttp,      // bytes that are no answer
  Surplus,      // good, but with bytes behind it
  Interim,      // good, after some 103s
  EndAfter,     // good, then the connection ends
};

struct Ask {
  Service service = Service::OpenAi;
  std::uint32_t number = 0;
  bool chat = true;  // else a forward
  bool stream = false;
  std::string method;
};

struct Script {
  Fault fault = Fault::None;
  std::vector<std::string> pieces;  // sent one after another, with a wait in between
  enum class Then : std::uint8_t { Keep, End, Reset, Hang } then = Then::Keep;
  bool good = false;  // the answer is whole and as it should be
};

[[nodiscard]] Script draw_script(Random& random, const Ask& ask);

}  // namespace aip::sim
