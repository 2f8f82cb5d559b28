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

void write_google(json::Writer& w, const Entry& entry) {
  w.object().member("name", "models/" + entry.id).member("displayName", entry.id);
  w.member("description", "served by the provider " + entry.provider);
  w.key("supportedGenerationMethods").array();
  w.string("generateContent").string("streamGenerateContent").string("countTokens");
  w.end_array().end_object();
}

void write(dialect::Kind kind, json::Writer& w, const Entry& entry) {
  if (kind == dialect::Kind::Gemini) return write_google(w, entry);
  write_openai(w, entry);
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
  if (kind != dialect::Kind::Gemini) w.member("object", "list");
  w.key(kind == dialect::Kind::Gemini ? "models" : "data").array();
  for (const Entry& entry : entries) write(kind, w, entry);
  w.end_array().end_object();
  return out;
}

}  // namespace aip::gateway
