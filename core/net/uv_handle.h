// uv_handle.h - owning a libuv handle: the memory must outlive the owner until libuv says "closed".
//
// For the .cpp files of this folder only; no header includes it, so libuv stays in here.
#pragma once

#include <uv.h>

#include <memory>
#include <string>

#include "core/base/check.h"

namespace aip::net {

template <class T>
uv_handle_t* as_handle(T* handle) noexcept {
  return reinterpret_cast<uv_handle_t*>(handle);
}
inline uv_stream_t* as_stream(uv_tcp_t* tcp) noexcept {
  return reinterpret_cast<uv_stream_t*>(tcp);
}

// Closes at once; the memory is freed by the loop, later. No callback but those of cancelled
// requests comes after this, and those find `data` empty.
template <class T>
struct CloseHandle {
  void operator()(T* handle) const noexcept {
    handle->data = nullptr;
    uv_close(as_handle(handle),
             [](uv_handle_t* closed) noexcept { delete reinterpret_cast<T*>(closed); });
  }
};
template <class T>
using Handle = std::unique_ptr<T, CloseHandle<T>>;

// What cannot fail unless we call it wrongly.
inline void must(int status) noexcept {
  AIP_CHECK(status == 0);
}

inline std::string text_of(int status) {
  return uv_strerror(status);
}

}  // namespace aip::net
