// refuse.h - the loader's one kind of error, with words that tell an operator what to do.
#pragma once

#include <string>
#include <utility>

#include "core/base/error.h"

namespace aip::plugin {

[[nodiscard]] inline Error refuse(std::string why) {
  return {ErrorCode::GatewayPlugin, std::move(why)};
}

}  // namespace aip::plugin
