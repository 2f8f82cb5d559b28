// judge.h - is what a client received what it should have received?
//
// `crossed` tells of a request whose answer may be another's, because an upstream sent bytes that
// belonged to no answer just as it was asked.
//
// The bytes are read with our own response parser. Whatever went wrong, they are a row of whole
// answers, in the order of the requests, then at most one that is cut, and cut so that any HTTP
// client sees it. A whole answer to a chat is a success with exactly the text that belongs to the
// request, or says in its dialect that it failed: never both, never neither.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/story.h"

namespace aip::sim {

enum class Outcome : std::uint8_t { Success, Failure };

struct Answer {
  int status = 0;
  Outcome outcome = Outcome::Success;
};

struct Verdict {
  std::vector<Answer> answers;  // whole ones, in the order of the stories
  bool cut = false;             // one more was begun and not completed
  std::string fault;            // what is wrong, in words; empty: nothing
};

[[nodiscard]] Verdict judge(const Client& client,
                            const std::function<bool(std::uint32_t number)>& crossed);

}  // namespace aip::sim
