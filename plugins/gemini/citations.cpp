#include "citations.h"

#include <algorithm>
#include <cstdint>

namespace aip::gemini {
namespace {

std::int64_t characters_before(std::string_view text, std::int64_t bytes) {
  const auto end = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0));
  const std::string_view head = text.substr(0, std::min(end, text.size()));
  return std::count_if(head.begin(), head.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string annotation(json::Value url, json::Value title, std::int64_t from, std::int64_t to) {
  std::string out;
  json::Writer json(out);
  json.object().member("type", "url_citation").key("url_citation").object();
  json.key("start_index").number(from).key("end_index").number(to);
  json.member_raw("url", url.raw());
  if (title.is_string()) json.member_raw("title", title.raw());
  json.end_object().end_object();
  return out;
}

std::vector<json::Value> pages_of(json::Value chunks) {
  std::vector<json::Value> pages;
  for (const json::Value chunk : chunks.items()) {
    pages.push_back(chunk["web"] ? chunk["web"] : chunk["retrievedContext"]);
  }
  return pages;
}

void add_supports(json::Value grounding, std::string_view text, std::vector<std::string>& out) {
  const std::vector<json::Value> pages = pages_of(grounding["groundingChunks"]);
  const json::Value supports = grounding["groundingSupports"];
  for (const json::Value support : supports.items()) {
    if (out.size() >= kCitationsMax) return;
    const json::Value segment = support["segment"];
    const std::int64_t from = characters_before(text, segment["startIndex"].integer().value_or(0));
    const std::int64_t to = characters_before(text, segment["endIndex"].integer().value_or(0));
    const json::Value indices = support["groundingChunkIndices"];
    for (const json::Value index : indices.items()) {
      const auto at = static_cast<std::size_t>(index.integer().value_or(-1));
      if (out.size() >= kCitationsMax || at >= pages.size()) continue;
      const json::Value page = pages[at];
      if (!page["uri"].is_string()) continue;
      out.push_back(annotation(page["uri"], page["title"], from, to));
    }
  }
  if (supports.size() != 0) return;
  // Pages without places support the whole.
  const std::int64_t all = characters_before(text, static_cast<std::int64_t>(text.size()));
  for (const json::Value page : pages) {
    if (out.size() >= kCitationsMax || !page["uri"].is_string()) continue;
    out.push_back(annotation(page["uri"], page["title"], 0, all));
  }
}

void write_token(json::Value token, json::Writer& json) {
  json.key("token");
  if (token["token"].is_string()) {
    json.raw(token["token"].raw());
  } else {
    json.string("");
  }
  json.key("logprob");
  const json::Value probability = token["logProbability"];
  json.raw(probability.is_number() ? probability.raw() : "0").key("bytes").null();
}

}  // namespace

std::vector<std::string> annotations_of(json::Value candidate, std::string_view text) {
  std::vector<std::string> out;
  add_supports(candidate["groundingMetadata"], text, out);
  const json::Value metadata = candidate["citationMetadata"];
  const json::Value list =
      metadata["citations"] ? metadata["citations"] : metadata["citationSources"];
  for (const json::Value source : list.items()) {
    if (out.size() >= kCitationsMax || !source["uri"].is_string()) continue;
    out.push_back(annotation(source["uri"], source["title"],
                             characters_before(text, source["startIndex"].integer().value_or(0)),
                             characters_before(text, source["endIndex"].integer().value_or(0))));
  }
  return out;
}

std::string logprobs_of(json::Value result) {
  const json::Value chosen = result["chosenCandidates"];
  if (!chosen.is_array()) return {};
  const json::Value others = result["topCandidates"];
  auto place = others.items().begin();
  std::string out;
  json::Writer json(out);
  json.object().key("content").array();
  for (const json::Value token : chosen.items()) {
    json.object();
    write_token(token, json);
    json.key("top_logprobs").array();
    if (place != others.items().end()) {
      const json::Value list = (*place)["candidates"];
      for (const json::Value other : list.items()) {
        json.object();
        write_token(other, json);
        json.end_object();
      }
      ++place;
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace aip::gemini
