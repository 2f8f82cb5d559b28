#include "errors.h"

#include <array>
#include <cstdlib>

namespace aip::coze {
namespace {

struct Row {
  std::int64_t code;
  std::uint16_t status, flags;
};
constexpr std::array<Row, 12> kCodes{{
    {4000, 400, 0},              // the parameters are wrong
    {4011, 402, AIP_ERR_QUOTA},  // credits are used up
    {4013, 429, AIP_ERR_RATE | AIP_ERR_RETRYABLE},
    {4015, 403, AIP_ERR_PERMISSION},  // the bot is not published to the API
    {4016, 409, AIP_ERR_RETRYABLE},   // another chat runs in this conversation
    {4028, 402, AIP_ERR_QUOTA},       // the free quota is used up
    {4100, 401, AIP_ERR_AUTH},        // the token is invalid
    {4101, 401, AIP_ERR_AUTH},        // the token may not do this
    {4200, 404, 0},                   // no such thing
    {5000, 500, AIP_ERR_RETRYABLE},
    {700012006, 401, AIP_ERR_AUTH},  // the token, as the newer paths say it
    {720701013, 503, AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE},
}};

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
      return AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE;
    default:
      return status >= 500 ? AIP_ERR_RETRYABLE : 0;
  }
}

// A code that the table does not know: its family tells whose fault it is.
int status_of_unknown(std::int64_t code, int status) noexcept {
  if (status >= 400) return status;
  if (code >= 4000 && code < 5000) return 400;
  if (code >= 5000 && code < 6000) return 500;
  return 502;
}

std::int32_t code_of(int status) noexcept {
  if (status == 401 || status == 403) return AIP_E_AUTH;
  return status >= 500 || status == 429 || status == 402 ? AIP_E_UPSTREAM : AIP_E_INVALID;
}

json::Value first_of(json::Value object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const json::Value value = object[name]; value && !value.is_null()) return value;
  }
  return {};
}

// Codes are numbers; some answers write them as text.
std::int64_t integer_of(json::Value value) {
  if (const auto number = value.integer()) return *number;
  return std::strtoll(std::string(value.escaped()).c_str(), nullptr, 10);
}

json::Value code_member(json::Value object) {
  return first_of(object, {"code", "err_code", "error_code", "Code"});
}

sdk::Failure failure_of_object(json::Value object, int status) {
  for (const std::string_view inner : {"last_error", "error_information"}) {
    if (integer_of(code_member(object[inner])) != 0) object = object[inner];
  }
  std::string message =
      first_of(object, {"msg", "err_msg", "error_message", "message", "Msg"}).str();
  const json::Value logid = object["detail"]["logid"];
  if (!message.empty() && logid.is_string() && !logid.escaped().empty()) {
    message.append(" (logid ").append(logid.str()).append(")");
  }
  return failure_of_code(integer_of(code_member(object)), std::move(message), status);
}

}  // namespace

sdk::Failure failure_of_code(std::int64_t code, std::string message, int status) {
  int shown = status_of_unknown(code, status);
  std::uint16_t flags = flags_of_status(shown);
  for (const Row& row : kCodes) {
    if (row.code != code) continue;
    shown = row.status;
    flags = row.flags;
  }
  if (message.empty()) message = "Coze refused with code " + std::to_string(code) + ".";
  sdk::Failure failure(code_of(shown), sdk::without_keys(std::move(message), {"pat_", "czs_"}));
  failure.http_status = static_cast<std::uint16_t>(shown);
  failure.flags = flags;
  if (code != 0) failure.reason = std::to_string(code);
  return failure;
}

sdk::Failure failure_of_object(json::Value object) {
  return failure_of_object(object, 0);
}

std::optional<sdk::Failure> failure_of_body(int status, std::string_view body, BodyKind kind) {
  const json::Value object = kind == BodyKind::Json ? json::Value(body) : json::Value();
  const json::Value code = code_member(object);
  if (status < 400 && code && integer_of(code) == 0) return std::nullopt;
  if (code && integer_of(code) != 0) return failure_of_object(object, status);
  if (status >= 400) {
    return failure_of_code(
        0,
        "Coze answered with status " + std::to_string(status) +
            (body.empty() ? " and nothing else." : " and a body that is no error of its own."),
        status);
  }
  if (status >= 300) {
    return bad_answer("Coze answered with status " + std::to_string(status) + ".");
  }
  return bad_answer(body.empty() ? "Coze's answer is empty." : "Coze's answer is not its JSON.");
}

sdk::Failure truncated() {
  return sdk::truncated("Coze's answer ended in the middle.");
}

sdk::Failure failure_of_call(std::int32_t error) {
  return sdk::failure_of_call(error, "Coze");
}

}  // namespace aip::coze
