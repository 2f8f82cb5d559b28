#include "citations.h"

namespace aip::claude {
namespace {

bool is_low_surrogate(std::string_view digits) noexcept {
  if (digits.size() < 2) return false;
  const char high = digits[0];
  const char low = digits[1];
  return (high == 'd' || high == 'D') && ((low >= 'c' && low <= 'f') || (low >= 'C' && low <= 'F'));
}

void copy_member(json::Value from, const char* name, const char* as, json::Writer& json) {
  if (from[name].is_string()) json.member_raw(as, from[name].raw());
}

std::string annotation(json::Value citation, std::uint64_t begin, std::uint64_t end) {
  // Search results that a client brought itself carry their address as "source".
  const json::Value url = citation["url"] ? citation["url"] : citation["source"];
  const char* type = url.is_string() ? "url_citation" : "file_citation";
  std::string out;
  json::Writer json(out);
  json.object().member("type", type).key(type).object();
  json.key("start_index").unsigned_number(begin).key("end_index").unsigned_number(end);
  if (url.is_string()) {
    json.member_raw("url", url.raw());
    json.key("title").raw(citation["title"].is_string() ? citation["title"].raw() : R"("")");
  } else {
    copy_member(citation, "file_id", "file_id", json);
    copy_member(citation, "document_title", "filename", json);
    if (citation["document_index"].is_number()) {
      json.member_raw("index", citation["document_index"].raw());
    }
  }
  copy_member(citation, "cited_text", "cited_text", json);
  json.end_object().end_object();
  return out;
}

}  // namespace

std::uint64_t characters_of(std::string_view escaped) noexcept {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const auto c = static_cast<unsigned char>(escaped[i]);
    if (c == '\\' && i + 1 < escaped.size()) {
      const bool coded = escaped[i + 1] == 'u';
      // Two escapes, a high and a low surrogate, are one character.
      if (!coded || !is_low_surrogate(escaped.substr(i + 2))) ++count;
      i += coded ? 5 : 1;
    } else if ((c & 0xC0) != 0x80) {
      ++count;  // every byte but the continuations of UTF-8
    }
  }
  return count;
}

std::vector<std::string> Citations::end_block() {
  std::vector<std::string> out;
  for (const std::string& citation : waiting_) {
    out.push_back(annotation(json::Value(citation), begin_, at_));
  }
  waiting_.clear();
  return out;
}

}  // namespace aip::claude
