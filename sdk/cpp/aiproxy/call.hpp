// call.hpp - header lists and outbound calls, put together piece by piece.
//
//     Call call("POST", base_url + "/v1/chat/completions");
//     call.headers.add("content-type", "application/json")
//                 .add_secret("authorization", "Bearer ", request.credential.secret);
//     call.body(splice.pieces());
//     call.decode(AIP_DECODE_SSE).flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON);
//     return stream().start(call);
//
// A WebSocket, cut into its messages or into records:
//
//     Call socket = Call::websocket(url).decode(AIP_DECODE_DELIMITER).delimiter(0x1e);
//     return stream().start(socket, &id);          // then OPEN, DATA*, END; Stream::send(id, text)
//
// Headers and the URL are copied; body pieces are borrowed until start() returns.
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/text.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aip::sdk {

class Headers {
 public:
  Headers& add(std::string_view name, std::string_view value) { return add_secret(name, value, 0); }
  // The host writes the secret behind `prefix`; the plugin never sees it.
  Headers& add_secret(std::string_view name, std::string_view prefix, std::uint32_t secret) {
    fields_.push_back({std::string(name), std::string(prefix), secret});
    return *this;
  }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  // The list as it crosses; it borrows from this object.
  [[nodiscard]] std::vector<aip_header> raw() const {
    std::vector<aip_header> out;
    out.reserve(fields_.size());
    for (const Field& field : fields_) {
      out.push_back({span(field.name), span(field.value), 0, field.secret});
    }
    return out;
  }

 private:
  struct Field {
    std::string name, value;
    std::uint32_t secret;
  };
  std::vector<Field> fields_;
};

class Call {
 public:
  Call(std::string_view method, std::string url) : url_(std::move(url)), method_(method) {
    raw_.struct_size = sizeof raw_;
    raw_.kind = AIP_CALL_HTTP;
    raw_.decode = AIP_DECODE_WHOLE;
  }

  // http(s) or ws(s) URL. The host writes the handshake's fields, but sec-websocket-protocol.
  [[nodiscard]] static Call websocket(std::string url) {
    Call call("GET", std::move(url));
    call.raw_.kind = AIP_CALL_WS;
    call.raw_.decode = AIP_DECODE_MESSAGE;
    return call;
  }

  Headers headers;

  Call& body(std::string_view piece) {
    body_.push_back(span(piece));
    return *this;
  }
  Call& body(const std::vector<aip_span>& pieces) {
    body_.insert(body_.end(), pieces.begin(), pieces.end());
    return *this;
  }
  Call& kind(std::uint16_t kind) noexcept { return raw_.kind = kind, *this; }
  Call& decode(std::uint16_t decode) noexcept { return raw_.decode = decode, *this; }
  Call& delimiter(std::uint8_t byte) noexcept { return raw_.delimiter = byte, *this; }
  Call& flags(std::uint32_t flags) noexcept { return raw_.flags |= flags, *this; }
  Call& timeout_ms(std::uint32_t ms) noexcept { return raw_.timeout_ms = ms, *this; }
  Call& max_event(std::uint32_t bytes) noexcept { return raw_.max_event = bytes, *this; }
  // Comes back in every event, so that a request with several calls can tell them apart.
  Call& user(std::uint64_t user) noexcept { return raw_.user = user, *this; }

  // Gives fn the struct as it crosses; it borrows from this object.
  template <class F>
  auto with_raw(F&& fn) const {
    const std::vector<aip_header> list = headers.raw();
    aip_call call = raw_;
    call.method = span(method_);
    call.url = span(url_);
    call.headers = list.data();
    call.header_count = list.size();
    call.body = body_.data();
    call.body_count = body_.size();
    return fn(call);
  }

 private:
  aip_call raw_{};
  std::string url_;
  std::string method_;
  std::vector<aip_span> body_;
};

}  // namespace aip::sdk
