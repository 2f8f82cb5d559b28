// A5: llhttp's own cases (release 9.4.2, Markdown), read from the folder of shared material. The
// newest llhttp must never be stricter than we are. Skipped, by name, where the folder is absent.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/http/chars.h"
#include "tests/support/http_story.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::test;
namespace fs = std::filesystem;

namespace {

struct Case {
  std::string title;
  bool is_request = true;
  std::string wire;
  bool refused = false;  // by 9.4.2: its log ends with an error
  std::string refusal;   // that line
  std::size_t refused_at = 0;
};

fs::path cases_folder() {
  const char* shared = std::getenv("AIPROXY_SHARED");
  const char* source = std::getenv("AIPROXY_SOURCE_DIR");
  if (shared != nullptr) return fs::path(shared) / "http" / "llhttp-cases";
  return fs::path(source != nullptr ? source : ".") / ".." / "shared" / "http" / "llhttp-cases";
}

std::string between(const std::string& text, std::size_t& at, const std::string& open,
                    const std::string& close) {
  const std::size_t begin = text.find(open, at);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(close, begin + open.size());
  if (end == std::string::npos) return {};
  at = end + close.size();
  return text.substr(begin + open.size(), end - begin - open.size());
}

// The notation of these files: a line's end is CR LF unless a backslash stands before it; \r, \n,
// \t, \f and \xNN are bytes; the line end in front of the closing fence belongs to the fence.
std::string wire_bytes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      out += "\r\n";
    } else if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else {
      const char c = text[++i];
      if (c == '\n') continue;
      if (c == 'x' && i + 2 < text.size()) {
        out += static_cast<char>(http::chars::hex_value(text[i + 1]) * 16 +
                                 http::chars::hex_value(text[i + 2]));
        i += 2;
      } else if (c == 'r' || c == 'n' || c == 't' || c == 'f') {
        out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : '\f';
      } else {
        out += '\\';
        out += c;
      }
    }
  }
  return out;
}

void read_cases(const fs::path& file, std::vector<Case>& out) {
  std::ifstream in(file);
  std::stringstream whole;
  whole << in.rdbuf();
  const std::string text = whole.str();
  for (std::size_t at = 0;;) {
    const std::string meta = between(text, at, "<!-- meta=", "-->");
    if (meta.empty()) return;
    const bool request = meta.find("\"request\"") != std::string::npos;
    const bool response = meta.find("\"response\"") != std::string::npos;
    const std::string wire = between(text, at, "```http\n", "\n```");
    const std::string log = between(text, at, "```log\n", "```");
    if (!request && !response) continue;  // lenient modes and finish()
    Case one{file.filename().string() + "@" + std::to_string(at),
             request,
             wire_bytes(wire),
             false,
             {},
             0};
    const std::size_t error = log.find("error code=");
    if (error != std::string::npos) {
      const std::size_t begin = log.rfind("off=", error);
      one.refusal = log.substr(begin, log.find('\n', begin) - begin);
      one.refused_at = static_cast<std::size_t>(std::atoi(one.refusal.c_str() + 4));
      // Pauses are asked for by the case, and an upgrade is no refusal.
      one.refused = one.refusal.find("code=21") == std::string::npos &&
                    one.refusal.find("code=22") == std::string::npos;
    }
    out.push_back(std::move(one));
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> out;
  if (!fs::exists(cases_folder())) return out;
  for (const auto& entry : fs::recursive_directory_iterator(cases_folder())) {
    if (entry.path().extension() == ".md") read_cases(entry.path(), out);
  }
  return out;
}

// Did we take, in full, more messages than stand before the byte that 9.4.2 refuses?
bool laxer(const Case& one, const Pieces& pieces) {
  if (one.is_request) {
    const Story whole = read_requests(pieces);
    const Story before = read_requests({Bytes(one.wire).substr(0, one.refused_at)});
    return !whole.failed && whole.ends > before.ends;
  }
  const Story story = read_answer(pieces, Then::Ends);
  const bool left = story.text.find("left ") != std::string::npos;
  return story.ends > 0 && !left;
}

}  // namespace

TEST_CASE("A5: nothing that llhttp 9.4.2 refuses is accepted") {
  const std::vector<Case> cases = all_cases();
  if (cases.empty()) {
    std::printf("A5: skipped: no folder http/llhttp-cases (set AIPROXY_SHARED)\n");
    return;
  }
  int lax = 0;
  int refused = 0;
  int agreed = 0;
  for (const Case& one : cases) {
    feed_in_every_split(one.wire, [&one](const Pieces& pieces) {
      return one.is_request ? read_requests(pieces).text : read_answer(pieces, Then::Ends).text;
    });
    if (!one.refused) {
      const bool served = one.is_request ? !read_requests({one.wire}).failed
                                         : !read_answer({one.wire}, Then::Ends).failed;
      if (served) ++agreed;
      continue;
    }
    ++refused;
    CAPTURE(one.title);
    CAPTURE(one.refusal);
    CAPTURE(one.wire);
    const bool taken = laxer(one, {one.wire}) || laxer(one, cut_every(one.wire, 1));
    CHECK_FALSE(taken);
    if (taken) ++lax;
  }
  CHECK(refused > 50);
  CHECK(agreed > 20);  // so the notation was read rightly
  std::printf(
      "A5: accepted by us, refused by the case: %d of %zu (%d are refusals; %d of the rest are "
      "served)\n",
      lax, cases.size(), refused, agreed);
}
