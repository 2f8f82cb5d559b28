// fields.h - header fields one by one: rule R2, and what those that frame a message say (R4-R6,
// R8, R9 of docs/decisions/0006).
//
// ControlFields sees each field as it passes and remembers what matters; judge_*() decides when
// the head is complete, because the order of fields has no meaning.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/http/fault.h"

namespace aip::http {

struct FieldLine {
  Bytes name, value;  // value without outer blanks
};

// nullopt unless the line is a token, a colon and a value. Folded lines start with a blank, which
// is no token.
[[nodiscard]] std::optional<FieldLine> split_field(Bytes line) noexcept;

enum class Sender : std::uint8_t { Client, Upstream };

struct ControlFields {
  explicit ControlFields(Sender from) noexcept : sender(from) {}

  // One field; a fault for what is wrong in itself or the second time.
  Fault note(const FieldLine& field) noexcept;

  Sender sender;
  bool host = false;
  bool length_given = false;
  bool chunked = false;
  std::uint64_t length = 0;
  bool close = false;
  bool keep_alive = false;
  bool connection_upgrade = false;
  bool upgrade = false;            // an Upgrade field is there
  bool upgrade_websocket = false;  // and names websocket
  bool expect_continue = false;

 private:
  Fault note_host(Bytes value) noexcept;
  Fault note_length(Bytes value) noexcept;
  Fault note_coding(Bytes value) noexcept;
  Fault note_connection(Bytes value) noexcept;
  void note_upgrade(Bytes value) noexcept;
};

// Is it a host that a request may name: a name, an IPv4 address or an IPv6 literal in brackets,
// with a port or without?
[[nodiscard]] bool valid_host(Bytes value) noexcept;

}  // namespace aip::http
