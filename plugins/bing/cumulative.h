// cumulative.h - texts that come again and again, each time longer, as the pieces that are new.
//
// Bing sends the whole text so far with every update. It may also take words back (moderation), and
// one turn may hold several messages. What a client has read cannot be taken back, so:
//   the text goes on          the new end is told
//   it shrank, or is another   nothing is told until it goes on from what was told
//   the last text differs      finish() tells it whole, as a paragraph of its own; shrunk() if the
//                              last text is only the beginning of what was told
//   another message           begins as a paragraph of its own
// A whole answer (Shape::Whole) tells nothing before finish(), so it is always the last text.
// A character whose second half has not come yet (a U+FFFD at the end) is waited for.
// Tests: tests/unit/bing/cumulative_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aip::bing {

enum class Shape : std::uint8_t { Stream, Whole };

class Cumulative {
 public:
  explicit Cumulative(Shape shape) noexcept : shape_(shape) {}

  // What is new to the client. `id` tells messages apart.
  [[nodiscard]] std::string update(std::string_view id, std::string_view text);
  // The message's last text.
  [[nodiscard]] std::string finish(std::string_view id, std::string_view text);
  [[nodiscard]] bool told() const noexcept { return anything_; }
  [[nodiscard]] bool shrunk() const noexcept { return shrunk_; }

 private:
  std::string tell(std::string piece);
  std::string paragraph(std::string_view text);
  std::string leave_message(std::string_view id);

  const Shape shape_;
  std::string id_;
  std::string told_;    // of this message
  std::string latest_;  // of this message
  bool anything_ = false;
  bool shrunk_ = false;
};

}  // namespace aip::bing
