// questions.h - the host's answers to a translator, as a list that is read afterwards.
#pragma once

#include <aiproxy/questions.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::test {

struct ListedQuestions final : sdk::Questions {
  bool drops = false;  // drop_unsupported
  std::vector<std::string> asked, changed;
  bool may_drop(const std::string& pointer) override {
    asked.push_back(pointer);
    return drops;
  }
  void coerced(const std::string& pointer) override { changed.push_back(pointer); }
  bool is_json(std::string_view text) override { return static_cast<bool>(json::check(text)); }
};

}  // namespace aip::test
