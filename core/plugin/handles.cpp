#include "core/plugin/handles.h"

#include <mutex>

#include "core/base/check.h"

namespace aip::plugin {
namespace {

using Tables = std::array<std::atomic<HandleTable*>, HandleTable::kWorkersMax + 1>;
Tables& tables() noexcept {
  static Tables all{};
  return all;
}

}  // namespace

HandleTable& HandleTable::of_worker(std::uint32_t worker) {
  AIP_CHECK(worker <= kWorkersMax);
  static std::mutex making;
  const std::lock_guard lock(making);
  std::atomic<HandleTable*>& place = tables()[worker];
  if (place.load(std::memory_order_relaxed) == nullptr) {
    place.store(new HandleTable(worker), std::memory_order_release);
  }
  return *place.load(std::memory_order_relaxed);
}

HandleTable* HandleTable::of_handle(aip_id id) noexcept {
  return tables()[worker_of(id)].load(std::memory_order_acquire);
}

std::uint32_t HandleTable::index_of(aip_id id) noexcept {
  return static_cast<std::uint32_t>(id & ((1u << kSlotBits) - 1));
}

std::uint32_t HandleTable::generation_of(aip_id id) noexcept {
  return static_cast<std::uint32_t>(id >> kSlotBits);
}

HandleTable::Slot* HandleTable::slot_at(std::uint32_t index) const noexcept {
  Slot* chunk = chunks_[index / kChunkSlots].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : chunk + index % kChunkSlots;
}

void HandleTable::grow() {
  AIP_CHECK(slots_ < kChunks * kChunkSlots);
  chunks_[slots_ / kChunkSlots].store(new Slot[kChunkSlots], std::memory_order_release);
  for (std::uint32_t i = 0; i < kChunkSlots; ++i) push_free(slots_ + i);
  slots_ += kChunkSlots;
}

void HandleTable::push_free(std::uint32_t index) noexcept {
  slot_at(index)->next_free = kNoSlot;
  if (last_free_ == kNoSlot) {
    first_free_ = index;
  } else {
    slot_at(last_free_)->next_free = index;
  }
  last_free_ = index;
}

aip_id HandleTable::acquire(HandleKind kind, Scope& scope, void* object, std::uint32_t number) {
  if (first_free_ == kNoSlot) grow();
  const std::uint32_t index = first_free_;
  Slot& slot = *slot_at(index);
  first_free_ = slot.next_free;
  if (first_free_ == kNoSlot) last_free_ = kNoSlot;
  slot.kind = kind;
  slot.object = object;
  slot.number = number;
  slot.scope.store(&scope, std::memory_order_release);
  ++in_use_;
  const std::uint64_t generation = slot.generation.load(std::memory_order_relaxed);
  return std::uint64_t{worker_} << (kSlotBits + kGenerationBits) | generation << kSlotBits | index;
}

void HandleTable::release(aip_id id) noexcept {
  Slot* slot = slot_at(index_of(id));
  AIP_CHECK(slot != nullptr && slot->kind != HandleKind::None && alive(id));
  slot->kind = HandleKind::None;
  slot->object = nullptr;
  // 0 is skipped, so that no handle is ever 0.
  const std::uint32_t next = generation_of(id) + 1;
  slot->generation.store(next == 0 ? 1 : next, std::memory_order_release);
  push_free(index_of(id));
  --in_use_;
}

HandleTable::Found HandleTable::find(HandleKind kind, aip_id id) const noexcept {
  const Slot* slot = slot_at(index_of(id));
  if (slot == nullptr || slot->kind != kind || !alive(id)) return {};
  return {slot->object, slot->number};
}

bool HandleTable::alive(aip_id id) const noexcept {
  const Slot* slot = slot_at(index_of(id));
  // A free slot already has the generation of its next handle; nobody knows that one yet.
  return slot != nullptr && slot->scope.load(std::memory_order_acquire) != nullptr &&
         slot->generation.load(std::memory_order_acquire) == generation_of(id);
}

Scope* HandleTable::scope_of(aip_id id) const noexcept {
  const Slot* slot = slot_at(index_of(id));
  return slot == nullptr ? nullptr : slot->scope.load(std::memory_order_acquire);
}

}  // namespace aip::plugin
