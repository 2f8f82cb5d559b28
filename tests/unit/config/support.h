// support.h - a world for configuration tests: files and variables out of a table, and two plugins.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/config/load.h"

namespace aip::config::test {

class World final : public Environment {
 public:
  std::map<std::string, std::string> files, variables;

  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    const auto it = variables.find(name);
    if (it == variables.end()) return std::nullopt;
    return it->second;
  }
  [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                              std::size_t bytes_max) const override {
    const auto it = files.find(path);
    if (it == files.end()) return Error{ErrorCode::GatewayDisk, "No such file or directory"};
    return it->second.substr(0, bytes_max + 1);
  }
};

// A provider with keys, routes, nested values, every format, and the seed's section.
inline constexpr std::string_view kOpenAiManifest = R"json({
  "name": "openai", "version": "1.0", "description": "OpenAI", "dialect": "openai-chat",
  "native": ["openai-chat", "openai-responses"],
  "schema": {
    "type": "object",
    "properties": {
      "api_keys": {"type": "array", "items": {
        "type": "object", "required": ["val"], "properties": {
          "id": {"type": "string"}, "val": {"type": "string", "minLength": 1, "writeOnly": true},
          "org": {"type": "string"}}}},
      "web_sessions": {"type": "array", "items": {
        "type": "object", "required": ["val"], "properties": {
          "id": {"type": "string"}, "val": {"type": "string", "minLength": 1}}}},
      "login_password": {"type": "string", "writeOnly": true},
      "cookie_path": {"type": "string", "format": "path"},
      "image_path": {"type": "string", "format": "path"},
      "hars_path": {"type": "string", "format": "path"},
      "chat_web_url": {"type": "string", "format": "http-url"},
      "region": {"type": "string", "format": "host-label"},
      "api_version": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
      "retries": {"type": "integer", "minimum": 0, "maximum": 5},
      "temperature": {"type": "number", "exclusiveMinimum": 0},
      "mode": {"type": "string", "enum": ["fast", "slow"]},
      "tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true,
               "items": {"type": "string"}},
      "nested": {"$ref": "#/definitions/nested"},
      "either": {"anyOf": [{"type": "integer", "minimum": 10}, {"type": "string", "enum": ["auto"]}]},
      "free": {"type": "object", "additionalProperties": true},
      "arkose": {"type": "object", "properties": {
        "game_core_version": {"type": "string"}, "client_arkoselabs_url": {"type": "string"},
        "pic_save_path": {"type": "string", "format": "path"}}}
    },
    "definitions": {"nested": {"type": "object", "properties": {
      "deep": {"type": "boolean"}, "again": {"$ref": "#/definitions/nested"}}}}
  },
  "credentials": [
    {"kind": "api_key", "list": "api_keys", "id": "id", "secret": "val"},
    {"kind": "web_session", "list": "web_sessions", "id": "id", "secret": "val"}],
  "routes": [
    {"path": "/v1/*", "methods": ["*"], "operation": "forward"},
    {"path": "/auth/token/web", "methods": ["POST"], "operation": "route"}],
  "models": {"claims": ["gpt-*", "o1*"], "list": ["gpt-4o-mini"]},
  "aliases": {"openai-chat-web": {}},
  "seed": {"section": "openai", "keys": ["arkose", "hars_path"]},
  "hosts": ["api.openai.com", "*.oaiusercontent.com"],
  "operations": ["chat", "embeddings", "models", "forward", "route"],
  "environment": {"api_key": "OPENAI_API_KEY", "base_url": "OPENAI_BASE_URL"}
})json";

inline constexpr std::string_view kClaudeManifest = R"json({
  "name": "claude", "version": "1.0", "dialect": "anthropic", "native": ["anthropic"],
  "schema": {"type": "object", "properties": {
    "api_version": {"type": "string"},
    "web_sessions": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"type": "string"}, "val": {"type": "string"}, "organization_id": {"type": "string"}}}},
    "api_keys": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"type": "string"}, "val": {"type": "string"}}}}}},
  "credentials": [
    {"kind": "api_key", "list": "api_keys", "id": "id", "secret": "val"},
    {"kind": "web_session", "list": "web_sessions", "id": "id", "secret": "val"}],
  "routes": [
    {"path": "/claude/api/*", "operation": "forward"},
    {"path": "/claude/api/openai", "methods": ["POST"], "operation": "chat", "dialect": "openai-chat"}],
  "models": {"claims": ["claude-*"]},
  "seed": {"section": "claude"},
  "hosts": ["api.anthropic.com"],
  "operations": ["chat", "count_tokens", "forward"],
  "environment": {"api_key": "ANTHROPIC_API_KEY", "base_url": "ANTHROPIC_BASE_URL"}
})json";

inline constexpr std::string_view kMockManifest = R"json({
  "name": "mock", "version": "0.1.0", "dialect": "openai-chat", "native": [],
  "schema": {"type": "object"}, "models": {"claims": ["mock", "mock-*"], "list": ["mock", "mock-slow"]},
  "hosts": []
})json";

inline std::vector<PluginClaims> claims() {
  return {{"openai", "1.0", "plugins/openai.so", std::string(kOpenAiManifest)},
          {"claude", "1.0", "plugins/claude.so", std::string(kClaudeManifest)},
          {"mock", "0.1.0", "plugins/mock.so", std::string(kMockManifest)}};
}

inline std::string all_texts(const std::vector<Diagnostic>& list) {
  std::string out;
  for (const Diagnostic& d : list) out += d.to_string() + "\n";
  return out;
}

// Loads one text as the file "aiproxy.yaml".
inline Loaded load_text(std::string text, World world = {}, const Overrides& overrides = {}) {
  world.files["aiproxy.yaml"] = std::move(text);
  return load("aiproxy.yaml", claims(), world, overrides);
}
inline std::string errors_of(std::string text, World world = {}) {
  return all_texts(load_text(std::move(text), std::move(world)).errors);
}

}  // namespace aip::config::test
