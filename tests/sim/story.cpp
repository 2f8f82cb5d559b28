#include "tests/sim/story.h"

#include <array>
#include <cctype>

namespace aip::sim {
namespace {

constexpr std::array<std::string_view, 6> kUpstreamModels{
    "gpt-4o-mini", "gpt-5", "claude-sonnet-4-5", "pair", "pair", "spread"};
constexpr std::array<std::string_view, 8> kMockModels{"mock",      "mock-slow", "mock-think",
                                                      "mock-json", "mock-long", "mock-429",
                                                      "mock-cut",  "mock-tools"};
constexpr std::array<std::string_view, 6> kBadHttp{
    "GET / HTTP/1.1\r\n\r\n",
    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    "Content-Length: 2\r\n\r\n",
    "nonsense\r\n\r\n",
    "GET / HTTP/1.1\nHost: localhost\n\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: the-moon\r\n\r\n"};

Kind draw_kind(Random& random) {
  const std::uint32_t dice = random.below(100);
  if (dice < 50) return Kind::Chat;
  if (dice < 70) return Kind::MockChat;
  if (dice < 85) return Kind::Forward;
  if (dice < 90) return Kind::Ping;
  if (dice < 93) return Kind::NoRoute;
  if (dice < 97) return Kind::BadJson;
  return Kind::BadHttp;
}

std::string head_of(const Story& story, std::string_view path, std::string_view fields) {
  return story.method + " " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nx-request-id: " + request_id_of(story.number) + "\r\n" +
         std::string(fields);
}

// The body with a length or in chunks.
std::string framed(Random& random, const std::string& head, std::string_view body) {
  std::string wire = head;
  if (chance(random, 70)) {
    return wire + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  wire += "Transfer-Encoding: chunked\r\n\r\n";
  while (!body.empty()) {
    const std::size_t n = 1 + random.below(static_cast<std::uint32_t>(body.size()));
    std::array<char, 24> line{};
    std::snprintf(line.data(), line.size(), "%zx\r\n", n);
    wire += line.data() + std::string(body.substr(0, n)) + "\r\n";
    body.remove_prefix(n);
  }
  return wire + "0\r\n\r\n";
}

std::string chat_body(const Story& story) {
  std::string body = "{\"model\":\"" + story.model + "\",\"max_tokens\":200,";
  if (story.stream) body += "\"stream\":true,";
  if (story.model == "mock-tools") {
    body += story.dialect == Dialect::OpenAi
                ? R"("tools":[{"type":"function","function":{"name":"look","parameters":)"
                  R"({"type":"object","properties":{"at":{"type":"string"}}}}}],)"
                : R"("tools":[{"name":"look","input_schema":)"
                  R"({"type":"object","properties":{"at":{"type":"string"}}}}],)";
  }
  return body + "\"messages\":[{\"role\":\"user\",\"content\":\"tell me " +
         request_id_of(story.number) + "\"}]}";
}

void draw_chat(Random& random, Story& story) {
  story.method = "POST";
  story.dialect = chance(random, 60) ? Dialect::OpenAi : Dialect::Anthropic;
  story.stream = chance(random, 65);
  const bool mock = story.kind == Kind::MockChat;
  story.model = mock ? kMockModels[random.below(kMockModels.size())]
                     : kUpstreamModels[random.below(kUpstreamModels.size())];
  const bool openai = story.dialect == Dialect::OpenAi;
  std::string fields = "Content-Type: application/json\r\n";
  if (!openai) fields += "anthropic-version: 2023-06-01\r\n";
  std::string body = chat_body(story);
  if (story.kind == Kind::BadJson)
    body.resize(1 + random.below(static_cast<std::uint32_t>(body.size() - 1)));
  story.wire = framed(
      random, head_of(story, openai ? "/v1/chat/completions" : "/v1/messages", fields), body);
}

}  // namespace

Story draw_story(Random& random, std::uint32_t number, Bodies bodies) {
  Story story;
  story.number = number;
  story.kind = draw_kind(random);
  switch (story.kind) {
    case Kind::Chat:
    case Kind::MockChat:
    case Kind::BadJson:
      draw_chat(random, story);
      break;
    case Kind::Forward: {
      story.method = chance(random, 50) ? "GET" : "POST";
      const std::string path = "/v1/files/" + request_id_of(number);
      if (story.method == "GET") {
        story.wire = head_of(story, path, "\r\n");
        break;
      }
      story.upload_bytes =
          1 + random.below(bodies == Bodies::Long && chance(random, 30) ? 600'000 : 2'000);
      story.wire = framed(random, head_of(story, path, ""), std::string(story.upload_bytes, 'u'));
      break;
    }
    case Kind::Ping:
      story.method = chance(random, 30) ? "HEAD" : "GET";
      story.wire = head_of(story, "/ping", "\r\n");
      break;
    case Kind::NoRoute:
      story.method = "GET";
      story.wire = head_of(story, "/no/such/route", "\r\n");
      break;
    case Kind::BadHttp:
      story.method = "GET";
      story.wire = kBadHttp[random.below(kBadHttp.size())];
      break;
  }
  return story;
}

std::string text_of(std::uint32_t number) {
  std::string text = "answer " + std::to_string(number) + ":";
  for (std::uint32_t i = 0; i < number * 7 % 23; ++i) {
    text += " w" + std::to_string(i) + (i % 5 == 0 ? "\u00e9\U0001F600" : "");
  }
  return text;
}

std::string request_id_of(std::uint32_t number) {
  return "sim-" + std::to_string(number) + "-";
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  const std::size_t at = text.find("sim-");
  if (at == std::string_view::npos) return std::nullopt;
  std::uint32_t number = 0;
  std::size_t i = at + 4;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    number = number * 10 + static_cast<std::uint32_t>(text[i] - '0');
  }
  if (i == at + 4) return std::nullopt;
  return number;
}

std::string download_of(std::uint32_t number) {
  const std::size_t size = is_long(number) ? 400'000 : number * 97 % 3'000;
  std::string bytes(size, 'd');
  for (std::size_t i = 0; i < size; i += 13) bytes[i] = static_cast<char>('a' + (i + number) % 26);
  return bytes;
}

}  // namespace aip::sim
