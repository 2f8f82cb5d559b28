#include "tests/sim/provider.h"

#include <algorithm>
#include <array>

#include "core/http/write.h"
#include "tests/sim/story.h"

namespace aip::sim {
namespace {

// Text in small deltas that never cut a character in two.
std::vector<std::string> deltas_of(std::string_view text) {
  std::vector<std::string> deltas;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' ', 1), text.size());
    deltas.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return deltas;
}

std::string openai_event(std::string_view delta, std::string_view finish) {
  return "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
         "\"choices\":[{\"index\":0,\"delta\":" +
         std::string(delta) + ",\"finish_reason\":" + std::string(finish) + "}]}\n\n";
}

std::vector<std::string> openai_stream(std::uint32_t number) {
  std::vector<std::string> events{openai_event(R"({"role":"assistant","content":""})", "null")};
  for (const std::string& delta : deltas_of(text_of(number))) {
    events.push_back(openai_event("{\"content\":\"" + delta + "\"}", "null"));
  }
  events.push_back(openai_event("{}", "\"stop\""));
  events.emplace_back(
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
      "\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,\"total_tokens\":8}}"
      "\n\n");
  events.emplace_back("data: [DONE]\n\n");
  return events;
}

std::string openai_whole(std::uint32_t number) {
  return "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"
         "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" +
         text_of(number) +
         "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5,"
         "\"total_tokens\":8}}";
}

std::string claude_event(std::string_view name, std::string_view rest) {
  return "event: " + std::string(name) + "\ndata: {\"type\":\"" + std::string(name) + "\"" +
         std::string(rest) + "}\n\n";
}

std::vector<std::string> claude_stream(std::uint32_t number) {
  std::vector<std::string> events{
      claude_event("message_start",
                   R"(,"message":{"id":"msg_1","type":"message","role":"assistant","model":"m",)"
                   R"("content":[],"stop_reason":null,"stop_sequence":null,)"
                   R"("usage":{"input_tokens":3,"output_tokens":1}})"),
      claude_event("content_block_start",
                   R"(,"index":0,"content_block":{"type":"text","text":""})"),
      claude_event("ping", "")};
  for (const std::string& delta : deltas_of(text_of(number))) {
    events.push_back(claude_event(
        "content_block_delta",
        ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + delta + "\"}"));
  }
  events.push_back(claude_event("content_block_stop", ",\"index\":0"));
  events.push_back(claude_event("message_delta",
                                R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},)"
                                R"("usage":{"output_tokens":5})"));
  events.push_back(claude_event("message_stop", ""));
  return events;
}

std::string claude_whole(std::uint32_t number) {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text",)"
         "\"text\":\"" +
         text_of(number) +
         R"("}],"stop_reason":"end_turn","stop_sequence":null,)"
         R"("usage":{"input_tokens":3,"output_tokens":5}})";
}

std::string error_body(Service service, std::string_view what) {
  return service == Service::OpenAi
             ? "{\"error\":{\"message\":\"" + std::string(what) +
                   "\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
             : R"({"type":"error","error":{"type":"api_error","message":")" + std::string(what) +
                   "\"}}";
}

std::string error_event(Service service) {
  const std::string body = error_body(service, "it went wrong");
  return service == Service::OpenAi ? "data: " + body + "\n\n"
                                    : "event: error\ndata: " + body + "\n\n";
}

enum class Frame : std::uint8_t { Length, Chunked, UntilEnd };

std::string head_of(int status, std::string_view type, Frame frame, std::size_t length,
                    std::string_view fields = {}) {
  std::string head;
  http::write_status_line(head, status);
  http::write_field(head, "content-type", type);
  head += fields;
  if (frame == Frame::Length) http::write_field(head, "content-length", std::to_string(length));
  if (frame == Frame::Chunked) http::write_field(head, "transfer-encoding", "chunked");
  if (frame == Frame::UntilEnd) http::write_field(head, "connection", "close");
  http::end_head(head);
  return head;
}

std::string chunk(std::string_view bytes) {
  std::string out;
  http::write_chunk_size(out, bytes.size());
  return out.append(bytes).append("\r\n");
}

// Several neighbouring events often leave in one piece.
std::vector<std::string> grouped(Random& random, std::vector<std::string> parts) {
  std::vector<std::string> groups;
  for (std::string& part : parts) {
    if (!groups.empty() && chance(random, 50)) {
      groups.back() += part;
    } else {
      groups.push_back(std::move(part));
    }
  }
  return groups;
}

std::vector<std::string> parts_of(Random& random, const Ask& ask) {
  if (ask.chat && ask.stream) {
    return ask.service == Service::OpenAi ? openai_stream(ask.number) : claude_stream(ask.number);
  }
  std::string body = !ask.chat                        ? download_of(ask.number)
                     : ask.service == Service::OpenAi ? openai_whole(ask.number)
                                                      : claude_whole(ask.number);
  std::vector<std::string> parts;
  if (chance(random, 40)) return {body};
  for (std::string_view rest = body; !rest.empty();) {
    const std::size_t n = 1 + random.below(static_cast<std::uint32_t>(rest.size()));
    parts.emplace_back(rest.substr(0, n));
    rest.remove_prefix(n);
  }
  return parts;
}

