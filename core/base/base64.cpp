#include "core/base/base64.h"

#include <aiproxy/base64.hpp>

namespace aip {

std::string base64(Bytes bytes) {
  return sdk::encode_base64(bytes);
}

}  // namespace aip
