#include "core/base/base64.h"

#include <doctest/doctest.h>

#include "core/base/sha1.h"

using namespace aip;

TEST_CASE("base64: the vectors of RFC 4648 10, and bytes above 0x7f") {
  const char* const kVectors[][2] = {{"", ""},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"fooba", "Zm9vYmE="},
                                     {"foobar", "Zm9vYmFy"},
                                     {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, coded] : kVectors) CHECK(base64(plain) == coded);
}

TEST_CASE("sha1: the first vector of FIPS 180-4") {
  const auto digest = sha1("abc");
  CHECK(base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) ==
        "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}
