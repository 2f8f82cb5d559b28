// fixtures.h - recorded exchanges with real providers, for replaying.
//
// They lie outside of the repository: in the folder that AIPROXY_FIXTURES names, or else in
// <source>/../shared/fixtures. Without the folder the tests that want it say so and do nothing.
// INDEX.tsv lists them; a request stands before the answer that belongs to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aip::test {

struct Recorded {
  std::string name;      // "openai-chat/g293-001.stream.sse"
  std::string provider;  // "openai-chat"
  std::string features;  // "fin=stop,text,usage,recorded status=200"
  std::string url;       // where the request went; empty: unknown
  std::string request;   // its body; empty: only the answer was kept
  std::string answer;    // a whole body, or a stream with its framing
  int status = 200;
  bool is_stream = false;
};

// The folder, if it is there.
[[nodiscard]] std::optional<std::string> fixtures_folder();
// The exchanges of the providers whose name begins so, in the order of the index. Streams that were
// kept as one JSON text a line get the framing of OpenAI's streams back.
[[nodiscard]] std::vector<Recorded> recorded(const std::string& folder, std::string_view prefix);

}  // namespace aip::test
