#include <doctest/doctest.h>

#include "core/base/json.h"
#include "core/dialect/dialect.h"

using namespace aip::dialect;  // NOLINT: short names read better in a table
using aip::Error;
using aip::ErrorCode;
using aip::json::Value;

namespace {

ErrorReply provider(int status, std::string type, std::string code = {}) {
  ErrorReply reply;
  reply.status = status;
  reply.type = std::move(type);
  reply.code = std::move(code);
  reply.message = "It \"failed\"\n.";
  return reply;
}

std::string openai_type(int status, std::string type) {
  return Value(error_body(Kind::OpenAiChat, provider(status, std::move(type))))["error"]["type"]
      .str();
}
std::string anthropic_type(int status, std::string type) {
  return Value(error_body(Kind::Anthropic, provider(status, std::move(type))))["error"]["type"]
      .str();
}
std::string google_status(int status, std::string type) {
  return Value(error_body(Kind::Gemini, provider(status, std::move(type))))["error"]["status"]
      .str();
}

}  // namespace

TEST_CASE("errors: OpenAI's shape has all four members, null where nothing is known") {
  const std::string body = error_body(Kind::OpenAiChat, provider(400, "invalid_request_error"));
  CHECK(
      body ==
      R"({"error":{"message":"It \"failed\"\n.","type":"invalid_request_error","param":null,"code":null}})");
  ErrorReply full = provider(404, "invalid_request_error", "model_not_found");
  full.param = "model";
  CHECK(error_body(Kind::None, full).find(R"("param":"model","code":"model_not_found")") !=
        std::string::npos);
}

TEST_CASE("errors: Anthropic's message begins with the place, which has no member of its own") {
  const auto message = [](std::string param, std::string words) {
    ErrorReply reply;
    reply.status = 400;
    reply.message = std::move(words);
    reply.param = std::move(param);
    return Value(error_body(Kind::Anthropic, reply))["error"]["message"].str();
  };
  CHECK(message("/messages/0/content/1", "No video.") == "messages.0.content.1: No video.");
  CHECK(message("/mcp_servers", "/mcp_servers: mcp_servers") == "mcp_servers: mcp_servers");
  CHECK(message("messages.0.role", "messages.0.role: Field required") ==
        "messages.0.role: Field required");
  CHECK(message("", "Overloaded") == "Overloaded");
}

TEST_CASE("errors: Anthropic's shape, with the request's id") {
  ErrorReply reply = provider(429, "requests", "rate_limit_exceeded");
  reply.request_id = "req_1";
  CHECK(
      error_body(Kind::Anthropic, reply) ==
      R"({"type":"error","error":{"type":"rate_limit_error","message":"It \"failed\"\n."},"request_id":"req_1"})");
}

TEST_CASE("errors: Google's shape, with the time to wait") {
  ErrorReply reply = provider(429, "requests");
  reply.retry_after_ms = 1200;
  reply.request_id = "r";
  const std::string body = error_body(Kind::Gemini, reply);
  const Value error = Value(body)["error"];
  CHECK(error["code"].integer() == 429);
  CHECK(error["status"].str() == "RESOURCE_EXHAUSTED");
  CHECK(body.find(R"("retryDelay":"2s")") != std::string::npos);
  CHECK(body.find(R"("requestId":"r")") != std::string::npos);
}

TEST_CASE("errors: a provider's own type stays in its own dialect and is translated for another") {
  CHECK(openai_type(429, "tokens") == "tokens");
  CHECK(openai_type(529, "overloaded_error") == "server_error");
  CHECK(openai_type(404, "not_found_error") == "invalid_request_error");
  CHECK(openai_type(400, "INVALID_ARGUMENT") == "invalid_request_error");
  CHECK(openai_type(401, "authentication_error") == "authentication_error");
  CHECK(openai_type(418, "") == "invalid_request_error");
  CHECK(openai_type(599, "") == "server_error");
  CHECK(anthropic_type(529, "overloaded_error") == "overloaded_error");
  CHECK(anthropic_type(404, "invalid_request_error") == "not_found_error");
  CHECK(anthropic_type(413, "invalid_request_error") == "request_too_large");
  CHECK(anthropic_type(402, "insufficient_quota") == "billing_error");
  CHECK(anthropic_type(504, "timeout") == "timeout_error");
  CHECK(google_status(400, "FAILED_PRECONDITION") == "FAILED_PRECONDITION");
  CHECK(google_status(529, "overloaded_error") == "UNAVAILABLE");
  CHECK(google_status(504, "timeout") == "DEADLINE_EXCEEDED");
}

TEST_CASE("errors: a provider's own status stays what it is, 529 too, in every dialect") {
  CHECK(error_body(Kind::OpenAiChat, provider(529, "overloaded_error")).find("\"overloaded\"") !=
        std::string::npos);
  CHECK(Value(error_body(Kind::Gemini, provider(529, "")))["error"]["code"].integer() == 529);
}

TEST_CASE(
    "errors: every cause has a status, a type, a text and a code; details show where they may") {
  for (int i = 0; i < aip::kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const ErrorReply reply = reply_for({code, "secret host 10.0.0.1"});
    CHECK(reply.status >= 400);
    CHECK_FALSE(reply.type.empty());
    CHECK_FALSE(reply.message.empty());
    CHECK(reply.code.empty() == (code == ErrorCode::ProviderError));
    if (!aip::traits(code).show_detail) CHECK(reply.message.find("10.0.0.1") == std::string::npos);
    for (const Kind kind :
         {Kind::None, Kind::OpenAiChat, Kind::OpenAiResponses, Kind::Anthropic, Kind::Gemini}) {
      CHECK(aip::json::check(error_body(kind, reply)).ok());
    }
  }
  CHECK(reply_for({ErrorCode::PolicyUnauthenticated, {}}).code == "invalid_api_key");
  Error bad{ErrorCode::CallerBadRequest, "stream must be true or false."};
  bad.param = "stream";
  CHECK(reply_for(bad).param == "stream");
}

TEST_CASE("errors: the gateway's own members never reach an upstream") {
  for (const char* name : {"provider", "openai", "gemini", "bing", "coze", "claude"}) {
    CHECK(is_own_member(name));
  }
  CHECK_FALSE(is_own_member("model"));
  CHECK_FALSE(is_own_member(""));
}
