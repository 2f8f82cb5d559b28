#include "core/config/expand.h"

#include <doctest/doctest.h>

#include "tests/unit/config/support.h"

using namespace aip::config;

namespace {

// The value of `a` after expansion, or the first error.
std::string expanded(const std::string& value, const test::World& world) {
  Diagnostics out("f");
  Node root = Node::mapping({1, 1});
  root.add({"a", {1, 1}}, Node::scalar(value, {7, 9}));
  expand(root, world, "/etc/aiproxy", out);
  if (out.failed()) return out.errors().front().to_string();
  return root.items[0].text;
}

test::World world() {
  test::World w;
  w.variables = {{"KEY", "sk-1"}, {"EMPTY", ""}, {"TWICE", "${KEY}"}};
  w.files = {{"/etc/aiproxy/secret", "from a file\r\n\n"},
             {"/run/secrets/ds", "absolute"},
             {"/etc/aiproxy/lines", "a\nb\n"}};
  return w;
}

}  // namespace

TEST_CASE("expand: variables, defaults, files and dollars") {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"${KEY}", "sk-1"},
      {"a${KEY}b${KEY}", "ask-1bsk-1"},
      {"${NONE:-x y}", "x y"},
      {"${NONE:-}", ""},
      {"${EMPTY:-x}", "x"},
      {"${EMPTY}", ""},
      {"${KEY:-x}", "sk-1"},
      {"${file:secret}", "from a file"},
      {"${file:/run/secrets/ds}", "absolute"},
      {"${file:lines}", "a\nb"},
      {"$$", "$"},
      {"$${KEY}", "${KEY}"},
      {"$$${KEY}", "$sk-1"},
      {"$5 and $", "$5 and $"},
      {"$KEY", "$KEY"},
  };
  for (const auto& [text, meaning] : cases) CHECK(expanded(text, world()) == meaning);
}

TEST_CASE("expand: a value is not expanded twice") {
  CHECK(expanded("${TWICE}", world()) == "${KEY}");
}

TEST_CASE("expand: what cannot be resolved is an error at the value's place") {
  const std::pair<const char*, const char*> cases[] = {
      {"${NONE}",
       "f:7:9: a: the environment variable NONE is not set; set it, or write "
       "${NONE:-default}"},
      {"${file:nowhere}", "f:7:9: a: cannot read the file \"nowhere\": No such file or directory"},
      {"${file:}", "f:7:9: a: ${file:} names no file"},
      {"${KEY", "f:7:9: a: \"${\" is never closed; write \"$$\" for a dollar sign"},
      {"${}", "f:7:9: a: ${} names no variable; write ${NAME}, ${NAME:-default} or ${file:PATH}"},
      {"${1A}",
       "f:7:9: a: ${1A} names no variable; write ${NAME}, ${NAME:-default} or "
       "${file:PATH}"},
      {"${A B}",
       "f:7:9: a: ${A B} names no variable; write ${NAME}, ${NAME:-default} or "
       "${file:PATH}"},
  };
  for (const auto& [text, meaning] : cases) CHECK(expanded(text, world()) == meaning);
}

TEST_CASE("expand: a file may have kSecretFileBytesMax bytes and not one more") {
  test::World w;
  const auto with = [&w](std::size_t bytes) {
    w.files["/etc/aiproxy/f"] = std::string(bytes, 'x');
    return expanded("${file:f}", w);
  };
  CHECK(with(kSecretFileBytesMax - 1).size() == kSecretFileBytesMax - 1);
  CHECK(with(kSecretFileBytesMax).size() == kSecretFileBytesMax);
  CHECK(with(kSecretFileBytesMax + 1) == "f:7:9: a: the file \"f\" is larger than 64 KiB");
}

TEST_CASE("expand: all values together are bounded") {
  test::World w;
  w.files["/etc/aiproxy/f"] = std::string(kSecretFileBytesMax, 'x');
  const auto with = [&w](std::size_t values) {
    Diagnostics out("f");
    Node root = Node::sequence({1, 1});
    for (std::size_t i = 0; i < values; ++i) {
      root.items.push_back(Node::scalar("${file:f}", {1, 1}));
    }
    expand(root, w, "/etc/aiproxy", out);
    return out.failed();
  };
  CHECK_FALSE(with(kExpandedBytesMax / kSecretFileBytesMax - 1));
  CHECK_FALSE(with(kExpandedBytesMax / kSecretFileBytesMax));
  CHECK(with(kExpandedBytesMax / kSecretFileBytesMax + 1));
}

TEST_CASE("expand: keys are left alone") {
  Diagnostics out("f");
  Node root = Node::mapping({1, 1});
  root.add({"${KEY}", {1, 1}}, Node::scalar("x", {1, 1}));

  expand(root, world(), "", out);

  CHECK(root.keys[0].name == "${KEY}");
}
