#include "core/upstream/request_head.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/http/write.h"

namespace aip::upstream {
namespace {

constexpr std::array<std::string_view, 11> kOurs{
    "host",    "connection", "content-length", "transfer-encoding", "keep-alive",     "te",
    "trailer", "upgrade",    "expect",         "proxy-connection",  "accept-encoding"};

bool ours(std::string_view name) noexcept {
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view own) { return http::same_name(name, own); });
}

// A server may wait for a length where the method usually comes with a body (RFC 9110 8.6).
bool usually_has_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

http::Framing request_framing(const CallSpec& spec) noexcept {
  if (spec.upgrade) return http::Framing::None;  // what follows 101 is no body
  if (spec.body_streams) {
    return spec.body_length >= 0 ? http::Framing::Length : http::Framing::Chunked;
  }
  return !spec.body.empty() || usually_has_body(spec.method) ? http::Framing::Length
                                                             : http::Framing::None;
}

Result<std::string> request_head(const CallSpec& spec, const http::Url& url) {
  if (!http::valid_field_name(spec.method)) return Error{ErrorCode::GatewayPlugin, "the method"};
  std::string head;
  head.reserve(512);
  http::write_request_line(head, spec.method, url.target);
  http::write_field(head, "host", url.authority);
  for (std::size_t i = 0; i < spec.headers.size(); ++i) {
    const http::Headers::Field field = spec.headers[i];
    if (!http::valid_field_name(field.name) || !http::valid_field_value(field.value)) {
      // The value may be a secret, so it is not told.
      return Error{ErrorCode::GatewayPlugin, "a header field that cannot be sent"};
    }
    if (!ours(field.name)) http::write_field(head, field.name, field.value);
  }
  http::write_field(head, "accept-encoding", "identity");
  switch (request_framing(spec)) {
    case http::Framing::Length: {
      const std::uint64_t length =
          spec.body_streams ? static_cast<std::uint64_t>(spec.body_length) : spec.body.size();
      http::write_field(head, "content-length", std::to_string(length));
      break;
    }
    case http::Framing::Chunked:
      http::write_field(head, "transfer-encoding", "chunked");
      break;
    case http::Framing::None:
    case http::Framing::UntilClose:
      break;
  }
  if (spec.upgrade) {
    http::write_field(head, "connection", "upgrade");
    http::write_field(head, "upgrade", "websocket");
  }
  http::end_head(head);
  return head;
}

}  // namespace aip::upstream
