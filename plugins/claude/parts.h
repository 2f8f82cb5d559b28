// parts.h - OpenAI's content parts as Anthropic's content blocks.
//
//   text                        text; blank text is left out
//   refusal                     text
//   image_url                   image: data URI -> base64 (type corrected by its first bytes),
//                               http(s) -> url; a PDF in a data URI -> document
//   file                        document: PDF, plain text, URL, or a file id of Anthropic's own
//   document                    as it is
//   search_result, container_upload, image with a source: Anthropic's own, as they are
//   input_audio, video_url, anything else: the host decides (Questions::may_drop)
//
// read_part() judges and write_part() writes, so that nothing is on paper when a part is refused.
// Tests: tests/unit/claude/parts_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "draft.h"
#include "media.h"
#include "questions.h"

namespace aip::claude {

struct Part {
  enum class Kind : std::uint8_t {
    Nothing,
    Text,
    ImageBase64,
    ImageUrl,
    Pdf,
    PlainText,
    DocumentUrl,
    DocumentFile,
    AsIs,
  };
  Kind kind = Kind::Nothing;
  std::string_view text;        // escaped: the text, the URL, or the file id
  std::string_view media_type;  // of an image
  std::string_view title;       // escaped: a document's
  DataUri data;
  std::string plain;  // PlainText: the document as a JSON string
  json::Value whole;  // AsIs
};

// The JSON pointer of the part is made only when somebody is told.
[[nodiscard]] Outcome<Part> read_part(json::Value part, Place place, Questions& questions);
// Writes the block; nothing for Nothing.
void write_part(const Part& part, Draft& draft);

}  // namespace aip::claude
