#include "core/http/fields.h"

#include <algorithm>
#include <array>

#include "core/http/chars.h"
#include "core/http/message.h"

namespace aip::http {
namespace {

// What a client's Connection field may not name: naming a field asks each proxy to drop it, and
// these carry framing, routing or credentials, or are written by us (CVE-2026-105299's family).
constexpr std::array<Bytes, 21> kNeverNominated{
    "host",           "content-length", "content-type",        "content-encoding",
    "accept",         "authorization",  "proxy-authorization", "cookie",
    "x-api-key",      "api-key",        "x-goog-api-key",      "x-auth-id",
    "x-request-id",   "request-id",     "anthropic-version",   "anthropic-beta",
    "openai-project", "user-agent",     "openai-organization", "traceparent",
    "tracestate"};

bool never_nominated(Bytes name) noexcept {
  return std::any_of(kNeverNominated.begin(), kNeverNominated.end(),
                     [name](Bytes kept) { return same_name(kept, name); });
}

// Calls fn with each element of a comma-separated list, empty ones left out, until it declines.
template <class F>
void for_each_element(Bytes list, F&& fn) {
  while (true) {
    const std::size_t comma = list.find(',');
    const Bytes element = chars::trim_blanks(list.substr(0, comma));
    if (!element.empty() && !fn(element)) return;
    if (comma == Bytes::npos) return;
    list.remove_prefix(comma + 1);
  }
}

bool valid_port(Bytes port) noexcept {
  if (port.empty() || port.size() > 5 || !chars::all(port, chars::kDigit)) return false;
  unsigned value = 0;
  for (const char c : port) value = value * 10 + static_cast<unsigned>(c - '0');
  return value <= 65535;
}

bool valid_ip6_literal(Bytes text) noexcept {
  return text.size() >= 2 && text.size() <= 45 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return chars::is(c, chars::kHex) || c == ':' || c == '.'; }) &&
         text.find(':') != Bytes::npos;
}

}  // namespace

std::optional<FieldLine> split_field(Bytes line) noexcept {
  std::size_t colon = 0;
  while (colon < line.size() && chars::is(line[colon], chars::kToken)) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') return std::nullopt;
  return FieldLine{line.substr(0, colon), chars::trim_blanks(line.substr(colon + 1))};
}

bool valid_host(Bytes value) noexcept {
  if (value.starts_with('[')) {
    const std::size_t end = value.find(']');
    if (end == Bytes::npos || !valid_ip6_literal(value.substr(1, end - 1))) return false;
    const Bytes rest = value.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && valid_port(rest.substr(1)));
  }
  const std::size_t colon = value.find(':');
  const Bytes name = value.substr(0, colon);
  if (name.empty() || name.size() > 255 || !chars::all(name, chars::kRegName)) return false;
  return colon == Bytes::npos || valid_port(value.substr(colon + 1));
}

Fault ControlFields::note(const FieldLine& field) noexcept {
  const Bytes name = field.name;
  switch (name.size()) {
    case 4:
      return same_name(name, "host") ? note_host(field.value) : Fault{};
    case 6:
      if (same_name(name, "expect")) expect_continue = same_name(field.value, "100-continue");
      return {};
    case 7:
      if (same_name(name, "upgrade")) note_upgrade(field.value);
      return {};
    case 10:
      return same_name(name, "connection") ? note_connection(field.value) : Fault{};
    case 14:
      return same_name(name, "content-length") ? note_length(field.value) : Fault{};
    case 17:
      return same_name(name, "transfer-encoding") ? note_coding(field.value) : Fault{};
    default:
      return {};
  }
}

Fault ControlFields::note_host(Bytes value) noexcept {
  if (sender == Sender::Upstream) return {};
  if (host) return malformed("two Host fields");
  if (!valid_host(value)) return malformed("a Host that names no host");
  host = true;
  return {};
}

// R6. Fifteen digits hold any length that could be meant, and no overflow. Leading zeros are
// refused: readers that take them as octal exist.
Fault ControlFields::note_length(Bytes value) noexcept {
  constexpr std::size_t kDigitsMax = 15;
  if (length_given) return malformed("two Content-Length fields");
  if (value.empty() || value.size() > kDigitsMax || !chars::all(value, chars::kDigit) ||
      (value.size() > 1 && value.front() == '0')) {
    return malformed("a Content-Length that is no plain number");
  }
  for (const char c : value) length = length * 10 + static_cast<std::uint64_t>(c - '0');
  length_given = true;
  return {};
}

Fault ControlFields::note_coding(Bytes value) noexcept {
  if (chunked) return malformed("two Transfer-Encoding fields");
  if (!same_name(value, "chunked")) return malformed("a Transfer-Encoding other than chunked");
  chunked = true;
  return {};
}

Fault ControlFields::note_connection(Bytes value) noexcept {
  Fault fault;
  for_each_element(value, [this, &fault](Bytes option) {
    if (same_name(option, "close")) {
      close = true;
    } else if (same_name(option, "keep-alive")) {
      keep_alive = true;
    } else if (same_name(option, "upgrade")) {
      connection_upgrade = true;
    } else if (sender == Sender::Upstream) {
      return true;
    } else if (!chars::all(option, chars::kToken)) {
      fault = malformed("a Connection option that is no token");
    } else if (never_nominated(option) || same_name(option, "transfer-encoding")) {
      fault = malformed("a Connection option that names a field which may not be dropped");
    }
    return !fault;
  });
  return fault;
}

void ControlFields::note_upgrade(Bytes value) noexcept {
  upgrade = true;
  for_each_element(value, [this](Bytes protocol) {
    if (same_name(protocol, "websocket")) upgrade_websocket = true;
    return true;
  });
}

}  // namespace aip::http
