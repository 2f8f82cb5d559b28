// lacks.h - what a client may ask for and Coze has no word for: a bot's model, its settings and its
// tools are chosen in Coze, not in a request.
//
// Values that mean "as usual" (temperature 1, n 1, tool_choice "auto") ask for nothing and pass.
// Tests: tests/unit/coze/request_test.cpp
#pragma once

#include "chat.h"
#include "questions.h"

namespace aip::coze {

[[nodiscard]] MaybeFailure judge_lacks(const Chat& chat, Questions& questions);

}  // namespace aip::coze
