// The quick way and the careful way of core/base/json must come to the same: a text behind 128 KB
// of blanks is judged by the careful one alone.
#include <string>

#include "core/base/check.h"
#include "core/base/json.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using aip::json::check;
  static const std::string blanks(128 * 1024 + 1, ' ');
  const aip::test::Fenced text({reinterpret_cast<const char*>(data), size});
  const aip::Status quick = check(text.view());
  const aip::Status careful = check(blanks + std::string(text.view()));
  AIP_CHECK(quick.ok() == careful.ok());
  if (!quick) AIP_CHECK(quick.error().detail == careful.error().detail);

  // What is valid can be walked from end to end and stays what it is.
  if (quick) {
    const aip::json::Value value(text.view());
    std::size_t items = 0;
    for (const auto& member : value.members()) items += member.value().raw().size();
    for (const aip::json::Value item : value.items()) items += item.raw().size();
    AIP_CHECK(items <= size);
    AIP_CHECK(check(value.raw()).ok());
  }
  return 0;
}
