// gemini_support.h - Gemini's encoders under test, in all three shapes of an answer.
#pragma once

#include <vector>

#include "tests/support/gemini_answer.h"
#include "tests/unit/dialect/support.h"

namespace aip::test {

enum class Shape { Whole, Events, Array };
inline constexpr std::initializer_list<Shape> kShapes{Shape::Whole, Shape::Events, Shape::Array};

inline dialect::AnswerOptions gemini_options(Shape shape, bool shows_reasoning = true) {
  dialect::AnswerOptions options = options_of(shape != Shape::Whole, true);
  options.framing = shape == Shape::Array ? dialect::Framing::Array : dialect::Framing::Events;
  options.shows_reasoning = shows_reasoning;
  return options;
}

inline GeminiAnswer read_gemini(Shape shape, std::string_view bytes,
                                std::set<std::string> more = {}) {
  GeminiReader reader(std::move(more));
  switch (shape) {
    case Shape::Whole:
      return reader.whole(bytes);
    case Shape::Events:
      return reader.events(bytes);
    case Shape::Array:
      return reader.array(bytes);
  }
  return {};
}

// What a client gets from these events, in that shape.
inline GeminiAnswer gemini_answer(Shape shape, const std::vector<aip_event>& events,
                                  bool shows_reasoning = true, std::set<std::string> more = {}) {
  const auto encoder =
      dialect::make_encoder(dialect::Kind::Gemini, gemini_options(shape, shows_reasoning));
  std::string out;
  for (const aip_event& e : events) encoder->event(e, out);
  encoder->end(out);
  GeminiAnswer answer = read_gemini(shape, out, std::move(more));
  CHECK_MESSAGE(answer.good(), answer.fault << ": " << out);
  return answer;
}

}  // namespace aip::test
