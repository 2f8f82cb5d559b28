// escape.h - text on its way into a JSON string, and JSON on its way onto one line.
//
// append_text() is the one door through which an event's text reaches an answer, in every dialect.
// Text with AIP_EVF_ESCAPED is the inside of a JSON string already and is copied as it is, after a
// look at eight bytes a step that it really is one; a plugin's mistake is escaped anew, so nothing
// that a plugin says can break out of the string.
//
// The two halves of a pair of surrogates may come in two fragments ("...\ud83d", "\ude00..."): a
// provider cuts where it likes. Each fragment alone is a string with half a character in it, which
// many clients cannot even print. A Seam keeps the first half back until the second one comes.
//
// Threads: none.   Memory: none but the output's, and for broken input a copy of it.
// Tests: tests/unit/dialect/escape_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <array>
#include <string>
#include <string_view>

namespace aip::dialect {

[[nodiscard]] inline std::string_view view_of(aip_span span) noexcept {
  return {reinterpret_cast<const char*>(span.ptr), span.len};
}

// Appends plain text as the inside of a JSON string.
void append_escaped(std::string_view text, std::string& out);
// Appends the event's text as the inside of a JSON string, whatever form it has.
void append_text(const aip_event& event, std::string& out);
// Appends a JSON value with its line ends outside of strings turned to blanks: an SSE event may
// hold none.
void append_line(std::string_view json, std::string& out);
// `"text"`, quotes and all.
void append_string(std::string_view text, std::string& out);

// Between the items of a list that is written one by one.
inline void comma(std::string& list) {
  if (!list.empty()) list.push_back(',');
}

// Is this the inside of a valid JSON string?
[[nodiscard]] bool is_escaped(std::string_view text) noexcept;

class Seam {
 public:
  // As append_text(); the first half of a pair at the end of the text waits for the next call.
  void append(const aip_event& event, std::string& out);
  // Will append() write anything for this event?
  [[nodiscard]] bool has_output(const aip_event& event) const noexcept;
  // A half that waited in vain becomes U+FFFD. True: something was appended.
  bool close(std::string& out);
  [[nodiscard]] bool waiting() const noexcept { return held_[0] != 0; }

 private:
  std::array<char, 4> held_{};  // hex digits of the first half; zeros: none
};

}  // namespace aip::dialect
