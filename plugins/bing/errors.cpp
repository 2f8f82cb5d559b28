#include "errors.h"

#include <array>
#include <charconv>
#include <string>

namespace aip::bing {
namespace {

struct Row {
  std::string_view value;
  std::uint16_t status, flags;
  std::string_view words;
};

constexpr std::array<Row, 9> kRows{{
    {"Throttled", 429, AIP_ERR_RATE, "Bing's limit of questions is reached for now."},
    {"CaptchaChallenge", 403, AIP_ERR_AUTH,
     "Bing asks for a captcha. Solve it in the browser that the configured cookies are of."},
    {"UnauthorizedRequest", 401, AIP_ERR_AUTH,
     "Bing does not accept the configured cookies, or wants some."},
    {"Forbidden", 403, AIP_ERR_AUTH, "Bing refuses this account or this address."},
    {"InvalidSession", 400, 0, "Bing does not know this conversation any more. Begin a new one."},
    {"InvalidRequest", 400, 0, "Bing did not accept the request."},
    {"ProcessingMessage", 409, AIP_ERR_RETRYABLE,
     "Bing is still at work on this conversation's last message."},
    {"InternalError", 500, AIP_ERR_RETRYABLE, "Bing failed inside."},
    {"ServiceUnavailable", 503, AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE, "Bing is overloaded."},
}};

std::uint16_t flags_of_status(int status) noexcept {
  switch (status) {
    case 401:
    case 403:
      return AIP_ERR_AUTH;
    case 429:
      return AIP_ERR_RATE;
    case 503:
      return AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE;
    default:
      return status >= 500 ? AIP_ERR_RETRYABLE : 0;
  }
}

std::uint32_t retry_after_ms(std::string_view value) noexcept {
  std::uint32_t seconds = 0;
  const auto [end, cause] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const bool whole = cause == std::errc() && end == value.data() + value.size();
  return whole && seconds <= 86'400 ? seconds * 1000 : 0;
}

}  // namespace

sdk::Failure failure_of_result(json::Value result) {
  const std::string value = result["value"].str();
  sdk::Failure failure(AIP_E_UPSTREAM, "Bing answered with a result that it does not explain.");
  failure.http_status = 502;
  for (const Row& row : kRows) {
    if (row.value != value) continue;
    failure.message = row.words;
    failure.http_status = row.status;
    failure.flags = row.flags;
  }
  failure.type = "bing_error";
  failure.reason = value;
  if (const std::string message = result["message"].str(); !message.empty()) {
    failure.message += " (" + message + ")";
  }
  return failure;
}

sdk::Failure failure_of_status(int status, const aip_header* headers, std::size_t count) {
  sdk::Failure failure(AIP_E_UPSTREAM, "Bing answered with status " + std::to_string(status) + ".");
  failure.type = "bing_error";
  if (status >= 300 && status < 400) {
    failure.http_status = 403;
    failure.flags = AIP_ERR_PERMISSION;
    failure.message = "Bing sends this address elsewhere; its chat is not offered everywhere.";
    return failure;
  }
  failure.http_status = static_cast<std::uint16_t>(status >= 400 && status <= 599 ? status : 502);
  failure.flags = flags_of_status(status);
  failure.retry_after_ms = retry_after_ms(sdk::find_header(headers, count, "retry-after"));
  return failure;
}

sdk::Failure failure_of_call(std::int32_t error) {
  return {error, error == AIP_E_TIMEOUT ? "Bing did not answer in time."
                                        : "The connection to Bing failed."};
}

sdk::Failure bad_answer(std::string_view what) {
  sdk::Failure failure(AIP_E_UPSTREAM, "Bing answered with " + std::string(what) + ".");
  failure.flags = AIP_ERR_BAD_ANSWER;
  return failure;
}

sdk::Failure truncated(std::string_view how) {
  sdk::Failure failure(AIP_E_UPSTREAM, "Bing's answer " + std::string(how) + ".");
  failure.flags = AIP_ERR_TRUNCATED;
  return failure;
}

sdk::Failure bad_request(std::string_view what, std::string_view param) {
  sdk::Failure failure(AIP_E_INVALID, std::string(what));
  failure.param = param;
  return failure;
}

}  // namespace aip::bing
