// signatures.h - how a thought signature survives a client that keeps only id, type and name.
//
// Gemini signs the first function call of a step (and sometimes a text), and newer models refuse
// the next turn without it. An OpenAI client gives tool calls back as it knows them, and drops
// every member that OpenAI does not document. What no client drops is the call's id, because the
// result must name it; so the signature travels in there:
//   <id>__sig_<form><paddings>_<data>      form s: base64, + and / written - and _
//                                               u: base64url as it came     x: hex of anything
// Only letters, digits, '-' and '_' are added, so other dialects take the id as well. Nothing is
// kept on this side: it works over a restart, on another worker and on another machine. A store in
// the plugin would not.
//
// A text's signature has no id to live in. It goes out as a redacted block of reasoning, which
// clients that replay such blocks bring back; Gemini does not insist on it.
//
// Lost after all (a history made elsewhere): kNoSignature, a word that Google's validator takes.
// Tests: tests/unit/gemini/signatures_test.cpp, tests/fuzz/gemini_fuzz.cpp
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aip::gemini {

inline constexpr std::string_view kNoSignature = "skip_thought_signature_validator";
// A longer one (they have some hundred bytes up to a few thousand) is not carried.
inline constexpr std::size_t kSignatureBytesMax = 64 * 1024;

struct ToolId {
  std::string own;        // as Gemini named the call; empty: it gave no name
  std::string signature;  // empty: none
};

// An id for a call that Gemini gave none, unique by its seed.
[[nodiscard]] std::string made_tool_id(std::string_view seed);
[[nodiscard]] std::string with_signature(std::string id, std::string_view signature);
[[nodiscard]] ToolId read_tool_id(std::string_view id);

// The redacted block of a text's signature, and back. `empty_part`: it came on a part of its own,
// behind the text.
enum class SignedPart : unsigned char { None, Text, Empty };
[[nodiscard]] std::string text_signature(SignedPart part, std::string_view signature);
struct TextSignature {
  SignedPart part = SignedPart::None;  // None: not one of ours
  std::string_view signature;
};
[[nodiscard]] TextSignature read_text_signature(std::string_view data) noexcept;

}  // namespace aip::gemini
