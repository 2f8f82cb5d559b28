// blank.h - white space in text that is still JSON-escaped.
//
// Anthropic refuses text blocks, system text and stop sequences of nothing but white space, and a
// last assistant text that ends in it. These functions judge the inside of a JSON string.
#pragma once

#include <cstddef>
#include <string_view>

namespace aip::claude {

// Is there nothing but white space (Unicode's)? True for the empty text.
[[nodiscard]] bool is_blank(std::string_view escaped);
// How long the text is without the white space at its end.
[[nodiscard]] std::size_t length_without_trailing_blanks(std::string_view escaped);

}  // namespace aip::claude
