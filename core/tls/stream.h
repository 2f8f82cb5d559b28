// stream.h - a ByteStream of plain bytes over a ByteStream of TLS records.
//
// The handshake starts by itself. Bytes written before it is done wait for it. handshake() tells
// where it stands; that it takes too long is for the owner to notice.
//
// The peer's end: with close_notify the state is Ended; without it Failed (ProviderTruncated or
// CallerGone), because anyone on the way can forge a FIN.
//
// Threads: the loop's. It lives by the scheduler's rule: events of the stream below only wake it,
// its advance() moves bytes and tells the owner.
// Back-pressure: at most kPlainBytesMax decrypted bytes wait for the owner; above that nothing is
// taken from below, whose own limit then stops the socket. Towards the peer every record goes at
// once to the stream below, whose queued_bytes() is part of ours; before the handshake is done
// up to what the owner has written waits here and is counted too.
// Memory: when idle, OpenSSL's record buffers (33 KiB) and ours are given back; what stays is about
// 25 KiB, nearly all of it OpenSSL's own.
// Errors: ProviderTls or CallerGone, with OpenSSL's reason and never with key material.
// Tests: tests/unit/tls/stream_test.cpp, verify_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/tls/context.h"

namespace aip::tls {

inline constexpr std::size_t kPlainBytesMax = 32 * 1024;

enum class Handshake : std::uint8_t { Running, Ready, Failed };

class TlsStream : public ByteStream {
 public:
  [[nodiscard]] virtual Handshake handshake() const noexcept = 0;
  // The protocol that ALPN chose; empty if none.
  [[nodiscard]] virtual std::string_view alpn() const noexcept = 0;
  // Was an earlier session resumed? When Ready.
  [[nodiscard]] virtual bool resumed() const noexcept = 0;
};

// `host`: a name or an address without brackets, as the URL says it; it is verified and, if a name,
// sent as SNI. Sessions are resumed under host and port.
[[nodiscard]] std::unique_ptr<TlsStream> make_client_stream(Scheduler& scheduler,
                                                            std::unique_ptr<ByteStream> below,
                                                            ClientContext& context,
                                                            std::string_view host,
                                                            std::uint16_t port);
[[nodiscard]] std::unique_ptr<TlsStream> make_server_stream(Scheduler& scheduler,
                                                            std::unique_ptr<ByteStream> below,
                                                            const ServerContext& context);

}  // namespace aip::tls
