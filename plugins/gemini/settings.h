// settings.h - the provider's section of the configuration, as values.
//
// Two kinds of service speak this API. AI Studio: base_url is a host, the version and /models/
// follow. Vertex AI: base_url goes down to .../publishers/google, its version stands in it, and
// a token takes the place of the key.
// Tests: tests/unit/gemini/small_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aip::gemini {

inline constexpr std::string_view kDefaultBaseUrl = "https://generativelanguage.googleapis.com";
inline constexpr std::string_view kDefaultVersion = "v1beta";
inline constexpr std::string_view kDefaultModel = "gemini-2.5-flash";

enum class StreamForm : std::uint8_t { Sse, Array };
enum class SchemaForm : std::uint8_t { Auto, Json, Subset };

struct Settings {
  std::string base_url{kDefaultBaseUrl};  // without a slash or a version at its end
  std::string version{kDefaultVersion};
  std::string model{kDefaultModel};
  StreamForm stream = StreamForm::Sse;
  SchemaForm schema = SchemaForm::Auto;
  bool is_vertex = false;
  bool web_files = false;
  bool signature_in_ids = true;
};

[[nodiscard]] Settings read_settings(std::string_view section);
// Is this the name of a version ("v1beta"), and so fit for a path?
[[nodiscard]] bool is_version(std::string_view text) noexcept;

}  // namespace aip::gemini
