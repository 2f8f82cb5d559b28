// lacks.h - what OpenAI's chat has and Anthropic does not.
//
// Members that change the answer are put to the host (refuse or drop); members that do not are left
// out and disclosed, and so is every member that nobody knows.
// Tests: tests/unit/claude/request_test.cpp
#pragma once

#include <optional>

#include "chat.h"
#include "questions.h"

namespace aip::claude {

[[nodiscard]] std::optional<sdk::Failure> judge_lacks(const Chat& chat, Questions& questions);

}  // namespace aip::claude
