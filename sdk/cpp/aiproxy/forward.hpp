// forward.hpp - a request whose bodies pass untouched both ways: only the head is the plugin's.
//
//     class MyForward final : public Forward {
//      public:
//       using Forward::Forward;
//       aip_status begin(const aip_request& request) override {
//         Call call(text(request.method), base + std::string(text(request.path)));
//         call.headers.add_secret("authorization", "Bearer ", request.credential.secret);
//         pass_fields(request, call.headers, [](std::string_view name) {
//           return is_among(kForwarded, name);
//         });
//         return start(call);
//       }
//     };
//
// The host splices the bodies, so no memory is held here, and tells the end.
// Threads: one worker.   Tests: tests/golden, tests/e2e/bodies.test.mjs
#pragma once

#include <aiproxy/failures.hpp>
#include <aiproxy/plugin.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aip::sdk {

class Forward : public Request {
 public:
  // `peer`: as a client knows it, a literal.
  explicit Forward(Stream stream, std::string_view peer = "the provider") noexcept
      : Request(stream), peer_(peer) {}

  aip_status on_call(const aip_call_event& e) final {
    if (e.type == AIP_CALL_END) return stream().finish();
    if (e.type == AIP_CALL_FAILED) return fail(failure_of_call(e.error, peer_));
    return AIP_OK;
  }

 protected:
  aip_status start(Call& call) const {
    return stream().start(
        call.kind(AIP_CALL_FORWARD).decode(AIP_DECODE_RAW).flags(AIP_CALLF_PRIMARY));
  }
  // For a path that would leave what is forwarded.
  aip_status refuse_path() const {
    Failure failure(AIP_E_INVALID, "The path must not hold \"..\".");
    failure.http_status = 400;
    return fail(failure);
  }

 private:
  std::string_view peer_;
};

// Header names compare without case.
template <std::size_t N>
[[nodiscard]] bool is_among(const std::array<std::string_view, N>& names,
                            std::string_view name) noexcept {
  for (const std::string_view one : names) {
    if (same_name(one, name)) return true;
  }
  return false;
}
template <std::size_t N>
[[nodiscard]] bool begins_with_one(const std::array<std::string_view, N>& prefixes,
                                   std::string_view name) noexcept {
  for (const std::string_view prefix : prefixes) {
    if (same_name(name.substr(0, prefix.size()), prefix)) return true;
  }
  return false;
}

// Adds the client's fields whose names pass. What is not named stays here: a client's credentials
// and what belongs to its own connection.
template <class Passes>
void pass_fields(const aip_request& request, Headers& headers, Passes&& passes) {
  for (std::size_t i = 0; i < request.header_count; ++i) {
    const std::string_view name = text(request.headers[i].name);
    if (passes(name)) headers.add(name, text(request.headers[i].value));
  }
}

}  // namespace aip::sdk
