#include "core/base/error.h"

#include <array>

#include "core/base/check.h"

namespace aip {
namespace {

using enum ErrorCode;
constexpr std::array<ErrorTraits, kErrorCodeCount> kTable{{
    {CallerBadRequest, "caller_bad_request", 400, "invalid_request_error",
     "The request is malformed.", true, false},
    {CallerBadJson, "caller_bad_json", 400, "invalid_request_error", "The body is not valid JSON.",
     true, false},
    {CallerBadHttp, "caller_bad_http", 400, "invalid_request_error",
     "The HTTP message is malformed.", true, false},
    {CallerHeadTooLarge, "caller_head_too_large", 431, "invalid_request_error",
     "The request head is too large.", true, false},
    {CallerUriTooLong, "caller_uri_too_long", 414, "invalid_request_error",
     "The request target is too long.", true, false},
    {CallerBodyTooLarge, "caller_body_too_large", 413, "invalid_request_error",
     "The request body is too large.", true, false},
    {CallerTimeout, "caller_timeout", 408, "invalid_request_error",
     "The request did not arrive in time.", true, false},
    {CallerGone, "client_closed", 499, "invalid_request_error", "The client closed the connection.",
     false, false},
    {CallerNotFound, "caller_not_found", 404, "invalid_request_error", "There is no such route.",
     true, false},
    {CallerMethodNotAllowed, "caller_method_not_allowed", 405, "invalid_request_error",
     "The method is not allowed here.", true, false},
    {CallerUpgradeRefused, "caller_upgrade_refused", 426, "invalid_request_error",
     "This route is not served over WebSocket; use POST.", true, false},
    {CallerExpectation, "caller_expectation", 417, "invalid_request_error",
     "Only the expectation 100-continue is met.", true, false},
    {CallerUnsupported, "caller_unsupported", 400, "invalid_request_error",
     "The target lacks a feature that this request needs.", true, false},
    {PolicyUnauthenticated, "policy_unauthenticated", 401, "authentication_error",
     "A valid API key is required.", true, false},
    {PolicyForbidden, "policy_forbidden", 403, "permission_error", "This key may not do that.",
     true, false},
    {PolicyModelUnknown, "policy_model_unknown", 404, "invalid_request_error",
     "No provider answers for this model.", true, false},
    {PolicyRateLimited, "policy_rate_limited", 429, "rate_limit_error",
     "A limit of this gateway was reached.", true, false},
    {PolicyOverloaded, "policy_overloaded", 503, "server_error",
     "The gateway is at its limit; try again.", true, false},
    {PolicyDraining, "policy_draining", 503, "server_error", "The gateway is shutting down.", true,
     false},
    {ProviderError, "provider_error", 502, "server_error", "The provider answered with an error.",
     true, true},
    {ProviderConnect, "provider_connect", 502, "server_error", "The provider could not be reached.",
     false, true},
    {ProviderTls, "provider_tls", 502, "server_error", "No trusted TLS connection to the provider.",
     false, true},
    {ProviderTimeoutConnect, "provider_timeout_connect", 504, "timeout",
     "The connection to the provider timed out.", false, true},
    {ProviderTimeoutTls, "provider_timeout_tls", 504, "timeout",
     "The TLS handshake with the provider timed out.", false, true},
    {ProviderTimeoutFirstByte, "provider_timeout_first_byte", 504, "timeout",
     "The provider did not begin to answer in time.", false, true},
    {ProviderTimeoutIdle, "provider_timeout_idle", 504, "timeout", "The provider stopped sending.",
     false, true},
    {ProviderTimeoutTotal, "provider_timeout_total", 504, "timeout",
     "The provider took too long in all.", false, true},
    {ProviderProtocol, "provider_protocol", 502, "server_error",
     "The provider's answer broke the protocol.", false, true},
    {ProviderTruncated, "provider_truncated", 502, "server_error",
     "The provider's answer ended early (truncated).", false, true},
    {ProviderTooLarge, "provider_too_large", 502, "server_error",
     "The provider's answer was over a limit.", false, false},
    {ProviderBadAnswer, "provider_bad_answer", 502, "server_error",
     "The provider's answer was not understood.", true, true},
    {ProviderNoCredential, "provider_no_credential", 401, "authentication_error",
     "No credential for this provider: configure one, or send your own.", true, false},
    {GatewayPlugin, "gateway_plugin", 502, "server_error", "A provider plugin failed.", false,
     true},
    {GatewayQuarantine, "gateway_quarantine", 503, "server_error",
     "A provider plugin is out of service.", true, true},
    {GatewayConfig, "gateway_config", 500, "server_error", "The gateway is misconfigured.", false,
     false},
    {GatewayInternal, "gateway_internal", 500, "server_error", "The gateway failed.", false, false},
    {GatewayDisk, "gateway_disk", 500, "server_error", "The gateway failed.", false, false},
}};

consteval bool in_order() {
  for (int i = 0; i < kErrorCodeCount; ++i) {
    if (static_cast<int>(kTable[static_cast<std::size_t>(i)].code) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table follows the order of the enum");

}  // namespace

const ErrorTraits& traits(ErrorCode code) noexcept {
  return kTable[static_cast<std::size_t>(code)];
}

}  // namespace aip
