// ids.h - random ids in the shapes that Bing's pages use.
#pragma once

#include <string>

namespace aip::bing {

[[nodiscard]] std::string random_hex(std::size_t digits);
[[nodiscard]] std::string random_uuid();  // version 4

}  // namespace aip::bing
