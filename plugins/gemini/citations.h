// citations.h - what an answer is grounded on, as OpenAI's annotations.
//
// groundingMetadata names pages (groundingChunks) and the places of the text that they support
// (groundingSupports), counted in bytes; OpenAI counts characters. citationMetadata names sources
// of recited text. Both come at the end of an answer, and may be repeated in later chunks.
// Tests: tests/unit/gemini/response_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aip::gemini {

// More than these are left out, of a chunk and of an answer.
inline constexpr std::size_t kCitationsMax = 256;

// {"type":"url_citation","url_citation":{...}} each. `text`: the candidate's text so far.
[[nodiscard]] std::vector<std::string> annotations_of(json::Value candidate, std::string_view text);

// {"content":[{"token","logprob","bytes","top_logprobs"}]}; empty for no object.
[[nodiscard]] std::string logprobs_of(json::Value result);

}  // namespace aip::gemini
