#include "tests/sim/judge.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/http/decoders.h"
#include "core/http/parser.h"

namespace aip::sim {
namespace {

// One whole answer, as an HTTP client hands it to an SDK.
struct Message {
  int status = 0;
  std::string type, body;
};

// The text of an answer, or that it failed; `fault` when it is neither.
struct Reading {
  std::string text;
  Outcome outcome = Outcome::Success;
  std::string fault;
};

Reading faulty(std::string what) {
  return {{}, Outcome::Failure, std::move(what)};
}

Reading read_openai_stream(const std::vector<std::pair<std::string, std::string>>& events) {
  Reading reading;
  bool done = false;
  bool failed = false;
  bool finish = false;
  bool broken = false;  // a provider's own bytes, passed on; what follows must not be a success
  for (const auto& [name, data] : events) {
    if (done) return faulty("something stands behind [DONE]");
    if (failed) return faulty("something stands behind the error");
    if (data == "[DONE]") {
      done = true;
      continue;
    }
    if (!json::check(data)) {
      broken = true;
      continue;
    }
    const json::Value value(data);
    if (value.get("error").is_object()) {
      failed = true;
      continue;
    }
    for (const json::Value choice : value.get("choices").items()) {
      reading.text += choice.get("delta").get("content").str();
      if (choice.get("finish_reason").is_string()) finish = true;
    }
  }
  if (done == failed) return faulty("the stream has no end, or two");
  if (done && broken) return faulty("a success with an event that is no JSON");
  if (done && !finish) return faulty("[DONE] without a finish reason");
  if (failed) reading.outcome = Outcome::Failure;
  return reading;
}

Reading read_anthropic_stream(const std::vector<std::pair<std::string, std::string>>& events) {
  Reading reading;
  bool stop = false;
  bool failed = false;
  bool broken = false;  // as above: bytes that pass natively are the provider's own
  for (const auto& [name, data] : events) {
    if (stop || failed) return faulty("something stands behind the end");
    if (!json::check(data)) {
      broken = true;
      continue;
    }
    const json::Value value(data);
    if (!value.get("type").equals(name)) return faulty("an event's name and type differ: " + data);
    if (name == "message_stop") stop = true;
    if (name == "error") failed = true;
    if (name == "content_block_delta") reading.text += value.get("delta").get("text").str();
  }
  if (stop == failed) return faulty("the stream has no end");
  if (stop && broken) return faulty("a success with an event that is no JSON");
  if (failed) reading.outcome = Outcome::Failure;
  return reading;
}

Reading read_stream(Dialect dialect, std::string_view body) {
  const auto decoder = http::make_sse_decoder(1 << 20);
  std::vector<std::pair<std::string, std::string>> events;
  Bytes input = body;
  for (;;) {
    auto event = decoder->next(input);
    if (!event) return faulty("the stream is no SSE");
    if (!*event) break;
    if ((*event)->name != ":") events.emplace_back((*event)->name, (*event)->data);
  }
  if (decoder->finish()) return faulty("the last event is not complete");
  return dialect == Dialect::OpenAi ? read_openai_stream(events) : read_anthropic_stream(events);
}

Reading read_whole(Dialect dialect, const Message& message) {
  if (!json::check(message.body)) return faulty("the body is no JSON: " + message.body);
  const json::Value value(message.body);
  Reading reading;
  if (message.status >= 400) {
    reading.outcome = Outcome::Failure;
    if (!value.get("error").get("message").is_string()) return faulty("an error without words");
    if (dialect == Dialect::Anthropic && !value.get("type").equals("error")) {
      return faulty("an error in another dialect's shape: " + message.body);
    }
    return reading;
  }
  if (dialect == Dialect::OpenAi) {
    for (const json::Value choice : value.get("choices").items()) {
      reading.text += choice.get("message").get("content").str();
    }
  } else {
    for (const json::Value block : value.get("content").items()) {
      reading.text += block.get("text").str();
    }
  }
  return reading;
}

std::string judge_chat(const Story& story, const Message& message, Answer& answer) {
  const bool stream = message.type.starts_with("text/event-stream");
  if (stream && (message.status != 200 || !story.stream)) return "a stream that nobody asked for";
  if (!stream && message.status == 200 && story.stream) return "no stream, though it was asked for";
  const Reading reading =
      stream ? read_stream(story.dialect, message.body) : read_whole(story.dialect, message);
  if (!reading.fault.empty()) return reading.fault;
  answer.outcome = reading.outcome;
  if (story.kind != Kind::Chat) return {};
  const std::string whole = text_of(story.number);
  if (reading.outcome == Outcome::Success && reading.text != whole) {
    return "a success with another text: " + reading.text;
  }
  if (!whole.starts_with(reading.text)) return "a text that is not the request's: " + reading.text;
  return {};
}

std::string judge_answer(const Story& story, const Message& message, bool slow, Answer& answer) {
  answer.status = message.status;
  answer.outcome = message.status < 400 ? Outcome::Success : Outcome::Failure;
  if (message.status == 408) return slow ? "" : "too slow, though it was not";
  switch (story.kind) {
    case Kind::Chat:
    case Kind::MockChat:
    case Kind::BadJson:
      return judge_chat(story, message, answer);
    case Kind::Forward:
      if (message.status == 200 && message.body != download_of(story.number)) {
        return "a forward that is whole and wrong";
      }
      return {};
    case Kind::Ping:
      if (message.status != 200) return "no pong";
      return message.body == (story.method == "HEAD" ? "" : "{\"ping\":\"ok\"}") ? "" : "no pong";
    case Kind::NoRoute:
      return message.status == 404 ? "" : "a route where there is none";
    case Kind::BadHttp:
      return message.status >= 400 ? "" : "bad HTTP was served";
  }
  return {};
}

}  // namespace

Verdict judge(const Client& client, const std::function<bool(std::uint32_t)>& crossed) {
  Verdict verdict;
  http::ResponseParser parser;
  Bytes input = client.received();
  const auto wrong = [&](const Story& story, std::string_view what) {
    verdict.fault = request_id_of(story.number) + " " + story.model + ": " + std::string(what);
    return verdict;
  };
  for (const Story& story : client.stories()) {
    if (input.empty()) return verdict;
    parser.expect(story.method, false);
    Message message;
    bool ended = false;
    while (!ended) {
      const bool all = input.empty();
      http::Parsed parsed = parser.next(input);
      // An answer that ends with the connection ends only by an end, never by a reset.
      if (parsed.event == http::ParseEvent::NeedMore && all) {
        if (!client.ended() || client.was_reset()) return verdict.cut = true, verdict;
        parsed = parser.finish();
        if (parsed.event == http::ParseEvent::Failed) return verdict.cut = true, verdict;
      }
      switch (parsed.event) {
        case http::ParseEvent::Head:
          message.status = parser.head().status;
          message.type = std::string(parser.head().headers.get("content-type"));
          if (parser.head().headers.count("date") != 1) return wrong(story, "no date, or two");
          break;
        case http::ParseEvent::Body:
          message.body.append(parsed.body);
          break;
        case http::ParseEvent::End:
          ended = true;
          break;
        case http::ParseEvent::Failed:
          return wrong(story, "bad HTTP: " + parser.error().detail);
        case http::ParseEvent::Interim:
        case http::ParseEvent::NeedMore:
          break;
      }
    }
    Answer answer;
    const std::string fault = judge_answer(story, message, client.was_slow(), answer);
    if (!fault.empty() && !crossed(story.number)) {
      return wrong(story, fault + " (status " + std::to_string(message.status) + ")");
    }
    verdict.answers.push_back(answer);
    parser.reset();
    // A message that is refused ends the connection, so what was sent behind it has no answer.
    const bool refused_us = story.kind == Kind::BadHttp || message.status == 408;
    if (refused_us) {
      // A head that did not arrive may have been HEAD's, which the gateway could not know.
      if (story.method == "HEAD") input = {};
      break;
    }
  }
  if (!input.empty()) verdict.fault = "more answers than requests";
  return verdict;
}

}  // namespace aip::sim
