#include "errors.h"

#include <array>
#include <cstdlib>
#include <string>

namespace aip::gemini {
namespace {

struct StatusRow {
  std::string_view status;
  std::uint16_t code;
};
// Each status' own code, for errors that come without one.
constexpr std::array<StatusRow, 15> kStatuses{{
    {"INVALID_ARGUMENT", 400},
    {"FAILED_PRECONDITION", 400},
    {"OUT_OF_RANGE", 400},
    {"UNAUTHENTICATED", 401},
    {"PERMISSION_DENIED", 403},
    {"NOT_FOUND", 404},
    {"ABORTED", 409},
    {"ALREADY_EXISTS", 409},
    {"RESOURCE_EXHAUSTED", 429},
    {"CANCELLED", 499},
    {"INTERNAL", 500},
    {"UNKNOWN", 500},
    {"UNIMPLEMENTED", 501},
    {"UNAVAILABLE", 503},
    {"DEADLINE_EXCEEDED", 504},
}};
constexpr std::uint16_t kUnknownStatus = 502;

// What an error says, found wherever it hides.
struct Told {
  std::string status, message, reason;
  int code = 0;
  std::uint32_t retry_after_ms = 0;
  bool daily = false;  // the quota of a day, or all the money
};

bool has_words(std::string_view text, std::string_view words) noexcept {
  return text.find(words) != std::string_view::npos;
}

void read_details(json::Value details, Told& told) {
  for (const json::Value detail : details.items()) {
    const std::string type = detail["@type"].str();
    if (has_words(type, "ErrorInfo")) told.reason = detail["reason"].str();
    if (has_words(type, "RetryInfo")) told.retry_after_ms = delay_ms(detail["retryDelay"].str());
    if (!has_words(type, "QuotaFailure")) continue;
    const json::Value violations = detail["violations"];
    for (const json::Value violation : violations.items()) {
      if (has_words(violation["quotaId"].escaped(), "PerDay")) told.daily = true;
    }
  }
}

Told told_by(json::Value body) {
  if (body.is_array()) {  // a stream that is an array has its error in it
    for (const json::Value first : body.items()) return told_by(first);
  }
  Told told;
  const json::Value error = body["error"];
  if (error.is_string()) {
    told.message = error.str();
    return told;
  }
  const json::Value place = error.is_object() ? error : body;
  told.status = place["status"].str();
  told.message = place["message"].str();
  told.code = static_cast<int>(place["code"].integer().value_or(0));
  read_details(place["details"], told);
  return told;
}

std::uint16_t flags_of(int status, const Told& told) noexcept {
  if (told.reason == "API_KEY_INVALID" || told.reason == "API_KEY_EXPIRED" ||
      (status == 400 && has_words(told.message, "API key"))) {
    return AIP_ERR_AUTH;
  }
  switch (status) {
    case 400:
      return has_words(told.message, "exceeds the maximum number of tokens") ||
                     has_words(told.message, "input token count")
                 ? AIP_ERR_CONTEXT_LENGTH
                 : 0;
    case 401:
      return AIP_ERR_AUTH;
    case 402:
      return AIP_ERR_QUOTA;
    case 403:
      return AIP_ERR_PERMISSION;
    case 429:
      return told.daily ? AIP_ERR_QUOTA : AIP_ERR_RATE | AIP_ERR_RETRYABLE;
    case 503:
    case 529:
      return AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE;
    case 408:
    case 409:
    case 499:
      return AIP_ERR_RETRYABLE;
    default:
      return status >= 500 && status != 501 ? AIP_ERR_RETRYABLE : 0;
  }
}

sdk::Failure make(int status, Told told) {
  sdk::Failure failure(sdk::code_of_status(status), {});
  failure.http_status = static_cast<std::uint16_t>(status);
  failure.flags = flags_of(status, told);
  failure.retry_after_ms = told.retry_after_ms;
  failure.message = sdk::without_keys(std::move(told.message), {"AIza", "ya29.", "AQ."}, ".");
  failure.type = std::move(told.status);
  failure.reason = std::move(told.reason);
  return failure;
}

}  // namespace

std::uint32_t delay_ms(std::string_view value) {
  if (!value.empty() && value.back() == 's') value.remove_suffix(1);
  // strtod wants a terminator, and would take "inf", "nan" and hex.
  if (value.empty() || value.size() > 24) return 0;
  if (value.find_first_not_of("0123456789.") != std::string_view::npos) return 0;
  const double seconds = std::strtod(std::string(value).c_str(), nullptr);
  constexpr double kDay = 86400;
  return static_cast<std::uint32_t>((seconds < kDay ? seconds : kDay) * 1000);
}

ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count) {
  return {status, delay_ms(sdk::find_header(headers, count, "retry-after"))};
}

sdk::Failure failure_of_answer(const ErrorHead& head, json::Value body) {
  // A redirect, say: neither an answer to a POST nor an error of this API.
  if (head.status < 400) {
    return bad_answer("The provider answered with status " + std::to_string(head.status) + ".");
  }
  Told told;
  if (body) told = told_by(body);
  if (told.message.empty()) {
    told.message = "The provider answered with status " + std::to_string(head.status) +
                   " and a body that is no error of its own.";
  }
  if (told.retry_after_ms == 0) told.retry_after_ms = head.retry_after_ms;
  return make(head.status, std::move(told));
}

sdk::Failure failure_of_event(json::Value event) {
  Told told = told_by(event);
  if (told.message.empty()) told.message = "The provider broke off with an error.";
  int status = told.code;
  for (const StatusRow& row : kStatuses) {
    if (status < 400 && row.status == told.status) status = row.code;
  }
  if (status < 400 || status > 599) status = kUnknownStatus;
  return make(status, std::move(told));
}

}  // namespace aip::gemini
