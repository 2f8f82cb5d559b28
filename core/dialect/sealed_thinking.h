// sealed_thinking.h - a provider's signed reasoning as one opaque text, for dialects that have a
// place for such a text and none for its parts (encrypted_content of OpenAI's Responses).
//
// The text is kSealPrefix and base64url of a value of canonical chat's `thinking_blocks`. It is not
// a secret: it holds what the client was told anyway, and what the client changes in it only the
// provider that signed it can notice. What comes back is checked to be JSON of the two known types.
// Memory: a third more than the block.   Tests: tests/unit/dialect/sealed_thinking_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aip::dialect {

// Foreign texts, such as what OpenAI itself encrypts, never begin like this: theirs is base64.
inline constexpr std::string_view kSealPrefix = "aiproxy.thinking.1.";

// Only letters, digits and "._-": the inside of a JSON string as it stands.
[[nodiscard]] std::string seal_thinking(std::string_view block);
// nullopt: not one of ours, or damaged.
[[nodiscard]] std::optional<std::string> open_thinking(std::string_view sealed);

}  // namespace aip::dialect
