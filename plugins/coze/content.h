// content.h - a message's content as Coze takes it: text, or an object_string.
//
// An object_string is a JSON text inside a JSON string: one text, then images, files and audio,
// each by address or by the id of a file that was uploaded to Coze. What a client sends as a data
// URI must be uploaded first, so its place in the body is left open: Upload::at says where the id
// goes when it is known (filled_in()).
//
// Big strings stay JSON-escaped from the client's body to ours: for an object_string they are
// escaped once more, and only base64 is decoded.
// Threads: none.   Memory: a decoded file for each upload, at most kUploadsMax.
// Tests: tests/unit/coze/content_test.cpp, tests/fuzz/coze_fuzz.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "questions.h"

namespace aip::coze {

inline constexpr std::size_t kUploadsMax = 16;

struct Upload {
  std::size_t at = 0;  // in the body: where the file's id is missing
  std::string media_type, name;
  std::string bytes;
};

// The text of a content, whatever else it holds, still JSON-escaped: several texts are lines.
[[nodiscard]] std::string text_of(json::Value content);

enum class Media : std::uint8_t { Allowed, TextOnly };

// Writes "content" and "content_type" into the open object of `out`, whose text is `body`.
[[nodiscard]] MaybeFailure write_content(json::Value content, const std::string& pointer,
                                         Media media, Questions& questions, json::Writer& out,
                                         std::string& body, std::vector<Upload>& uploads);

// Asks about every part that is no text.
[[nodiscard]] MaybeFailure judge_text_only(json::Value content, const std::string& pointer,
                                           Questions& questions);

// The body with the files' ids in their places; one id for each upload.
[[nodiscard]] std::string filled_in(const std::string& body, const std::vector<Upload>& uploads,
                                    const std::vector<std::string>& ids);

// The body of POST /v1/files/upload.
[[nodiscard]] std::string multipart(const Upload& upload, std::string_view boundary);

}  // namespace aip::coze
