// handles.h - the u64 handles that cross the plugin interface, one table a worker.
//
//     worker (10 bits) | generation (32) | slot (22)
//
// A slot's generation grows whenever its object ends, so a handle that was kept too long finds
// nothing and the plugin gets AIP_E_STALE: never another request's stream. Slots are reused in the
// order in which they became free, which keeps a generation's reuse far away.
// Threads: acquire(), release() and find() belong to the worker; scope_of() and alive() are safe
// from any thread, because slots never move and tables live as long as the process.
// Tests: tests/unit/plugin/handles_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "core/plugin/scope.h"

namespace aip::plugin {

enum class HandleKind : std::uint8_t { None, Scope, Stream, Call, Timer };

class HandleTable {
 public:
  static constexpr std::uint32_t kWorkersMax = 1023;
  static constexpr unsigned kSlotBits = 22, kGenerationBits = 32;
  // The table of the control thread, for the scopes of providers.
  static constexpr std::uint32_t kMainWorker = kWorkersMax;

  // Makes the table at its first use; it is never freed.
  [[nodiscard]] static HandleTable& of_worker(std::uint32_t worker);
  // The table that the handle is from; nullptr if there never was one.
  [[nodiscard]] static HandleTable* of_handle(aip_id id) noexcept;
  [[nodiscard]] static std::uint32_t worker_of(aip_id id) noexcept {
    return static_cast<std::uint32_t>(id >> (kSlotBits + kGenerationBits));
  }

  struct Found {
    void* object = nullptr;  // nullptr: stale, or of another kind
    std::uint32_t number = 0;
  };
  [[nodiscard]] aip_id acquire(HandleKind kind, Scope& scope, void* object, std::uint32_t number);
  void release(aip_id id) noexcept;
  [[nodiscard]] Found find(HandleKind kind, aip_id id) const noexcept;

  [[nodiscard]] bool alive(aip_id id) const noexcept;
  // The scope of a handle, or of the object that last had its slot; nullptr for a made-up one.
  [[nodiscard]] Scope* scope_of(aip_id id) const noexcept;

  // The thread that the worker's objects live on.
  void own_by_this_thread() noexcept { thread_.store(std::this_thread::get_id()); }
  [[nodiscard]] bool on_own_thread() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }

 private:
  static constexpr std::uint32_t kChunkSlots = 1024;
  static constexpr std::uint32_t kChunks = (1u << kSlotBits) / kChunkSlots;
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  struct Slot {
    std::atomic<std::uint32_t> generation{1};
    std::atomic<Scope*> scope{nullptr};
    std::uint32_t number = 0, next_free = kNoSlot;
    HandleKind kind = HandleKind::None;
    void* object = nullptr;
  };

  explicit HandleTable(std::uint32_t worker) noexcept : worker_(worker) {}
  [[nodiscard]] Slot* slot_at(std::uint32_t index) const noexcept;
  [[nodiscard]] static std::uint32_t index_of(aip_id id) noexcept;
  [[nodiscard]] static std::uint32_t generation_of(aip_id id) noexcept;
  void grow();
  void push_free(std::uint32_t index) noexcept;

  const std::uint32_t worker_;
  std::atomic<std::thread::id> thread_{};
  std::array<std::atomic<Slot*>, kChunks> chunks_{};
  std::uint32_t slots_ = 0, first_free_ = kNoSlot, last_free_ = kNoSlot;
  std::size_t in_use_ = 0;
};

}  // namespace aip::plugin
