// error.h - every cause that a client or an operator can act on, in one closed list.
//
// An Error is a value: a code, a detail for the log, and the place that saw it. What the client
// is told is decided by one table (error.cpp): code -> HTTP status, type, public text, whether
// the detail may be shown, and whether another attempt may help. Details of Shown::No stay in
// the log, because they may name hosts, files or parts of a peer's bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aip {

enum class ErrorCode : std::uint8_t {
  // The caller's request.
  CallerBadRequest,        // malformed in a way that no other code names
  CallerBadJson,           // the body is not JSON, too deep, or has duplicate members
  CallerBadHttp,           // the HTTP message breaks RFC 9112 or our stricter guard
  CallerHeadTooLarge,      // 431
  CallerUriTooLong,        // 414
  CallerBodyTooLarge,      // 413
  CallerTimeout,           // 408: head or body came too slowly
  CallerGone,              // the client left; nothing can be sent
  CallerNotFound,          // no such route
  CallerMethodNotAllowed,  // 405
  CallerUpgradeRefused,    // 426
  CallerExpectation,       // 417
  CallerUnsupported,       // the target lacks a feature that changes the answer
  // Policy of this gateway.
  PolicyUnauthenticated,  // 401: no or unknown virtual key
  PolicyForbidden,        // 403
  PolicyModelUnknown,     // 404: nobody answers for this model
  PolicyRateLimited,      // 429 by one of our own limits
  PolicyOverloaded,       // 503: connections or slots are used up
  PolicyDraining,         // 503: shutting down
  // The provider.
  ProviderError,           // the provider answered with an error; its own status is kept
  ProviderConnect,         // refused, unreachable, name not found
  ProviderTls,             // handshake or certificate
  ProviderTimeoutConnect,  // 504, each timer under its own name
  ProviderTimeoutTls,
  ProviderTimeoutFirstByte,
  ProviderTimeoutIdle,
  ProviderTimeoutTotal,
  ProviderProtocol,   // 502: broken HTTP or framing
  ProviderTruncated,  // 502: ended without its terminal event
  ProviderTooLarge,   // 502: an event, head or body over a limit
  ProviderBadAnswer,  // 502: well framed, but not what this provider speaks
  ProviderNoCredential,
  // The gateway itself.
  GatewayPlugin,      // a plugin broke the contract or threw
  GatewayQuarantine,  // 503: the plugin crashed the gateway too often to be run again
  GatewayConfig,      // the configuration is wrong
  GatewayInternal,    // a fault of ours that was survived
  GatewayDisk,        // files
};
inline constexpr int kErrorCodeCount = static_cast<int>(ErrorCode::GatewayDisk) + 1;

struct ErrorTraits {
  ErrorCode code;
  std::string_view name;  // "caller_bad_json": log and metric label `error_type`
  std::uint16_t status;   // HTTP status before the first byte
  std::string_view type;  // OpenAI's `error.type`; other dialects map from the status
  std::string_view text;  // what the client reads when the detail is not shown
  bool show_detail;       // true: the detail is about the caller's own request
  bool may_retry;         // another attempt at another target may help
};

[[nodiscard]] const ErrorTraits& traits(ErrorCode code) noexcept;

struct Error {
  ErrorCode code = ErrorCode::GatewayInternal;
  std::string detail;
  std::string param{};  // the member of the caller's request at fault: "messages[3].role", or empty

  // Adds the place in front of the detail: "upstream openai: refused".
  [[nodiscard]] Error at(std::string_view place) && {
    detail = std::string(place) + ": " + detail;
    return std::move(*this);
  }
  // The text that a client may read.
  [[nodiscard]] std::string_view public_text() const noexcept {
    const ErrorTraits& t = traits(code);
    return t.show_detail && !detail.empty() ? std::string_view(detail) : t.text;
  }
};

}  // namespace aip
