// The errors of this gateway and of its providers, in the words of each dialect (SPEC 4, Errors).
#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>

#include "core/dialect/dialect.h"

namespace aip::dialect {
namespace {

struct Row {
  int status;
  std::string_view openai, anthropic, google;
};
// A status without a row is told as 400 or 500.
constexpr std::array<Row, 16> kRows{{
    {400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"},
    {401, "authentication_error", "authentication_error", "UNAUTHENTICATED"},
    {402, "insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED"},
    {403, "permission_error", "permission_error", "PERMISSION_DENIED"},
    {404, "invalid_request_error", "not_found_error", "NOT_FOUND"},
    {408, "invalid_request_error", "timeout_error", "DEADLINE_EXCEEDED"},
    {409, "invalid_request_error", "invalid_request_error", "ABORTED"},
    {413, "invalid_request_error", "request_too_large", "INVALID_ARGUMENT"},
    {429, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"},
    {499, "invalid_request_error", "invalid_request_error", "CANCELLED"},
    {500, "server_error", "api_error", "INTERNAL"},
    {501, "server_error", "api_error", "UNIMPLEMENTED"},
    {502, "server_error", "api_error", "UNAVAILABLE"},
    {503, "server_error", "api_error", "UNAVAILABLE"},
    {504, "timeout", "timeout_error", "DEADLINE_EXCEEDED"},
    {529, "server_error", "overloaded_error", "UNAVAILABLE"},
}};

const Row& row_of(int status) noexcept {
  const auto same = [status](const Row& row) { return row.status == status; };
  const auto found = std::find_if(kRows.begin(), kRows.end(), same);
  if (found != kRows.end()) return *found;
  return status < 500 ? kRows[0] : *std::find_if(kRows.begin(), kRows.end(), [](const Row& row) {
    return row.status == 500;
  });
}

bool is_anthropic_type(std::string_view type) noexcept {
  return std::any_of(kRows.begin(), kRows.end(),
                     [type](const Row& row) { return row.anthropic == type; });
}

bool is_google_status(std::string_view type) noexcept {
  static constexpr std::array<std::string_view, 4> kMore{"FAILED_PRECONDITION", "OUT_OF_RANGE",
                                                         "ALREADY_EXISTS", "DATA_LOSS"};
  return std::any_of(kRows.begin(), kRows.end(),
                     [type](const Row& row) { return row.google == type; }) ||
         std::find(kMore.begin(), kMore.end(), type) != kMore.end();
}

// Words that OpenAI's clients do not know: another dialect's names for the same thing.
bool is_foreign_to_openai(std::string_view type) noexcept {
  if (is_google_status(type)) return true;
  const bool shared = std::any_of(kRows.begin(), kRows.end(),
                                  [type](const Row& row) { return row.openai == type; });
  return !shared && is_anthropic_type(type);
}

void nullable(json::Writer& w, std::string_view name, std::string_view value) {
  w.key(name);
  if (value.empty()) {
    w.null();
  } else {
    w.string(value);
  }
}

std::string openai_body(const ErrorReply& reply) {
  const bool foreign = reply.type.empty() || is_foreign_to_openai(reply.type);
  const std::string_view type = foreign ? row_of(reply.status).openai : reply.type;
  const bool overloaded = reply.code.empty() && reply.status == 529;
  std::string out;
  json::Writer w(out);
  w.object().key("error").object();
  w.member("message", reply.message).member("type", type);
  nullable(w, "param", reply.param);
  nullable(w, "code", overloaded ? std::string_view("overloaded") : reply.code);
  w.end_object().end_object();
  return out;
}

// Anthropic's errors have no `param`; their message begins with the place: "messages.0.role: ...".
std::string anthropic_message(const ErrorReply& reply) {
  std::string_view words = reply.message;
  if (reply.param.empty() || !reply.param.starts_with('/')) return std::string(words);
  if (words.starts_with(reply.param)) words.remove_prefix(reply.param.size());
  if (words.starts_with(": ")) words.remove_prefix(2);
  std::string place = reply.param.substr(1);
  std::replace(place.begin(), place.end(), '/', '.');
  return place + ": " + std::string(words);
}

std::string anthropic_body(const ErrorReply& reply) {
  // OpenAI calls everything about the request invalid_request_error; the status knows better.
  const bool own = is_anthropic_type(reply.type) && reply.type != "invalid_request_error";
  const std::string_view type = own ? reply.type : row_of(reply.status).anthropic;
  std::string out;
  json::Writer w(out);
  w.object().member("type", "error").key("error").object();
  w.member("type", type).member("message", anthropic_message(reply)).end_object();
  nullable(w, "request_id", reply.request_id);
  w.end_object();
  return out;
}

std::string google_body(const ErrorReply& reply) {
  const int status = reply.status;
  const std::string_view name = is_google_status(reply.type) ? reply.type : row_of(status).google;
  std::string out;
  json::Writer w(out);
  w.object().key("error").object();
  w.key("code").number(status).member("message", reply.message).member("status", name);
  w.key("details").array();
  if (reply.retry_after_ms != 0) {
    w.object().member("@type", "type.googleapis.com/google.rpc.RetryInfo");
    w.member("retryDelay", std::to_string((reply.retry_after_ms + 999) / 1000) + "s").end_object();
  }
  if (!reply.request_id.empty()) {
    w.object().member("@type", "type.googleapis.com/google.rpc.RequestInfo");
    w.member("requestId", reply.request_id).end_object();
  }
  w.end_array().end_object().end_object();
  return out;
}

// OpenAI's own code where it has one for this; else our name of the cause.
std::string_view code_for(ErrorCode code) noexcept {
  if (code == ErrorCode::PolicyUnauthenticated) return "invalid_api_key";
  if (code == ErrorCode::PolicyModelUnknown) return "model_not_found";
  if (code == ErrorCode::PolicyRateLimited) return "rate_limit_exceeded";
  if (code == ErrorCode::ProviderError) return {};  // the provider's own, or none
  return traits(code).name;
}

}  // namespace

ErrorReply reply_for(const Error& error) {
  const ErrorTraits& t = traits(error.code);
  ErrorReply reply;
  reply.status = t.status;
  reply.type = t.type;
  reply.code = code_for(error.code);
  reply.message = error.public_text();
  reply.param = error.param;
  return reply;
}

std::string error_body(Kind kind, const ErrorReply& reply) {
  switch (kind) {
    case Kind::None:
    case Kind::OpenAiChat:
    case Kind::OpenAiResponses:
      return openai_body(reply);
    case Kind::Anthropic:
      return anthropic_body(reply);
    case Kind::Gemini:
      return google_body(reply);
  }
  return openai_body(reply);
}

}  // namespace aip::dialect
