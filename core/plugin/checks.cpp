#include "core/plugin/checks.h"

#include <algorithm>
#include <cstring>

#include "core/base/json.h"
#include "core/base/limits.h"

namespace aip::plugin {
namespace {

constexpr std::size_t kErrorTextBytesMax = 16 * 1024;

bool hex_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool good_span(aip_span span) noexcept {
  return span.ptr != nullptr || span.len == 0;
}

bool good_usage(const aip_event& e) noexcept {
  return e.usage_count <= limits::kPluginUsageKindsMax &&
         (e.usage != nullptr || e.usage_count == 0);
}

}  // namespace

bool valid_json_inside(Bytes text) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) < 0x20 || c == '"') return false;
    if (c != '\\') continue;
    if (++at >= text.size()) return false;
    if (text[at] == 'u') {
      if (text.size() - at < 5) return false;
      if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                       text.begin() + static_cast<std::ptrdiff_t>(at) + 5, hex_digit)) {
        return false;
      }
      at += 4;
    } else if (std::strchr("\"\\/bfnrt", text[at]) == nullptr || text[at] == '\0') {
      return false;
    }
  }
  return valid_utf8(text);
}

bool known_event(std::uint16_t type) noexcept {
  return type >= AIP_EV_START && type <= AIP_EV_PING;
}

const char* fault_of(const aip_event& e) noexcept {
  if (e.struct_size != sizeof e) return "an event's struct_size is not that of this interface";
  if (!known_event(e.type)) return nullptr;
  if (!good_span(e.text) || !good_span(e.name) || !good_span(e.id) || !good_span(e.json)) {
    return "an event has a span without bytes";
  }
  if (e.choice >= limits::kPluginChoicesMax) return "an event's choice is out of range";
  if (e.block >= limits::kPluginBlocksMax) return "an event's block is out of range";
  if (!good_usage(e)) return "a usage event has no counts";
  if ((e.flags & AIP_EVF_ESCAPED) != 0) {
    if (!valid_json_inside(view_of(e.text))) {
      return "an event's text is not the inside of a JSON string, as its flag says";
    }
  } else if (!valid_utf8(view_of(e.text))) {
    return "an event's text is not UTF-8";
  }
  if (!valid_utf8(view_of(e.name)) || !valid_utf8(view_of(e.id))) {
    return "an event's name or id is not UTF-8";
  }
  const bool needs_json = e.type == AIP_EV_CITATION || e.type == AIP_EV_IMAGE ||
                          e.type == AIP_EV_AUDIO || e.type == AIP_EV_LOGPROBS ||
                          e.type == AIP_EV_PROVIDER;
  if (needs_json && !json::check(view_of(e.json))) return "an event's json is not JSON";
  if (e.type == AIP_EV_FINISH && (e.finish < AIP_FINISH_STOP || e.finish > AIP_FINISH_PAUSE)) {
    return "a finish event names no reason";
  }
  return nullptr;
}

const char* fault_of(std::span<const aip_span> pieces) noexcept {
  const bool good = std::all_of(pieces.begin(), pieces.end(), good_span);
  return good ? nullptr : "a piece is a span without bytes";
}

const char* fault_of(const aip_header* headers, std::size_t count) noexcept {
  if (headers == nullptr && count != 0) return "the headers are missing";
  for (std::size_t i = 0; i < count; ++i) {
    if (!good_span(headers[i].name) || !good_span(headers[i].value)) {
      return "a header has a span without bytes";
    }
  }
  return nullptr;
}

const char* fault_of(const aip_call& c) noexcept {
  if (c.struct_size != sizeof c) return "the call's struct_size is not that of this interface";
  if (c.kind < AIP_CALL_HTTP || c.kind > AIP_CALL_WS) return "the call's kind is unknown";
  // A forward is spliced by the host, so its decode may stay 0.
  const bool decodes = c.kind != AIP_CALL_FORWARD;
  if (decodes && (c.decode < AIP_DECODE_WHOLE || c.decode > AIP_DECODE_MESSAGE)) {
    return "the call's decode is unknown";
  }
  if (c.kind == AIP_CALL_WS) {
    if (c.decode != AIP_DECODE_MESSAGE && c.decode != AIP_DECODE_DELIMITER) {
      return "a WebSocket is cut into messages or records";
    }
    if (c.body_count != 0 || (c.flags & AIP_CALLF_DETACHED) != 0) {
      return "a WebSocket has no body and is never detached";
    }
  } else if (c.decode == AIP_DECODE_MESSAGE) {
    return "only a WebSocket has messages";
  }
  if (c.decode == AIP_DECODE_DELIMITER && c.delimiter > 0xFF) {
    return "the call's delimiter is not a byte";
  }
  if (!good_span(c.method) || !good_span(c.url) || c.method.len == 0 || c.url.len == 0) {
    return "the call has no method or no url";
  }
  if (c.body == nullptr && c.body_count != 0) return "the call's body is missing";
  if (const char* fault = fault_of(c.headers, c.header_count)) return fault;
  return fault_of(std::span(c.body, c.body_count));
}

namespace {

std::string clean_text(aip_span span) {
  if (!good_span(span)) return {};
  Bytes text = view_of(span).substr(0, kErrorTextBytesMax);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t n = utf8_sequence_length(text);
    out.append(n == 0 ? Bytes("?") : text.substr(0, n));
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

}  // namespace

PluginError copy_error(const aip_error& e) {
  PluginError out;
  if (e.struct_size != sizeof e) {
    out.code = AIP_E_PANIC;
    out.message = "The plugin gave an error of unknown shape.";
    return out;
  }
  out.code = e.code < 0 ? e.code : AIP_E_UPSTREAM;
  out.http_status = e.http_status >= 400 && e.http_status <= 599 ? e.http_status : std::uint16_t{0};
  out.flags = e.flags;
  out.retry_after_ms = e.retry_after_ms;
  out.type = clean_text(e.type);
  out.reason = clean_text(e.reason);
  out.message = clean_text(e.message);
  out.param = clean_text(e.param);
  return out;
}

}  // namespace aip::plugin
