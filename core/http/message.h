// message.h - heads of requests and answers as values, with the fields in the order of arrival.
//
// A Headers list owns its bytes in one block, so a head costs two allocations whatever its length.
// Names compare without case (RFC 9110 5.1). Values are kept byte for byte, outer blanks removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace aip::http {

[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;

class Headers {
 public:
  struct Field {
    std::string_view name, value;
  };

  // Room for a head of that many fields and bytes of names and values.
  void reserve(std::size_t fields, std::size_t bytes);
  void add(std::string_view name, std::string_view value);
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return spans_.size(); }
  [[nodiscard]] bool empty() const noexcept { return spans_.empty(); }
  [[nodiscard]] Field operator[](std::size_t i) const noexcept;
  // The first field of that name; nullopt if there is none.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept {
    return find(name).value_or(std::string_view());
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;

 private:
  struct Span {
    std::uint32_t at, name_size, value_size;
  };
  std::string block_;
  std::vector<Span> spans_;
};

// How a message's body ends. None: there is none, or its length is zero.
enum class Framing : std::uint8_t { None, Length, Chunked, UntilClose };

struct RequestHead {
  std::string method;
  std::string target;  // as received: origin-form, or "*"
  std::string path;    // target before '?', percent-encoding kept
  std::string query;   // behind '?', without it
  Headers headers;     // all of them, Host and framing included
  int minor_version = 1;
  Framing framing = Framing::None;
  std::uint64_t content_length = 0;  // when framing is Length
  bool keep_alive = true;
  bool expect_continue = false;
  bool upgrade_websocket = false;
};

struct ResponseHead {
  int status = 0;
  Headers headers;
  int minor_version = 1;
  Framing framing = Framing::None;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
};

}  // namespace aip::http
