// yaml_text.h - a YAML file's bytes: judged before parsing, and asked for places afterwards.
//
// check() refuses what no configuration holds (see yaml.h). masked() is what the parser reads: the
// same bytes, but inside ${...} the characters that mean something to YAML are replaced one for one
// by control characters, which check() has shown to occur nowhere else.
// Lifetime: owns a copy.   Tests: tests/unit/config/yaml_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/config/diagnostic.h"

namespace YAML {
struct Mark;
}

namespace aip::config {

class YamlText {
 public:
  // nullopt exactly if at least one error was told.
  [[nodiscard]] static std::optional<YamlText> check(Bytes bytes, Diagnostics& out);

  [[nodiscard]] const std::string& masked() const noexcept { return masked_; }
  [[nodiscard]] static std::string unmask(std::string_view text);

  [[nodiscard]] Mark mark(std::size_t offset) const;
  [[nodiscard]] Mark mark(const YAML::Mark& place) const;
  // The byte at that place; NUL behind the end.
  [[nodiscard]] char at(const YAML::Mark& place) const;
  // A scalar without a tag begins there: if with a quote, does the quote end before the file?
  [[nodiscard]] bool quote_is_closed(const YAML::Mark& place) const;

 private:
  explicit YamlText(std::string text);
  [[nodiscard]] bool check_bytes(Diagnostics& out) const;
  [[nodiscard]] bool check_indents(Diagnostics& out) const;

  std::string text_, masked_;
  std::vector<std::size_t> lines_;  // offsets of their first bytes
};

}  // namespace aip::config
