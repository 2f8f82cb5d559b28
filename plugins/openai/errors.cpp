#include "errors.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

namespace aip::openai {
namespace {

using json::Value;

constexpr std::uint32_t kRetryMsMax = 24 * 3600 * 1000;
constexpr std::uint16_t kUnknownStatus = 502;

struct Known {
  std::string_view word;  // of type or code
  std::uint16_t status;
};
// The status of errors that come without one.
constexpr std::array<Known, 14> kWords{{
    {"invalid_api_key", 401},
    {"authentication_error", 401},
    {"insufficient_quota", 429},
    {"permission_error", 403},
    {"model_not_found", 404},
    {"not_found_error", 404},
    {"rate_limit_exceeded", 429},
    {"rate_limit_error", 429},
    {"tokens", 429},
    {"requests", 429},
    {"overloaded_error", 503},
    {"overloaded", 503},
    {"server_error", 500},
    {"invalid_request_error", 400},
}};

bool has(std::string_view text, std::string_view words) noexcept {
  return text.find(words) != std::string_view::npos;
}

std::uint32_t capped_ms(double ms) noexcept {
  return ms > 0 ? static_cast<std::uint32_t>(std::min(ms, static_cast<double>(kRetryMsMax))) : 0;
}

// A plain number; -1 for anything else. strtod alone would take "inf", "nan" and hex.
double plain_number(std::string_view text) {
  if (text.empty() || text.size() > 16) return -1;
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return -1;
  return std::strtod(std::string(text).c_str(), nullptr);
}

// "... Please try again in 1.5s."
std::uint32_t try_again_ms(std::string_view message) {
  constexpr std::string_view kWordsBefore = "try again in ";
  const std::size_t at = message.find(kWordsBefore);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = message.substr(at + kWordsBefore.size());
  rest = rest.substr(0, rest.find_first_of(" ,;)"));
  while (!rest.empty() && rest.back() == '.') rest.remove_suffix(1);
  return duration_ms(rest);
}

// What is too large for the limit itself will be so tomorrow: "Limit 30000, Requested 40000".
bool is_beyond_limit(std::string_view message) {
  const auto number_behind = [message](std::string_view word) -> double {
    const std::size_t at = message.find(word);
    if (at == std::string_view::npos) return -1;
    std::string_view digits = message.substr(at + word.size());
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    return plain_number(digits);
  };
  const double limit = number_behind("Limit ");
  const double requested = number_behind("Requested ");
  return limit >= 0 && requested > limit;
}

struct Told {
  std::string message, type, code, param;
  int status = 0;
};

std::string word_of(Value value) {
  return value.is_string() ? value.str() : std::string(value.is_number() ? value.raw() : "");
}

int status_in(Value value) {
  const std::string word = word_of(value);
  const double number = plain_number(word);
  return number >= 400 && number <= 599 ? static_cast<int>(number) : 0;
}

Told read_error(Value error) {
  Told told;
  if (error.is_string()) {
    told.message = error.str();
    return told;
  }
  for (const std::string_view name : {"message", "detail", "msg", "error"}) {
    if (told.message.empty()) told.message = error[name].str();
  }
  told.type = error["type"].str();
  told.code = word_of(error["code"]);
  told.param = error["param"].str();
  for (const std::string_view name : {"status_code", "status", "code"}) {
    if (told.status == 0) told.status = status_in(error[name]);
  }
  return told;
}

int status_of_words(const Told& told) noexcept {
  for (const std::string_view word : {std::string_view(told.code), std::string_view(told.type)}) {
    for (const Known& known : kWords) {
      if (known.word == word) return known.status;
    }
  }
  return kUnknownStatus;
}

std::uint16_t flags_of(int status, const Told& told) {
  const std::string_view message = told.message;
  const bool quota = told.code == "insufficient_quota" || told.type == "insufficient_quota" ||
                     has(message, "exceeded your current quota");
  if (status == 402 || quota) return AIP_ERR_QUOTA;
  if (status == 401 || told.code == "invalid_api_key" || has(message, "API key not valid")) {
    return AIP_ERR_AUTH;
  }
  if (status == 403) return AIP_ERR_PERMISSION;
  if (status == 429) return is_beyond_limit(message) ? 0 : AIP_ERR_RATE | AIP_ERR_RETRYABLE;
  if (status == 503 || status == 529) return AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE;
  if (status >= 500 || status == 408 || status == 409) return AIP_ERR_RETRYABLE;
  if (told.code == "context_length_exceeded" || has(message, "maximum context length")) {
    return AIP_ERR_CONTEXT_LENGTH;
  }
  return told.code == "content_filter" ? AIP_ERR_CONTENT_FILTER : 0;
}

// OpenAI's word for errors that come without a type.
std::string_view type_of(int status) noexcept {
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  if (status == 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

sdk::Failure make(int status, Told told, std::string_view secret) {
  sdk::Failure failure;
  failure.code = sdk::code_of_status(status);
  failure.http_status = static_cast<std::uint16_t>(status);
  failure.flags = flags_of(status, told);
  failure.retry_after_ms = try_again_ms(told.message);
  failure.message = without_keys(std::move(told.message), secret);
  failure.type = told.type.empty() ? type_of(status) : told.type;
  failure.reason = std::move(told.code);
  failure.param = std::move(told.param);
  return failure;
}

}  // namespace

std::uint32_t duration_ms(std::string_view text) {
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const double number = plain_number(text.substr(0, digits));
    text.remove_prefix(digits);
    const std::size_t size = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view unit = text.substr(0, size);
    text.remove_prefix(size);
    const double ms = unit == "ms"  ? 1
                      : unit == "s" ? 1000
                      : unit == "m" ? 60'000
                      : unit == "h" ? 3'600'000
                                    : -1;
    if (number < 0 || ms < 0) return 0;
    total += number * ms;
  }
  return capped_ms(total);
}

std::string without_keys(std::string message, std::string_view secret) {
  constexpr std::array<std::string_view, 4> kPrefixes{"sk-", "gsk_", "xai-", "AIza"};
  constexpr std::string_view kKeyChars =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*";
  constexpr std::string_view kInstead = "...";
  if (secret.size() >= 8) {
    for (std::size_t at = 0; (at = message.find(secret, at)) != std::string::npos;) {
      message.replace(at, secret.size(), kInstead);
      at += kInstead.size();
    }
  }
  for (const std::string_view prefix : kPrefixes) {
    for (std::size_t at = 0; (at = message.find(prefix, at)) != std::string::npos;) {
      const bool inside = at > 0 && kKeyChars.find(message[at - 1]) != std::string_view::npos;
      at += prefix.size();
      if (inside) continue;  // "task-list" is no key
      const std::size_t end = std::min(message.find_first_not_of(kKeyChars, at), message.size());
      message.replace(at, end - at, kInstead);
    }
  }
  return message;
}

ErrorHead read_error_head(int status, const aip_header* headers, std::size_t count) {
  const auto field = [&](std::string_view name) { return sdk::find_header(headers, count, name); };
  ErrorHead head;
  head.status = status;
  head.retry_after_ms = capped_ms(plain_number(field("retry-after-ms")));
  if (head.retry_after_ms == 0) {
    head.retry_after_ms = capped_ms(plain_number(field("retry-after")) * 1000);
  }
  if (field("x-should-retry") == "true") head.retry = ErrorHead::Retry::Yes;
  if (field("x-should-retry") == "false") head.retry = ErrorHead::Retry::No;
  return head;
}

sdk::Failure failure_of_answer(const ErrorHead& head, Value body, std::string_view secret) {
  // Gemini's OpenAI surface wraps its error in an array.
  if (body.is_array() && body.size() == 1) body = *body.items().begin();
  const Value error = body["error"];
  Told told = read_error(error.is_object() || error.is_string() ? error : body);
  if (told.message.empty()) {
    told.message =
        "The provider answered with status " + std::to_string(head.status) +
        (body ? " and a body that is no error of its own." : " and no error of its own.");
  }
  sdk::Failure failure = make(head.status, std::move(told), secret);
  if (head.retry_after_ms != 0) failure.retry_after_ms = head.retry_after_ms;
  if (head.retry == ErrorHead::Retry::Yes) failure.flags |= AIP_ERR_RETRYABLE;
  if (head.retry == ErrorHead::Retry::No) {
    failure.flags &= static_cast<std::uint16_t>(~AIP_ERR_RETRYABLE);
  }
  return failure;
}

sdk::Failure failure_of_error(Value error, std::string_view secret) {
  Told told = read_error(error);
  if (told.message.empty()) told.message = "The provider broke off with an error.";
  const int status = told.status != 0 ? told.status : status_of_words(told);
  return make(status, std::move(told), secret);
}

sdk::Failure bad_answer(std::string_view what) {
  sdk::Failure failure = sdk::bad_answer(what);
  failure.flags |= AIP_ERR_RETRYABLE;
  return failure;
}

}  // namespace aip::openai
