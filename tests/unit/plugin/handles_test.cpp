#include "core/plugin/handles.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using aip::plugin::HandleKind;
using aip::plugin::HandleTable;

namespace {

aip::plugin::Scope& scope() {
  return aip::plugin::intern_scope("handles", "test");
}

}  // namespace

TEST_CASE("handles: a handle finds its object until it is released, and never 0") {
  HandleTable& table = HandleTable::of_worker(1001);
  int object = 0;

  const aip_id id = table.acquire(HandleKind::Stream, scope(), &object, 5);
  CHECK(id != 0);
  CHECK(HandleTable::of_handle(id) == &table);
  CHECK(table.find(HandleKind::Stream, id).object == &object);
  CHECK(table.find(HandleKind::Stream, id).number == 5);
  CHECK(table.find(HandleKind::Call, id).object == nullptr);
  table.release(id);

  CHECK(table.find(HandleKind::Stream, id).object == nullptr);
  CHECK_FALSE(table.alive(id));
  CHECK(table.scope_of(id) == &scope());
}

TEST_CASE("handles: no handle comes twice, though slots are reused") {
  HandleTable& table = HandleTable::of_worker(1002);
  int object = 0;
  std::set<aip_id> seen;

  for (int i = 0; i < 5000; ++i) {
    const aip_id id = table.acquire(HandleKind::Stream, scope(), &object, 0);
    CHECK(seen.insert(id).second);
    table.release(id);
  }
}

TEST_CASE("handles: many at once grow the table and keep apart") {
  HandleTable& table = HandleTable::of_worker(1003);
  std::vector<int> objects(3000);
  std::vector<aip_id> ids;

  for (int& object : objects) ids.push_back(table.acquire(HandleKind::Call, scope(), &object, 0));
  CHECK(table.in_use() == 3000);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(table.find(HandleKind::Call, ids[i]).object == &objects[i]);
  }
  for (const aip_id id : ids) table.release(id);

  CHECK(table.in_use() == 0);
}

TEST_CASE("handles: numbers that were never handed out find nothing") {
  HandleTable& table = HandleTable::of_worker(1001);
  for (const aip_id id : {aip_id{0}, aip_id{1}, UINT64_MAX, UINT64_MAX / 2, aip_id{1} << 22}) {
    CHECK(table.find(HandleKind::Stream, id).object == nullptr);
  }
}
