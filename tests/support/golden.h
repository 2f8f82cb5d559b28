// golden.h - a conversation with a provider as one readable file, replayed and compared.
//
// A file in tests/golden/<plugin>/ is Markdown. Text is for the reader; what counts are sections
// with one code block each:
//   ## setup      JSON: plugin, section, flags ("native stream need_usage include_usage"), dialect,
//                 operation, method, path, query, headers, model, secret, credential_kind,
//                 credential_extra, client_credential, capabilities, drop_unsupported,
//                 random_ids, answers: [{status, headers,
//                 line_ends, ends}]
//   ## request    the client's body
//   ## upstream   the bytes that the provider answers (one section for each answer of setup)
//   ## calls, ## events, ## client, ## result      what is expected, written by the runner
// `random_ids: true` shows random UUIDs and 32 hex digits as <uuid> and <hex>. A block of `records`
// has a record a line, each ended by 0x1e. `line_ends: "crlf"` turns the block's LF into CR LF; `ends: "cut"` breaks the connection behind
// it.
//
// Each conversation is run with its bytes whole, one at a time, and cut at every place; all must
// come to the same. With AIPROXY_GOLDEN=update the expected sections are written anew.
#pragma once

#include <string>
#include <vector>

namespace aip::test {

// All *.md of a folder, by name.
[[nodiscard]] std::vector<std::string> golden_files(const std::string& folder);

struct GoldenResult {
  std::size_t runs = 0;  // how many ways of cutting were tried
  bool updated = false;
  std::vector<std::string> differences;  // in words; empty: as expected
};
[[nodiscard]] GoldenResult run_golden(const std::string& path);

}  // namespace aip::test
