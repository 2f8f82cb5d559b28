#include "core/config/schema.h"

namespace aip::config {
namespace {

constexpr std::string_view kCoreSchema = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "aiproxy configuration",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "listen": {
      "description": "Where clients connect. Default: 127.0.0.1:8999, open.",
      "type": "array", "minItems": 1, "maxItems": 64,
      "items": {
        "type": "object", "additionalProperties": false, "required": ["address"],
        "properties": {
          "address": {"description": "HOST:PORT, [IPv6]:PORT or :PORT (every interface). Port 0: any free one.", "type": "string", "format": "address"},
          "auth": {"description": "keys: a virtual key is needed. open: nobody needs a key; beyond loopback this must be written down.", "type": "string", "enum": ["keys", "open"]},
          "tls": {
            "description": "Serve TLS with this certificate chain and key (PEM files).",
            "type": "object", "additionalProperties": false, "required": ["cert", "key"],
            "properties": {
              "cert": {"type": "string", "format": "path"},
              "key": {"type": "string", "format": "path"}
            }
          },
          "cors": {
            "description": "Browser pages of these origins may call; none by default, \"*\" for all.",
            "type": "object", "additionalProperties": false,
            "properties": {"origins": {"type": "array", "maxItems": 64, "items": {"type": "string", "minLength": 1}}}
          },
          "hosts": {"description": "Names that the Host header may hold on an open listener, besides localhost, IP addresses and the address itself; \"*\" for all.", "type": "array", "maxItems": 64, "items": {"type": "string", "format": "host-glob"}}
        }
      }
    },
    "admin": {
      "description": "The admin API, metrics and console.",
      "type": "object", "additionalProperties": false,
      "properties": {
        "address": {"description": "Default: 127.0.0.1:9901.", "type": "string", "format": "address"},
        "enabled": {"type": "boolean"},
        "token": {"description": "Bearer token of the admin port; without it, one is made and kept in state_dir/admin.token.", "type": "string", "minLength": 16, "writeOnly": true}
      }
    },
    "plugin_dir": {
      "description": "Folder of the provider plugins (*.so), or a list of folders.",
      "anyOf": [
        {"type": "string", "format": "path"},
        {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "string", "format": "path"}}
      ]
    },
    "state_dir": {"description": "What the gateway itself writes. Default: data, beside the configuration.", "type": "string", "format": "path"},
    "workers": {
      "description": "Event loops; auto: one for each processor that the process may use.",
      "anyOf": [
        {"type": "string", "enum": ["auto"]},
        {"type": "integer", "minimum": 1, "maximum": 1024}
      ]
    },
    "log_level": {"type": "string", "enum": ["trace", "debug", "info", "warn", "error"]},
    "access_log": {"description": "stdout, stderr, off, or a file: one JSON line a request.", "type": "string", "minLength": 1},
    "proxy_url": {"description": "Proxy for every upstream; a provider's own overrides it.", "type": "string", "format": "proxy-url", "writeOnly": true},
    "providers": {
      "description": "Name: section. The plugin defaults to the name.",
      "type": "object", "maxProperties": 1000,
      "additionalProperties": {"type": "object"}
    },
    "models": {
      "description": "Model names of your own; an exact match counts before a glob, then the first.",
      "type": "array", "maxItems": 10000,
      "items": {
        "type": "object", "additionalProperties": false, "required": ["match", "targets"],
        "properties": {
          "match": {"description": "A name, or a glob with *.", "type": "string", "minLength": 1, "maxLength": 256},
          "targets": {
            "type": "array", "minItems": 1, "maxItems": 64,
            "items": {
              "type": "object", "additionalProperties": false, "required": ["provider"],
              "properties": {
                "provider": {"type": "string", "minLength": 1},
                "model": {"description": "The upstream's name; default: as asked.", "type": "string", "minLength": 1, "maxLength": 256},
                "weight": {"type": "integer", "minimum": 0, "maximum": 1000000},
                "drop_unsupported": {"description": "Leave out what this target lacks, and say so, instead of refusing.", "type": "boolean"}
              }
            }
          },
          "policy": {"description": "order: the first, the others as fallback. weighted: by chance. round_robin: in turn.", "type": "string", "enum": ["order", "weighted", "round_robin"]},
          "retry": {
            "type": "object", "additionalProperties": false,
            "properties": {
              "attempts": {"description": "Tries in all, over all targets.", "type": "integer", "minimum": 1, "maximum": 10},
              "on": {"type": "array", "uniqueItems": true, "items": {"type": "string", "enum": ["connect", "timeout", "429", "5xx", "529"]}},
              "backoff_ms": {"type": "integer", "minimum": 0, "maximum": 60000}
            }
          },
          "timeout_ms": {"$ref": "#/definitions/timeouts"}
        }
      }
    },
    "keys": {
      "description": "Virtual keys for listeners with auth: keys.",
      "type": "array", "maxItems": 10000,
      "items": {
        "type": "object", "additionalProperties": false, "required": ["id", "sha256"],
        "properties": {
          "id": {"type": "string", "minLength": 1, "maxLength": 128},
          "sha256": {"description": "SHA-256 of the key, in hexadecimal.", "type": "string", "format": "sha256"},
          "models": {"description": "Globs of the models that it may ask for; none: all.", "type": "array", "items": {"type": "string", "minLength": 1}},
          "forward": {"description": "Forwards that it may use: \"POST /v1/images/*\"; none: no forward.", "type": "array", "items": {"type": "string", "format": "forward-rule"}}
        }
      }
    },
    "default_provider": {"description": "Who answers what nobody claims.", "type": "string", "minLength": 1},
    "capabilities": {
      "description": "What a model can do, by glob; plugins ask for it.",
      "type": "object", "additionalProperties": {"type": "object"}
    },
    "limits": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "head_bytes": {"type": "integer", "minimum": 1024, "maximum": 1048576},
        "header_fields": {"type": "integer", "minimum": 8, "maximum": 1000},
        "url_bytes": {"type": "integer", "minimum": 256, "maximum": 65536},
        "body_bytes": {"type": "integer", "minimum": 1024, "maximum": 1073741824},
        "json_depth": {"type": "integer", "minimum": 8, "maximum": 512},
        "event_bytes": {"type": "integer", "minimum": 4096, "maximum": 268435456},
        "upstream_head_bytes": {"type": "integer", "minimum": 1024, "maximum": 1048576},
        "connections": {"description": "Per listener.", "type": "integer", "minimum": 1, "maximum": 1000000},
        "head_deadline_ms": {"$ref": "#/definitions/milliseconds"},
        "body_idle_ms": {"$ref": "#/definitions/milliseconds"},
        "keep_alive_idle_ms": {"$ref": "#/definitions/milliseconds"},
        "upstream_idle_ms": {"$ref": "#/definitions/milliseconds"},
        "commit_after_ms": {"description": "How long a stream's head is held back for the provider's first event.", "$ref": "#/definitions/milliseconds"},
        "heartbeat_ms": {"description": "A silent stream gets a comment this often.", "$ref": "#/definitions/milliseconds"},
        "drain_timeout_ms": {"description": "How long streams may finish after SIGTERM.", "$ref": "#/definitions/milliseconds"}
      }
    }
  },
  "definitions": {
    "milliseconds": {"type": "integer", "minimum": 1, "maximum": 86400000},
    "timeouts": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "connect": {"$ref": "#/definitions/milliseconds"},
        "tls": {"$ref": "#/definitions/milliseconds"},
        "first_byte": {"$ref": "#/definitions/milliseconds"},
        "idle": {"description": "Progress means content, not pings.", "$ref": "#/definitions/milliseconds"},
        "total": {"$ref": "#/definitions/milliseconds"}
      }
    },
    "provider": {
      "plugin": {"description": "Default: the provider's name.", "type": "string", "minLength": 1},
      "base_url": {"description": "Where the provider's API is, instead of the plugin's own.", "type": "string", "format": "http-url"},
      "routes": {"description": "This provider, of several with one plugin, owns the plugin's routes and models.", "type": "boolean"},
      "client_credentials": {"description": "pass: a credential that the client sent may be used. ignore: never.", "type": "string", "enum": ["pass", "ignore"]},
      "drop_unsupported": {"type": "boolean"},
      "tls": {
        "type": "object", "additionalProperties": false,
        "properties": {
          "verify": {"type": "boolean"},
          "ca_file": {"description": "PEM file of further authorities.", "type": "string", "format": "path"}
        }
      },
      "proxy_url": {"type": "string", "format": "proxy-url", "writeOnly": true},
      "timeout_ms": {"$ref": "#/definitions/timeouts"},
      "hosts": {"description": "Hosts that the plugin may call besides its own.", "type": "array", "maxItems": 64, "items": {"type": "string", "format": "host-glob"}}
    }
  }
})json";

}  // namespace

std::string_view core_schema() noexcept {
  return kCoreSchema;
}

}  // namespace aip::config
