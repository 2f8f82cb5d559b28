// sabotage.h - a fault on purpose, between the gateway and what watches it (watch.h): is a fault
// found, and does its seed bring it back?
//
// To the watch and the judge it looks as if the gateway had done it. Which fault it is, and which
// requests it meets, follows from the seed by dice of its own, so that the world around it is the
// seed's own until then. Only test_sim --sabotage plants one; tests/sim/replay_test.py does.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/server/client_stream.h"

namespace aip::sim {

enum class Sabotage : std::uint8_t {
  None,
  SpoilsTheEnd,    // the last byte of an answer is another
  LosesTheEnd,     // an answer is never ended
  CutsShort,       // ... or cut where it should end
  Forgets,         // a request is let go of
  Answers,         // by itself, with what nobody asked for
  IgnoresLeaving,  // the gateway is not told that the client has left
  TooEarly,        // body bytes before the head
  BreaksAPromise,  // AIP_CHECK
  Crashes,
};
[[nodiscard]] Sabotage draw_sabotage(std::uint64_t seed);

class Saboteur final : public server::RequestHandler {
 public:
  Saboteur(server::RequestHandler& gateway, Sabotage how, std::uint64_t seed)
      : gateway_(gateway), how_(how), random_(~seed) {}

  void on_request(std::unique_ptr<server::ClientStream> stream) override;
  void on_refused(const Error& error, std::string_view peer) override {
    gateway_.on_refused(error, peer);
  }
  std::string refusal_body(const Error& error, std::string_view path) override {
    return gateway_.refusal_body(error, path);
  }

 private:
  server::RequestHandler& gateway_;
  const Sabotage how_;
  SeededRandom random_;
};

}  // namespace aip::sim
