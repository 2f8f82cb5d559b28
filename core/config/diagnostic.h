// diagnostic.h - what is wrong in a configuration, where, and how to mend it.
//
// A Diagnostic prints as `aiproxy.yaml:7:17: providers.openai.routes: expected true or false, got
// "maybe"`. All of them are gathered, up to kDiagnosticsMax, so that one run of `check` shows the
// whole file's faults.
//
// Secrets: a text of the file is quoted only through shown(), which hides what looks like a key;
// and every value that is known to be one is registered with secret(), after which no text of this
// list can hold it.
// Threads: one.   Tests: tests/unit/config/diagnostic_test.cpp, secrets_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aip::config {

inline constexpr std::size_t kDiagnosticsMax = 100;
inline constexpr std::size_t kShownBytesMax = 60;  // of a value in an error text
inline constexpr std::size_t kSecretBytesMin = 6;  // shorter ones would blot out ordinary words

// A place in the file, both counted from 1, columns in characters. 0: no place.
struct Mark {
  std::uint32_t line = 0, column = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};

struct Diagnostic {
  std::string file;
  Mark mark;
  std::string path;  // "providers.openai.timeout_ms"; empty: the file as a whole
  std::string text;

  [[nodiscard]] std::string to_string() const;
};

class Diagnostics {
 public:
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  void error(Mark mark, std::string path, std::string text);
  void warning(Mark mark, std::string path, std::string text);
  // From now on, and in what was told before, this value reads "[secret]".
  void secret(std::string_view value);
  // Paths that begin with `from` are told with `to` in its place: for a file whose shape was
  // translated before it was judged.
  void rename(std::string from, std::string to);

  [[nodiscard]] bool failed() const noexcept { return !errors_.empty(); }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  // In the order of the file, scrubbed.
  [[nodiscard]] std::vector<Diagnostic> errors() const { return finished(errors_, dropped_); }
  [[nodiscard]] std::vector<Diagnostic> warnings() const { return finished(warnings_, 0); }

 private:
  [[nodiscard]] std::vector<Diagnostic> finished(std::vector<Diagnostic> list,
                                                 std::size_t dropped) const;

  std::string file_;
  std::vector<Diagnostic> errors_, warnings_;
  std::size_t dropped_ = 0;
  std::vector<std::string> secrets_;
  std::vector<std::pair<std::string, std::string>> renames_;
};

// "\"fast\"", cut when long, control characters escaped; "a text that is not shown" if it looks
// like a secret or holds a password.
[[nodiscard]] std::string shown(std::string_view text);
[[nodiscard]] bool looks_secret(std::string_view text) noexcept;

// Paths: "" + "listen" -> "listen"; "listen" + 0 -> "listen[0]"; "listen[0]" + "auth".
[[nodiscard]] std::string child_path(std::string_view path, std::string_view key);
[[nodiscard]] std::string child_path(std::string_view path, std::size_t index);

// `; did you mean "timeout_ms"?`, or `; known here: a, b, c`, or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);
// The nearest of the known words by edits (insert, delete, change, swap neighbours), if it is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace aip::config
