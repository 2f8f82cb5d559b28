// http_story.h - what a parser saw, as text: one line an event, the pieces of a body joined.
//
// The parser is fed as a stream feeds it: what it did not take stays in front of what comes next.
#pragma once

#include <string>

#include "core/base/check.h"
#include "core/http/parser.h"
#include "tests/support/pieces.h"

namespace aip::test {

struct Story {
  std::string text;
  int heads = 0;
  int ends = 0;
  int interims = 0;
  bool failed = false;
  ErrorCode code = ErrorCode::GatewayInternal;
};

inline std::string framing_text(http::Framing framing, std::uint64_t length) {
  switch (framing) {
    case http::Framing::None:
      return "none";
    case http::Framing::Length:
      return "length " + std::to_string(length);
    case http::Framing::Chunked:
      return "chunked";
    case http::Framing::UntilClose:
      return "until close";
  }
  return "?";
}

inline std::string fields_text(const http::Headers& headers) {
  std::string out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    out += " [" + std::string(headers[i].name) + "=" + std::string(headers[i].value) + "]";
  }
  return out;
}

inline std::string head_text(const http::RequestHead& head) {
  return head.method + " " + head.path + (head.query.empty() ? "" : "?" + head.query) + " 1." +
         std::to_string(head.minor_version) + " " +
         framing_text(head.framing, head.content_length) + (head.keep_alive ? " keep" : " close") +
         (head.expect_continue ? " expect" : "") + (head.upgrade_websocket ? " websocket" : "") +
         fields_text(head.headers);
}

inline std::string head_text(const http::ResponseHead& head) {
  return std::to_string(head.status) + " 1." + std::to_string(head.minor_version) + " " +
         framing_text(head.framing, head.content_length) + (head.keep_alive ? " keep" : " close") +
         fields_text(head.headers);
}

// One event into the story. False when the parser is done with this input.
template <class Parser>
bool tell(Story& story, Parser& parser, const http::Parsed& parsed) {
  switch (parsed.event) {
    case http::ParseEvent::NeedMore:
      return false;
    case http::ParseEvent::Head:
      ++story.heads;
      story.text += "head " + head_text(parser.head()) + "\nbody ";
      return true;
    case http::ParseEvent::Interim:
      ++story.interims;
      story.text += "interim " + head_text(parser.head()) + "\n";
      return true;
    case http::ParseEvent::Body:
      AIP_CHECK(!parsed.body.empty());
      story.text.append(parsed.body);
      return true;
    case http::ParseEvent::End:
      ++story.ends;
      story.text += "\nend\n";
      return false;
    case http::ParseEvent::Failed:
      story.failed = true;
      story.code = parser.error().code;
      story.text += "\nfailed " + std::string(traits(story.code).name) + "\n";
      return false;
  }
  return false;
}

// Requests on one connection, one behind the other, until a fault.
inline Story read_requests(const Pieces& pieces, const http::ParserLimits& limits = {}) {
  http::RequestParser parser(limits);
  Story story;
  std::string kept;
  for (const Bytes piece : pieces) {
    kept.append(piece);
    const Fenced fenced(kept);
    Bytes input = fenced.view();
    while (!story.failed) {
      const int ends = story.ends;
      if (tell(story, parser, parser.next(input))) continue;
      if (story.ends == ends) break;
      parser.reset();
      if (input.empty()) break;
    }
    kept.assign(input);
  }
  return story;
}

enum class Then : std::uint8_t { StaysOpen, Ends };

struct Question {
  std::string method = "GET";
  bool upgrade_asked = false;
};

// One answer to one request; what is left of the input is counted.
inline Story read_answer(const Pieces& pieces, Then then, const Question& question = {},
                         const http::ParserLimits& limits = http::ParserLimits::for_answers()) {
  http::ResponseParser parser(limits);
  parser.expect(question.method, question.upgrade_asked);
  Story story;
  std::string kept;
  for (const Bytes piece : pieces) {
    kept.append(piece);
    if (story.ends > 0) continue;
    const Fenced fenced(kept);
    Bytes input = fenced.view();
    while (!story.failed && tell(story, parser, parser.next(input))) {
    }
    kept.assign(input);
  }
  if (then == Then::Ends && !story.failed && story.ends == 0) tell(story, parser, parser.finish());
  if (story.ends > 0 && !kept.empty()) {
    story.text += "left " + std::to_string(kept.size()) + "\n";
  }
  return story;
}

}  // namespace aip::test
