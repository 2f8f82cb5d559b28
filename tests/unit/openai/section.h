// section.h - settings out of a section's JSON, for tests.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "plugins/openai/settings.h"

namespace aip::openai {

inline Settings settings_of(const std::string& section) {
  Settings settings;
  sdk::Failure failure;
  REQUIRE(read_settings(section, settings, failure));
  return settings;
}

}  // namespace aip::openai
