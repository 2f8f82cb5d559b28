// embeddings.h - OpenAI's embeddings as Gemini's, and back.
//
//   input: a text      embedContent          input: a list    batchEmbedContents, in its order
//   dimensions         outputDimensionality  encoding_format  made here: base64 of 32-bit floats
// Lists of token numbers mean nothing to another model: they are refused.
// Tests: tests/unit/gemini/small_test.cpp, tests/golden/gemini
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>

#include "questions.h"

namespace aip::gemini {

enum class Encoding : unsigned char { Float, Base64 };

struct EmbeddingAsk {
  std::string body;
  bool batch = false;
  Encoding encoding = Encoding::Float;
};
[[nodiscard]] Outcome<EmbeddingAsk> translate_embeddings(json::Value body, std::string_view model,
                                                         Questions& questions);

// OpenAI's list; empty if the answer holds no embeddings.
[[nodiscard]] std::string embeddings_of(json::Value answer, std::string_view model,
                                        Encoding encoding);
// The tokens that the answer names; 0 if it names none.
[[nodiscard]] std::int64_t embedding_tokens(json::Value answer);

}  // namespace aip::gemini
