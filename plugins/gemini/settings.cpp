#include "settings.h"

#include <aiproxy/json.hpp>

#include <algorithm>

namespace aip::gemini {
namespace {

constexpr std::size_t kVersionCharsMax = 16;

// "https://host/v1beta/" is what users of other clients are used to: the version is taken out.
void read_base(std::string url, Settings& settings) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  settings.is_vertex = url.find("/publishers/") != std::string::npos;
  const std::size_t slash = url.rfind('/');
  if (!settings.is_vertex && slash != std::string::npos && is_version(url.substr(slash + 1))) {
    settings.version = url.substr(slash + 1);
    url.resize(slash);
  }
  settings.base_url = std::move(url);
}

void read_bool(json::Value value, bool& flag) {
  if (value.is_bool()) flag = value.is_true();
}

}  // namespace

bool is_version(std::string_view text) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() >= 2 && text.size() <= kVersionCharsMax && text[0] == 'v' &&
         is_digit(text[1]) && std::all_of(text.begin() + 1, text.end(), [&](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z');
         });
}

Settings read_settings(std::string_view section) {
  Settings settings;
  const json::Value all(section);
  const json::Value base = all["base_url"];
  if (!base.escaped().empty()) read_base(base.str(), settings);
  settings.web_files = settings.is_vertex;
  for (const json::Value::Member& m : all.members()) {
    const json::Value value = m.value();
    if (m.named("version") && is_version(value.escaped())) settings.version = value.str();
    if (m.named("model") && !value.escaped().empty()) settings.model = value.str();
    if (m.named("stream") && value.equals("array")) settings.stream = StreamForm::Array;
    if (m.named("schema") && value.equals("json")) settings.schema = SchemaForm::Json;
    if (m.named("schema") && value.equals("subset")) settings.schema = SchemaForm::Subset;
    if (m.named("web_files")) read_bool(value, settings.web_files);
    if (m.named("signature_in_ids")) read_bool(value, settings.signature_in_ids);
  }
  return settings;
}

}  // namespace aip::gemini
