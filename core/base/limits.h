// limits.h - every bound that has a fixed value, by name, in bytes unless the name says more.
//
// The defaults of SPEC 7 that an operator may change live in config::Limits and start from these.
// Each has a test one below, at, and one above it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aip::limits {

// Client messages.
inline constexpr std::size_t kHeadBytesMax = 64 * 1024;
inline constexpr std::size_t kHeaderFieldsMax = 100;
inline constexpr std::size_t kFieldNameBytesMax = 256;
inline constexpr std::size_t kUrlBytesMax = 8 * 1024;
inline constexpr std::size_t kBodyBytesMax = 32 * 1024 * 1024;
inline constexpr std::size_t kBlankBytesBeforeStartMax = 2;  // one CR LF, RFC 9112 2.2
inline constexpr std::size_t kChunkSizeDigitsMax = 12;
inline constexpr std::size_t kChunkExtensionBytesMax = 256;
inline constexpr std::size_t kChunkExtensionsBytesMax = 16 * 1024;  // a whole message
inline constexpr std::size_t kFramingOverheadBytesMax = 16 * 1024;  // plus 8 a body byte
inline constexpr std::size_t kTrailerBytesMax = 8 * 1024;

// Upstream messages.
inline constexpr std::size_t kUpstreamHeadBytesMax = 64 * 1024;
inline constexpr std::size_t kUpstreamHeaderFieldsMax = 500;
inline constexpr std::size_t kInterimAnswersMax = 8;
inline constexpr std::size_t kEventBytesMax = 16 * 1024 * 1024;        // one SSE event or message
inline constexpr std::size_t kWholeAnswerBytesMax = 64 * 1024 * 1024;  // decode WHOLE

// JSON.
inline constexpr std::size_t kJsonDepthMax = 64;

// Streams.
// What an exchange buffers in one direction is kStreamBufferBytesMax at most: what the one side
// sent and nobody has read, what waits for the other side, and the piece that is on its way between
// them (all of the unread may be one piece): 96 + 64 + 96.
inline constexpr std::size_t kStreamBufferBytesMax = 256 * 1024;
inline constexpr std::size_t kStreamInputBytesMax = 96 * 1024;   // unread: reading stops
inline constexpr std::size_t kStreamOutputBytesMax = 64 * 1024;  // unwritten: nothing is added
inline constexpr std::size_t kStreamBufferBytesLow = 64 * 1024;  // both go on below this
static_assert(2 * kStreamInputBytesMax + kStreamOutputBytesMax <= kStreamBufferBytesMax);
inline constexpr std::size_t kReadSlabBytes = 64 * 1024;
inline constexpr int kSocketUnsentBytesMax = 64 * 1024;  // TCP_NOTSENT_LOWAT

// Plugins.
inline constexpr std::size_t kPluginFileBytesMax = 256 * 1024 * 1024;
inline constexpr std::size_t kPluginArenaBytesMax = 16 * 1024 * 1024;  // of one stream
inline constexpr std::size_t kPluginCallsMax = 32;                     // of one stream at a time
inline constexpr std::size_t kPluginTimersMax = 32;                    // of one stream at a time
inline constexpr std::size_t kPluginPostsMax = 4096;  // of one worker, not yet delivered
inline constexpr std::uint32_t kPluginChoicesMax = 128;
inline constexpr std::uint32_t kPluginBlocksMax = 4096;
inline constexpr std::size_t kPluginUsageKindsMax = 64;
inline constexpr std::uint64_t kPluginSlowCallbackNs = 5'000'000;

// The supervisor (core/main/supervisor.h).
inline constexpr std::uint32_t kListenSocketsMax = 256;  // of one address: one for each worker
inline constexpr std::size_t kListenAddressesMax = 64;
inline constexpr std::size_t kDescriptorsPerMessage = 250;  // the kernel takes 253 (SCM_MAX_FD)
inline constexpr std::uint64_t kLinkAnswerMs = 5'000;
inline constexpr std::uint64_t kRestartPauseMsMax = 1'000;       // of a gateway that served
inline constexpr std::uint64_t kStartAgainPauseMsMax = 30'000;   // of one that never got ready
inline constexpr std::uint64_t kUpgradeReadyMs = 60'000;         // a new binary's time to get ready
inline constexpr std::size_t kCrashesForQuarantine = 3;          // of one plugin file
inline constexpr std::uint64_t kCrashWindowMs = 5 * 60 * 1'000;  // within which they count
inline constexpr std::uint64_t kPluginHangMs = 10'000;           // in one callback
inline constexpr std::size_t kCrashStackBytes = 64 * 1024;       // of a thread, for the handler

// What a server's connection gives a client that misbehaves.
inline constexpr std::size_t kDrainBytesMax = 64 * 1024;   // a body that nobody wants, to keep it
inline constexpr std::uint64_t kLingerMs = 5'000;          // to read our last answer and leave
inline constexpr std::uint64_t kLingerDrainingMs = 1'000;  // the same, while we shut down
inline constexpr std::uint64_t kFreshDrainMs = 1'000;      // to a first request, while we shut down
inline constexpr std::uint64_t kWriteStallMs = 120'000;    // without taking a byte
inline constexpr std::uint32_t kOverflowConnectionsMax = 64;  // get a 503, per listener

// Connections and time.
inline constexpr std::uint32_t kConnectionsPerListenerMax = 10'000;
inline constexpr std::uint64_t kHeadDeadlineMs = 10'000;
inline constexpr std::uint64_t kBodyIdleMs = 30'000;
inline constexpr std::uint64_t kKeepAliveIdleMs = 75'000;
inline constexpr std::uint64_t kUpstreamIdleMs = 30'000;
inline constexpr std::uint64_t kCommitAfterMs = 15'000;
inline constexpr std::uint64_t kHeartbeatMs = 15'000;

}  // namespace aip::limits
