// refuse.h - a listening socket that takes nobody new, so that it can be closed without a reset.
//
// Closing a listening socket resets every client that the kernel has queued for it, and there is
// no moment at which the queue is surely empty. So first the kernel drops what would begin a
// connection (a segment with SYN and without ACK, by a classic BPF filter), then the queue is
// emptied by accepting, then the socket is closed. A client that knocks in between sees no answer,
// tries again after a second, and finds the address closed or served by somebody else.
//
// The filter belongs to the socket, not to the descriptor: all its duplicates, in all processes,
// refuse as well, and it stays for good. A handshake that is under way still completes; whoever
// must not lose even that one accepts again a moment later.
//
// A socket that outlives us (a service manager opened it and goes on listening) must never refuse:
// its queue is not lost when we close our descriptor, and its next program would be unreachable.
// Tests: tests/unit/net/refuse_test.cpp
#pragma once

namespace aip::net {

// A kernel without the filter refuses nobody, which is what there was before.
void refuse_new_connections(int listening_fd) noexcept;

// From now on the call above changes nothing for this socket, in any process: the kernel holds it
// to that.
void never_refuse_connections(int listening_fd) noexcept;

}  // namespace aip::net
