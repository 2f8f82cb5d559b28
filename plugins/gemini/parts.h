// parts.h - OpenAI's content parts as Gemini's.
//
//   text, refusal               text; empty text is left out
//   image_url, file, document   inlineData from a data URI or base64; fileData from gs://, the
//   video_url, input_audio      Files API and YouTube, and from any http(s) URL where the service
//                               fetches those (Vertex does, AI Studio does not)
//   anything else               the host decides (Questions::may_drop)
//
// read_part() judges and write_part() writes, so that nothing is on paper when a part is refused.
// Tests: tests/unit/gemini/parts_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "draft.h"
#include "media.h"
#include "questions.h"

namespace aip::gemini {

struct Part {
  enum class Kind : std::uint8_t { Nothing, Text, Inline, File };
  Kind kind = Kind::Nothing;
  std::string_view text;  // escaped
  std::string plain;      // Text that had to be made: as a JSON string's inside
  std::string type;       // Inline, File
  DataUri data;           // Inline
  std::string url;        // File
};

enum class WebFiles : std::uint8_t { Refused, Fetched };

// The JSON pointer of the part is made only when somebody is told.
[[nodiscard]] Outcome<Part> read_part(json::Value part, Place place, WebFiles web,
                                      Questions& questions);
// Writes the part into the open turn; nothing for Nothing.
void write_part(const Part& part, Draft& draft);

}  // namespace aip::gemini