Fault draw_fault(Random& random) {
  if (chance(random, 55)) return Fault::None;
  return static_cast<Fault>(1 + random.below(static_cast<std::uint32_t>(Fault::EndAfter)));
}

// What a fault changes in the parts of the body. True: the answer is still good.
bool spoil(Random& random, const Ask& ask, Fault fault, std::vector<std::string>& parts) {
  const bool events = ask.chat && ask.stream;
  // An error or junk behind the finish reason is the plugin's to ignore, so it stands before it.
  const auto cut_before_finish = [&] {
    parts.resize(random.below(static_cast<std::uint32_t>(parts.size() - 3)));
  };
  const auto cut = [&] {
    if (!parts.empty()) parts.resize(random.below(static_cast<std::uint32_t>(parts.size())));
  };
  switch (fault) {
    case Fault::None:
    case Fault::Surplus:
    case Fault::Interim:
    case Fault::EndAfter:
      return true;
    case Fault::NoTerminal:
      if (!events) return true;  // only a stream has one
      // Anthropic's stop reason alone does not end a message; OpenAI's finish reason does.
      parts.resize(parts.size() - (ask.service == Service::OpenAi ? 3 : 1));
      return false;
    case Fault::ErrorEvent:
      if (!events) return true;
      cut_before_finish();
      parts.push_back(error_event(ask.service));
      return false;
    case Fault::NotJson:
      if (!events) return true;
      cut_before_finish();
      parts.emplace_back("data: {\"choices\":[\n\n");
      return false;
    case Fault::Status:
    case Fault::Silence:
    case Fault::ResetAtOnce:
    case Fault::NotHttp:
      return false;
    case Fault::ResetInside:
    case Fault::EndInside:
    case Fault::Stall:
      cut();
      return false;
  }
  return false;
}

Script refusal(Random& random, const Ask& ask) {
  constexpr std::array<int, 8> kStatuses{400, 401, 403, 404, 429, 500, 503, 529};
  const int status = kStatuses[random.below(kStatuses.size())];
  const std::string body = chance(random, 80) ? error_body(ask.service, "no") : "<html>no</html>";
  const std::string_view more = status == 429 ? "retry-after: 2\r\n" : "";
  Script script;
  script.fault = Fault::Status;
  script.pieces.push_back(head_of(status, "application/json", Frame::Length, body.size(), more));
  if (ask.method != "HEAD") script.pieces.push_back(body);
  return script;
}

}  // namespace

Script draw_script(Random& random, const Ask& ask) {
  using Then = Script::Then;
  const Fault fault = draw_fault(random);
  if (fault == Fault::Status) return refusal(random, ask);
  Script script;
  script.fault = fault;
  std::vector<std::string> parts = parts_of(random, ask);
  std::size_t length = 0;
  for (const std::string& part : parts) length += part.size();
  script.good = spoil(random, ask, fault, parts);
  if (fault == Fault::Silence) return script.then = Then::Hang, script;
  if (fault == Fault::ResetAtOnce) return script.then = Then::Reset, script;
  if (fault == Fault::NotHttp) {
    script.pieces.emplace_back("HTTP/1.1 OK 200\r\nthis is not: http\r\n\r\n");
    return script;
  }
  Frame frame = static_cast<Frame>(random.below(3));
  const bool events = ask.chat && ask.stream;
  if (events && frame == Frame::Length) frame = Frame::Chunked;
  const bool broken_off = fault == Fault::ResetInside || fault == Fault::EndInside;
  // An end in mid-body without framing cannot be told from a whole one, so it is no fault to test.
  if (frame == Frame::UntilEnd && broken_off && !events) frame = Frame::Chunked;
  if (frame == Frame::UntilEnd) script.then = Then::End;
  if (fault == Fault::Interim) {
    for (std::uint32_t i = 0; i <= random.below(8); ++i) {
      script.pieces.emplace_back("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
    }
  }
  const std::string_view type = events     ? "text/event-stream"
                                : ask.chat ? "application/json"
                                           : "application/octet-stream";
  script.pieces.push_back(head_of(200, type, frame, length));
  for (std::string& part : grouped(random, std::move(parts))) {
    if (part.empty()) continue;
    script.pieces.push_back(frame == Frame::Chunked ? chunk(part) : std::move(part));
  }
  switch (fault) {
    case Fault::ResetInside:
      script.then = Then::Reset;
      return script;
    case Fault::EndInside:
      script.then = Then::End;
      return script;
    case Fault::Stall:
      script.then = Then::Hang;
      return script;
    case Fault::EndAfter:
      script.then = Then::End;
      break;
    case Fault::None:
    case Fault::Status:
    case Fault::Silence:
    case Fault::ResetAtOnce:
    case Fault::NoTerminal:
    case Fault::ErrorEvent:
    case Fault::NotJson:
    case Fault::NotHttp:
    case Fault::Surplus:
    case Fault::Interim:
      break;
  }
  if (frame == Frame::Chunked) script.pieces.emplace_back("0\r\n\r\n");
  if (fault == Fault::Surplus && frame != Frame::UntilEnd) {
    script.pieces.back() += "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstolen";
  }
  return script;
}

}  // namespace aip::sim
