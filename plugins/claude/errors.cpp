#include "errors.h"

#include <array>
#include <cstdlib>
#include <string>

namespace aip::claude {
namespace {

struct TypeRow {
  std::string_view type;
  std::uint16_t status;
};
// Each type's own status, for errors that come without one.
constexpr std::array<TypeRow, 10> kTypes{{
    {"invalid_request_error", 400},
    {"authentication_error", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"request_too_large", 413},
    {"rate_limit_error", 429},
    {"api_error", 500},
    {"timeout_error", 504},
    {"overloaded_error", 529},
}};

constexpr std::uint16_t kUnknownTypeStatus = 502;

std::uint16_t flags_of_status(int status) noexcept {
  switch (status) {
    case 401:
      return AIP_ERR_AUTH;
    case 402:
      return AIP_ERR_QUOTA;
    case 403:
      return AIP_ERR_PERMISSION;
    case 429:
      return AIP_ERR_RATE | AIP_ERR_RETRYABLE;
    case 503:
    case 529:
      return AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE;
    case 408:
    case 409:
    case 500:
    case 502:
    case 504:
      return AIP_ERR_RETRYABLE;
    default:
      return status >= 500 ? AIP_ERR_RETRYABLE : 0;
  }
}

bool has_words(std::string_view message, std::string_view words) noexcept {
  return message.find(words) != std::string_view::npos;
}

// Some meanings have no type of their own; only the message tells them.
std::uint16_t flags_of_message(std::string_view message) noexcept {
  if (has_words(message, "credit balance")) return AIP_ERR_QUOTA;
  if (has_words(message, "prompt is too long") || has_words(message, "exceed context limit") ||
      has_words(message, "exceeds the maximum number of tokens")) {
    return AIP_ERR_CONTEXT_LENGTH;
  }
  return 0;
}

sdk::Failure make(int status, std::string type, std::string message) {
  sdk::Failure failure(sdk::code_of_status(status),
                       sdk::without_keys(std::move(message), {"sk-ant-"}));
  failure.http_status = static_cast<std::uint16_t>(status);
  failure.flags = flags_of_status(status);
  failure.type = std::move(type);
  // Under 500 the message may know better: no money is told as 400.
  if (status < 500) failure.flags |= flags_of_message(failure.message);
  if ((failure.flags & AIP_ERR_QUOTA) != 0) {
    failure.flags &= static_cast<std::uint16_t>(~(AIP_ERR_RETRYABLE | AIP_ERR_RATE));
  }
  return failure;
}

std::uint16_t status_of_type(std::string_view type) noexcept {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.status;
  }
  return kUnknownTypeStatus;
}

// The object, the string or the nothing that stands under "error".
struct Told {
  std::string type, message;
};
Told told_by(json::Value body) {
  const json::Value error = body["error"];
  if (error.is_string()) return {{}, error.str()};
  const json::Value place = error.is_object() ? error : body;
  return {error["type"].str(), place["message"].str()};
}

}  // namespace

std::uint32_t retry_after_ms(std::string_view value) {
  // strtod wants a terminator, and would take "inf", "nan" and hex.
  if (value.empty() || value.size() > 16) return 0;
  if (value.find_first_not_of("0123456789.") != std::string_view::npos) return 0;
  const double seconds = std::strtod(std::string(value).c_str(), nullptr);
  constexpr double kDay = 86400;
  return static_cast<std::uint32_t>((seconds < kDay ? seconds : kDay) * 1000);
}

ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count) {
  ErrorHead head;
  head.status = status;
  head.retry_after_ms = retry_after_ms(sdk::find_header(headers, count, "retry-after"));
  // Kept beyond the callback, so it points to words of ours.
  const std::string_view retry = sdk::find_header(headers, count, "x-should-retry");
  if (retry == "true") head.should_retry = "true";
  if (retry == "false") head.should_retry = "false";
  return head;
}

sdk::Failure failure_of_answer(const ErrorHead& head, std::string_view body, BodyKind kind) {
  // A redirect, say: neither an answer to a POST nor an error of this API.
  if (head.status < 400) {
    return bad_answer("The provider answered with status " + std::to_string(head.status) + ".");
  }
  Told told;
  if (kind == BodyKind::Json) told = told_by(json::Value(body));
  if (told.message.empty()) {
    told.message =
        "The provider answered with status " + std::to_string(head.status) +
        (body.empty() ? " and nothing else." : " and a body that is no error of its own.");
  }
  sdk::Failure failure = make(head.status, std::move(told.type), std::move(told.message));
  failure.retry_after_ms = head.retry_after_ms;
  if (head.should_retry == "true") failure.flags |= AIP_ERR_RETRYABLE;
  if (head.should_retry == "false") {
    failure.flags &= static_cast<std::uint16_t>(~AIP_ERR_RETRYABLE);
  }
  return failure;
}

sdk::Failure failure_of_event(json::Value event) {
  Told told = told_by(event);
  if (told.message.empty()) told.message = "The provider broke off with an error.";
  const int status = status_of_type(told.type);
  return make(status, std::move(told.type), std::move(told.message));
}

}  // namespace aip::claude
