// records.h - cuts a JSON array that is still arriving into its elements.
//
// streamGenerateContent without alt=sse answers one array, "[{...}\n,\r\n{...}\n]", pretty-printed
// and cut anywhere by the network: inside a text, an escape, a character. feed() gives the elements
// that are complete, and says up to where the bytes stand at the end of one, so that bytes can be
// passed on by whole elements. An object that stands alone is one element.
// Nothing is parsed but strings and brackets: an element is checked by whoever reads it.
//
// Threads: none.   Memory: one element, at most kRecordBytesMax.
// Errors: too_large(). Lifetime: views die at the next feed().
// Tests: tests/unit/gemini/small_test.cpp, tests/fuzz/gemini_fuzz.cpp
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aip::gemini {

inline constexpr std::size_t kRecordBytesMax = 16 * 1024 * 1024;

class Records {
 public:
  struct Fed {
    std::vector<std::string_view> records;  // in order
    // The bytes to pass on: all up to the end of the last record, or of the array.
    std::string_view whole;
  };
  [[nodiscard]] Fed feed(std::string_view bytes);
  [[nodiscard]] bool too_large() const noexcept { return held_.size() > kRecordBytesMax; }
  // What stands behind the last thing that was given out: blanks, or half an element.
  [[nodiscard]] std::string_view rest() const noexcept {
    return std::string_view(held_).substr(taken_);
  }
  // The closing bracket came.
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  std::string held_;         // from the end of the last record on
  std::size_t taken_ = 0;    // of held_: given out by the last feed()
  std::size_t scanned_ = 0;  // of held_
  std::size_t begin_ = 0;    // of the open record in held_
  std::size_t depth_ = 0;    // of brackets inside the open record
  bool in_array_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  bool closed_ = false;
};

}  // namespace aip::gemini
