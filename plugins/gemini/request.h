// request.h - a canonical chat becomes the body of generateContent (or countTokens).
//
// translate() reads in one order and writes in another:
//   read    the members (chat.h), the messages (messages.h)
//   decide  what Gemini lacks (here), tools and format (tools.h), thinking (generation.h)
//   write   instructions, contents, tools, generationConfig
// Big spans (schemas, texts, base64) are copied once and never parsed again.
// docs/providers/gemini.md tells users what becomes of each field.
//
// Threads: none.   Memory: the result, and views.   Lifetime: views die with the body.
// Tests: tests/unit/gemini, tests/golden/gemini, tests/fuzz/gemini_fuzz.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "chat.h"
#include "models.h"
#include "questions.h"
#include "settings.h"

namespace aip::gemini {

enum class Purpose : std::uint8_t { Answer, CountTokens };

struct Target {
  std::string_view model;
  Traits traits;
  Purpose purpose = Purpose::Answer;
  SchemaForm schema = SchemaForm::Auto;
  bool is_vertex = false;
  bool web_files = false;
};

struct Translated {
  std::string body;
  bool grounded = false;  // the answer may cite what Google found
};

[[nodiscard]] Outcome<Translated> translate(const Chat& chat, const Target& target,
                                            Questions& questions);

}  // namespace aip::gemini
