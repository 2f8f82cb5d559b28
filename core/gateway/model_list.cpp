#include "core/gateway/model_list.h"

#include <aiproxy/json.hpp>

namespace aip::gateway {
namespace {

using Entry = route::Table::ModelEntry;

void write_openai(json::Writer& w, const Entry& entry) {
  w.object().member("id", entry.id).member("object", "model");
  // Unknown: these are names, not files.
  w.key("created").unsigned_number(0).member("owned_by", entry.provider).end_object();
}

void write_anthropic(json::Writer& w, const Entry& entry) {
  // Anthropic itself says the epoch where it does not know the day.
  w.object().member("type", "model").member("id", entry.id).member("display_name", entry.id);
  w.member("created_at", "1970-01-01T00:00:00Z").end_object();
}

void write_google(json::Writer& w, const Entry& entry) {
  w.object().member("name", "models/" + entry.id).member("displayName", entry.id);
  w.member("description", "served by the provider " + entry.provider);
  w.key("supportedGenerationMethods").array();
  w.string("generateContent").string("streamGenerateContent").string("countTokens");
  w.end_array().end_object();
}

void write(dialect::Kind kind, json::Writer& w, const Entry& entry) {
  switch (kind) {
    case dialect::Kind::Gemini:
      return write_google(w, entry);
    case dialect::Kind::Anthropic:
      return write_anthropic(w, entry);
    case dialect::Kind::OpenAiChat:
    case dialect::Kind::OpenAiResponses:
    case dialect::Kind::None:
      return write_openai(w, entry);
  }
}

// What stands beside the list: all of it is one page.
void write_page(dialect::Kind kind, json::Writer& w, const std::vector<Entry>& entries) {
  if (kind == dialect::Kind::Gemini) return;
  if (kind != dialect::Kind::Anthropic) {
    w.member("object", "list");
    return;
  }
  w.key("has_more").boolean(false);
  if (entries.empty()) {
    w.key("first_id").null().key("last_id").null();
  } else {
    w.member("first_id", entries.front().id).member("last_id", entries.back().id);
  }
}

}  // namespace

std::string model_entry(dialect::Kind kind, const Entry& entry) {
  std::string out;
  json::Writer w(out);
  write(kind, w, entry);
  return out;
}

std::string model_list(dialect::Kind kind, const std::vector<Entry>& entries) {
  std::string out;
  json::Writer w(out);
  w.object();
  write_page(kind, w, entries);
  w.key(kind == dialect::Kind::Gemini ? "models" : "data").array();
  for (const Entry& entry : entries) write(kind, w, entry);
  w.end_array().end_object();
  return out;
}

}  // namespace aip::gateway
