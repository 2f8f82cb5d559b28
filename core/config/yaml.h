// yaml.h - YAML as a small tree in which every key and every value knows its line and column.
//
// yaml-cpp 0.7 reads the events; this layer is stricter, because a configuration that is read
// otherwise than it was meant is worse than one that is refused (docs/decisions/0005):
//   - text: UTF-8 only, a BOM at the start is skipped, no control characters, no tabs as indent
//   - quotes and brackets are closed (yaml-cpp takes `a: "x` NEWLINE), no empty entry in [a,, b]
//   - keys are plain texts, each once; merge keys `<<`, tags `!x` and a second document are refused
//   - aliases are copied, within the caps on nodes and depth, so that no file grows in memory
// Scalars stay text; `plain` tells 8999 from "8999", and shape.h gives them types.
//
// ${VAR} may stand unquoted inside [ ] and { } (YAML alone would read its braces as a mapping):
// the characters of a reference are masked before parsing, byte for byte, so that places stay true.
//
// Threads: none.   Memory: at most kYamlNodesMax nodes out of kYamlBytesMax bytes.
// Errors: all are told to Diagnostics; yaml-cpp's exceptions end here.
// Tests: tests/unit/config/yaml_test.cpp, tests/fuzz/config_fuzz.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/config/diagnostic.h"

namespace aip::config {

inline constexpr std::size_t kYamlBytesMax = 1024 * 1024;
inline constexpr std::size_t kYamlNodesMax = 50'000;
inline constexpr std::size_t kYamlDepthMax = 32;

struct Node {
  enum class Kind : std::uint8_t { Null, Scalar, Sequence, Mapping };
  struct Key {
    std::string name;
    Mark mark;
  };

  Kind kind = Kind::Null;
  bool plain = false;       // a scalar without quotes
  bool broken = false;      // an error about this value was told already
  Mark mark;                // of the value
  std::string text;         // a scalar's
  std::string written;      // the text before ${...} was replaced; empty: nothing was
  std::vector<Key> keys;    // a mapping's, one for each item
  std::vector<Node> items;  // a sequence's or mapping's

  [[nodiscard]] const Node* find(std::string_view key) const noexcept;
  [[nodiscard]] Node* find(std::string_view key) noexcept;
  [[nodiscard]] const Key* find_key(std::string_view key) const noexcept;
  // Appends to a mapping.
  Node& add(Key key, Node value);
  // Takes the key and its value out of a mapping; nullopt if it is not there.
  std::optional<Node> take(std::string_view key);

  [[nodiscard]] static Node scalar(std::string text, Mark mark);
  [[nodiscard]] static Node mapping(Mark mark);
  [[nodiscard]] static Node sequence(Mark mark);
};

// nullopt exactly if at least one error was told. An empty text is a Null.
[[nodiscard]] std::optional<Node> parse_yaml(Bytes text, Diagnostics& out);

}  // namespace aip::config
