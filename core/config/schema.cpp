#include "core/config/schema.h"

#include <vector>

#include "core/base/json.h"

namespace aip::config {
namespace {

json::Value definitions() {
  return json::Value(core_schema())["definitions"];
}

// A $ref of a plugin's schema points into that schema; inside the whole file's schema it moves to
// where the plugin's definitions went.
void write_moved(json::Value value, const std::string& prefix, json::Writer& out) {
  if (value.is_array()) {
    out.array();
    for (const json::Value item : value.items()) write_moved(item, prefix, out);
    out.end_array();
  } else if (value.is_object()) {
    out.object();
    for (const auto& member : value.members()) {
      const std::string ref = member.value().str();
      constexpr std::string_view kLocal = "#/definitions/";
      if (member.key() == "$ref" && ref.rfind(kLocal, 0) == 0) {
        out.member("$ref", prefix + ref.substr(kLocal.size()));
      } else {
        out.key(member.key());
        write_moved(member.value(), prefix, out);
      }
    }
    out.end_object();
  } else {
    out.raw(value.raw());
  }
}

// Members of a section's schema, without the braces: the plugin's with the core's added.
void write_section(const Manifest& manifest, const std::string& plugin_prefix, json::Writer& out) {
  const json::Value schema(manifest.schema);
  const json::Value common = definitions()["provider"];
  out.key("type").string("object");
  for (const auto& member : schema.members()) {
    const std::string key = member.key();
    if (key == "type" || key == "properties" || key == "definitions" || key == "$schema" ||
        key == "additionalProperties") {
      continue;
    }
    out.key(key);
    write_moved(member.value(), plugin_prefix, out);
  }
  const json::Value additional = schema["additionalProperties"];
  out.key("additionalProperties");
  if (additional) {
    write_moved(additional, plugin_prefix, out);
  } else {
    out.boolean(false);
  }
  out.key("properties").object();
  for (const auto& member : common.members()) {
    out.member_raw(member.key(), member.value().raw());
  }
  for (const auto& member : schema["properties"].members()) {
    if (common[member.key()]) continue;
    out.key(member.key());
    write_moved(member.value(), plugin_prefix, out);
  }
  out.end_object();
}

void write_core_definitions(json::Writer& out) {
  for (const auto& member : definitions().members()) {
    if (member.key() == "provider") continue;  // a list of properties, not a schema
    out.member_raw(member.key(), member.value().raw());
  }
}

void write_plugin_definitions(const Manifest& manifest, const std::string& name_prefix,
                              const std::string& ref_prefix, json::Writer& out) {
  for (const auto& member : json::Value(manifest.schema)["definitions"].members()) {
    out.key(name_prefix + member.key());
    write_moved(member.value(), ref_prefix, out);
  }
}

// Names of a plugin's definitions are set apart from the core's and from other plugins'.
std::string name_prefix(const Manifest& manifest) {
  return "plugin." + manifest.name + ".";
}
std::string ref_prefix(const Manifest& manifest) {
  return "#/definitions/" + name_prefix(manifest);
}

void write_providers(std::span<const Manifest> manifests, json::Writer& out) {
  out.object();
  out.member("description", "Name: section. The plugin defaults to the name.");
  out.member("type", "object").key("properties").object();
  for (const Manifest& manifest : manifests) {
    out.key(manifest.name).object();
    if (!manifest.description.empty()) out.member("description", manifest.description);
    write_section(manifest, ref_prefix(manifest), out);
    out.end_object();
  }
  out.end_object();
  // Any other name must say which plugin; that plugin's section then applies.
  out.key("additionalProperties").object();
  out.member("type", "object").key("required").array().string("plugin").end_array();
  out.key("properties").object().key("plugin").object().key("enum").array();
  for (const Manifest& manifest : manifests) out.string(manifest.name);
  out.end_array().end_object().end_object();
  out.key("allOf").array();
  for (const Manifest& manifest : manifests) {
    out.object().key("if").object().key("properties").object().key("plugin").object();
    out.member("const", manifest.name).end_object().end_object().end_object();
    out.key("then").object().member("$ref", "#/properties/providers/properties/" + manifest.name);
    out.end_object().end_object();
  }
  out.end_array().end_object().end_object();
}

}  // namespace

std::string section_schema(const Manifest& manifest) {
  std::string text;
  json::Writer out(text);
  out.object();
  write_section(manifest, ref_prefix(manifest), out);
  out.key("definitions").object();
  write_core_definitions(out);
  write_plugin_definitions(manifest, name_prefix(manifest), ref_prefix(manifest), out);
  out.end_object().end_object();
  return text;
}

std::string schema_json(std::span<const Manifest> manifests) {
  std::string text;
  json::Writer out(text);
  out.object();
  for (const auto& member : json::Value(core_schema()).members()) {
    const std::string key = member.key();
    out.key(key);
    if (key == "properties") {
      out.object();
      for (const auto& property : member.value().members()) {
        out.key(property.key());
        if (property.key() == "providers") {
          write_providers(manifests, out);
        } else {
          out.raw(property.value().raw());
        }
      }
      out.end_object();
    } else if (key == "definitions") {
      out.object();
      write_core_definitions(out);
      for (const Manifest& manifest : manifests) {
        write_plugin_definitions(manifest, name_prefix(manifest), ref_prefix(manifest), out);
      }
      out.end_object();
    } else {
      out.raw(member.value().raw());
    }
  }
  out.end_object();
  return text;
}

}  // namespace aip::config
