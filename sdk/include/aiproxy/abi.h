/* abi.h - the plugin interface of aiproxy, version 0.
 *
 * A plugin is a shared object that exports one function, aip_plugin_entry_v0(). It translates
 * requests, chooses and resolves credentials, and turns upstream bytes into chat events. The host
 * does everything else: sockets, TLS, pools, HTTP, SSE framing, timers, limits, cancelling.
 *
 * Conventions
 *  1. Plain C11, fixed-width integers, LP64. No bool, enum types, bit-fields, varargs.
 *  2. Structs that may grow begin with struct_size, set by whoever fills them. A field beyond the
 *     other side's struct_size is absent: test with AIP_HAS() before calling a host function that
 *     is newer than the minor you require.
 *  3. A span is borrowed: it lives until the call that it was passed in returns, in both
 *     directions. Nobody frees the other side's memory. Text is UTF-8 without a NUL at the end.
 *     What the plugin writes through an out parameter (error, selection) must live until the host
 *     calls the plugin again on that thread.
 *  4. Functions return aip_status: 0 done, above 0 done with information, below 0 failed.
 *  5. The host never calls back inside a host call: results arrive in a later callback.
 *  6. Threads, told by a tag: [main] the control thread; [worker] the event loop that the object
 *     was born on; [any] any thread. A plugin blocks nowhere and starts no thread.
 *  7. No exception may leave the plugin; sdk/cpp holds the barrier for C++.
 *
 * A request, in order, all [worker]:
 *     select? -> begin -> (on_call | on_wake)* -> [cancel] -> end
 * `end` is called exactly once and last. finish() leads to `end` on a later turn.
 * resolve is a stream of its own: resolve -> (on_call | on_wake)* -> [cancel] -> end, where
 * resolved() stands for finish(). emit(), finish() and call_start() are allowed from begin on.
 *
 * Version 0 is not frozen: host and plugin must agree exactly on AIP_ABI_MINOR.
 */
#ifndef AIPROXY_ABI_H
#define AIPROXY_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIP_ABI_MAJOR 0u
#define AIP_ABI_MINOR 1u
#define AIP_MAGIC 0x58504941u /* "AIPX", little endian */

/* Is this function or field present in a table that the other side handed over? */
#define AIP_HAS(p, T, f) ((p)->struct_size >= offsetof(T, f) + sizeof((p)->f) && (p)->f)

/* ---- status ------------------------------------------------------------------------------- */
typedef int32_t aip_status;
#define AIP_OK 0
#define AIP_BLOCKED 1       /* accepted; the client is above its high water mark */
#define AIP_PENDING 2       /* the answer comes later */
#define AIP_E_INVALID (-1)
#define AIP_E_UNSUPPORTED (-2)
#define AIP_E_STATE (-3)    /* called in an order that the interface forbids */
#define AIP_E_NOMEM (-4)
#define AIP_E_OVERFLOW (-5) /* above the hard limit; nothing was accepted */
#define AIP_E_STALE (-6)    /* the handle's object has ended */
#define AIP_E_CONFIG (-7)
#define AIP_E_AUTH (-8)
#define AIP_E_UPSTREAM (-9)
#define AIP_E_TIMEOUT (-10)
#define AIP_E_PANIC (-11)   /* the plugin failed inside (an exception met the barrier) */

typedef uint64_t aip_id; /* a handle with a generation; 0 is none; a stale one gives AIP_E_STALE */

typedef struct aip_span { const uint8_t *ptr; size_t len; } aip_span;

/* A header field. With secret != 0 the host writes the value of that secret behind `value`, so
 * {"authorization", "Bearer ", secret} never shows the secret to the plugin. */
typedef struct aip_header { aip_span name, value; uint32_t flags, secret; } aip_header;

/* ---- errors ------------------------------------------------------------------------------- */
#define AIP_ERR_RETRYABLE 0x0001u       /* another attempt may succeed */
#define AIP_ERR_RATE 0x0002u            /* the credential is rate limited until retry_after_ms */
#define AIP_ERR_AUTH 0x0004u            /* the credential was refused */
#define AIP_ERR_QUOTA 0x0008u           /* the credential's money or quota is used up */
#define AIP_ERR_PERMISSION 0x0010u      /* this request only: the credential may not do that */
#define AIP_ERR_CONTEXT_LENGTH 0x0020u
#define AIP_ERR_CONTENT_FILTER 0x0040u
#define AIP_ERR_OVERLOADED 0x0080u      /* the service, not the credential, is at its limit */
#define AIP_ERR_TRUNCATED 0x0100u       /* ended without its terminal event */
#define AIP_ERR_BAD_ANSWER 0x0200u      /* not what this provider speaks */
#define AIP_ERR_UNSUPPORTED 0x0400u     /* the target lacks what the client asked for; see param */

typedef struct aip_error {
  uint32_t struct_size;
  int32_t code;            /* an AIP_E_ value */
  uint16_t http_status;    /* the provider's own, or 0: the host chooses by code and flags */
  uint16_t flags;          /* AIP_ERR_ */
  uint32_t retry_after_ms; /* 0: unknown */
  aip_span type, reason;   /* the provider's own words: error.type and error.code */
  aip_span message, param; /* message is shown to the client */
} aip_error;

/* ---- a request ---------------------------------------------------------------------------- */
/* operation */
#define AIP_OP_CHAT 1u         /* body: canonical chat JSON, or the client's own (NATIVE) */
#define AIP_OP_EMBEDDINGS 2u   /* body: OpenAI embeddings */
#define AIP_OP_COUNT_TOKENS 3u /* body: canonical chat JSON; answer with a USAGE event */
#define AIP_OP_MODELS 4u       /* answer: respond() with OpenAI's model list */
#define AIP_OP_FORWARD 5u      /* rewrite the head, start one FORWARD call */
#define AIP_OP_ROUTE 6u        /* a route of the plugin's own; answer with respond() */
#define AIP_OP_BACKGROUND 7u   /* the provider's background stream: no client, no end but reload */
/* dialect */
#define AIP_DIALECT_NONE 0u
#define AIP_DIALECT_OPENAI_CHAT 1u
#define AIP_DIALECT_OPENAI_RESPONSES 2u
#define AIP_DIALECT_ANTHROPIC 3u
#define AIP_DIALECT_GEMINI 4u
/* flags */
#define AIP_REQ_STREAM 0x1u        /* the client wants a stream */
#define AIP_REQ_NATIVE 0x2u        /* body is the client's, untouched, in a dialect listed as native */
#define AIP_REQ_INCLUDE_USAGE 0x4u /* the client asked for usage in the stream */
#define AIP_REQ_NEED_USAGE 0x8u    /* the ledger needs usage: ask upstream for it */

/* A top-level member of the JSON body, by the bytes that it covers. `name` is unescaped. */
typedef struct aip_member {
  aip_span name;
  aip_span value;
  uint32_t begin, end; /* offsets in body of `"name": value`, without a comma */
} aip_member;

#define AIP_CRED_CLIENT 0x1u /* the client's own, not from the configuration */
typedef struct aip_credential {
  uint32_t struct_size, flags;
  aip_span kind, id;  /* as in the manifest and the configuration */
  uint32_t secret;    /* handle for aip_header.secret and reveal() */
  uint32_t index;     /* position in its list */
  aip_span extra;     /* the configuration entry as a JSON object, its secrets left out */
} aip_credential;

typedef struct aip_request {
  uint32_t struct_size;
  uint16_t operation, dialect;
  uint32_t flags, attempt; /* attempt counts from 1 */
  aip_id id;               /* the stream; also passed to begin() */
  aip_span model;          /* the upstream's model name, after aliases */
  aip_span asked_model;    /* what the client wrote */
  aip_span body;
  const aip_member *members;
  size_t member_count;
  aip_span method, path, query; /* path: of the route, FORWARD: below the claimed prefix */
  const aip_header *headers;    /* client's end-to-end fields that may be seen: no credentials */
  size_t header_count;
  aip_credential credential;
  aip_span request_id;
  uint64_t deadline_ns;
} aip_request;

/* Which credential a request wants: filled by select(). */
#define AIP_SELECT_ANY 0u   /* any configured one of `kind` */
#define AIP_SELECT_NAMED 1u /* the configured one of `kind` with this `id`; unknown: 400 */
#define AIP_SELECT_CLIENT 2u /* the client's own, if policy lets it through, else ANY */
#define AIP_SELECT_NONE 3u  /* works without */
typedef struct aip_selection {
  uint32_t struct_size, how;
  aip_span kind, id; /* borrowed from the request or static */
} aip_selection;

/* ---- chat events: the normative table is docs/canonical-chat.md ---------------------------- */
#define AIP_EV_START 1u      /* id: upstream's message id; name: upstream's model; number: created */
#define AIP_EV_TEXT 2u       /* text */
#define AIP_EV_REASONING 3u  /* text */
#define AIP_EV_REFUSAL 4u    /* text */
#define AIP_EV_TOOL_BEGIN 5u /* block: the tool's number from 0; id, name */
#define AIP_EV_TOOL_ARGS 6u  /* block; text: a fragment of the arguments' JSON */
#define AIP_EV_BLOCK_END 7u  /* block of a tool or of reasoning */
#define AIP_EV_SIGNATURE 8u  /* text: signature of the open reasoning; REDACTED: opaque data */
#define AIP_EV_CITATION 9u   /* json: an OpenAI annotation object */
#define AIP_EV_IMAGE 10u     /* json: {"mime_type","data"} or {"url"} */
#define AIP_EV_AUDIO 11u     /* json: OpenAI's delta.audio */
#define AIP_EV_LOGPROBS 12u  /* json: OpenAI's choices[].logprobs */
#define AIP_EV_PROVIDER 13u  /* name: member; json: the provider block of that name */
#define AIP_EV_USAGE 14u     /* usage: absolute counts so far, the last one wins */
#define AIP_EV_FINISH 15u    /* finish; name: upstream's own reason; text: the stop sequence hit */
#define AIP_EV_PING 16u      /* upstream is alive; never shown, does not count as progress */
/* flags */
#define AIP_EVF_ESCAPED 0x1u  /* text is the inside of a valid JSON string, escapes kept */
#define AIP_EVF_REDACTED 0x2u /* SIGNATURE: text is redacted reasoning, not a signature */
#define AIP_EVF_CRITICAL 0x4u /* refuse the answer rather than drop an unknown event type */
/* finish */
#define AIP_FINISH_STOP 1u
#define AIP_FINISH_LENGTH 2u
#define AIP_FINISH_TOOLS 3u
#define AIP_FINISH_FILTER 4u
#define AIP_FINISH_STOP_SEQUENCE 5u
#define AIP_FINISH_PAUSE 6u
/* usage kinds; INPUT holds CACHE_*, OUTPUT holds REASONING */
#define AIP_USAGE_INPUT 1u
#define AIP_USAGE_OUTPUT 2u
#define AIP_USAGE_CACHE_READ 3u
#define AIP_USAGE_CACHE_WRITE 4u
#define AIP_USAGE_CACHE_WRITE_1H 5u /* the part of CACHE_WRITE with the long lifetime */
#define AIP_USAGE_REASONING 6u
#define AIP_USAGE_AUDIO_INPUT 7u
#define AIP_USAGE_AUDIO_OUTPUT 8u
#define AIP_USAGE_ACCEPTED_PREDICTION 9u
#define AIP_USAGE_REJECTED_PREDICTION 10u
#define AIP_USAGE_WEB_SEARCHES 11u

typedef struct aip_usage { uint32_t kind, flags; uint64_t count; } aip_usage;

typedef struct aip_event {
  uint32_t struct_size;
  uint16_t type, flags;
  uint32_t choice, block;
  uint32_t finish, usage_count;
  aip_span text, name, id, json;
  const aip_usage *usage;
  uint64_t number;
} aip_event;

/* ---- calls --------------------------------------------------------------------------------- */
/* kind */
#define AIP_CALL_HTTP 1u
#define AIP_CALL_FORWARD 2u /* the client's body goes up, the answer comes down, spliced by the host */
#define AIP_CALL_WS 3u      /* WebSocket: a GET without body; the handshake's fields are the host's, but sec-websocket-protocol */
/* decode: how the answer's body is cut into DATA events */
#define AIP_DECODE_WHOLE 1u     /* one DATA with all of it */
#define AIP_DECODE_RAW 2u       /* as it arrives */
#define AIP_DECODE_SSE 3u       /* one DATA an event; name: its type, ":" for a comment (a sign of life) */
#define AIP_DECODE_NDJSON 4u    /* one DATA a line */
#define AIP_DECODE_DELIMITER 5u /* one DATA a record that ends with byte `delimiter` */
#define AIP_DECODE_MESSAGE 6u   /* WebSocket: one DATA a message. DELIMITER: one a record, joined over messages. No others */
/* flags */
#define AIP_CALLF_PRIMARY 0x1u    /* status, latency, back-pressure and retries belong to the core */
#define AIP_CALLF_AUTH 0x2u       /* add the headers that resolve() found */
#define AIP_CALLF_REPLAYABLE 0x4u /* may be sent again though bytes were sent */
#define AIP_CALLF_DETACHED 0x8u   /* outlives the request; no events; allowed in cancel and end */
#define AIP_CALLF_CHECK_JSON 0x10u /* DATA that is one valid JSON text gets AIP_DATA_JSON */
#define AIP_CALLF_ERROR_WHOLE 0x20u /* a status of 400 or above is decoded WHOLE, whatever decode says */
#define AIP_CALLF_BY_TYPE 0x40u /* SSE asked, JSON or HTML came: WHOLE; WHOLE asked, SSE came: SSE. HEAD tells */

typedef struct aip_call {
  uint32_t struct_size;
  uint16_t kind, decode;
  uint32_t flags, delimiter;
  uint32_t timeout_ms;     /* whole call; 0: the target's timeouts */
  uint32_t max_event;      /* bytes of one DATA; 0: the host's limit */
  uint64_t user;           /* given back in every event */
  aip_span method, url;    /* url: absolute, https or http, without credentials */
  const aip_header *headers;
  size_t header_count;
  const aip_span *body;    /* pieces, copied by the host where it must keep them */
  size_t body_count;
} aip_call;

#define AIP_CALL_OPEN 1u   /* WebSocket is open: status 101, headers. Refused: HEAD, one DATA with the body, END */
#define AIP_CALL_HEAD 2u   /* status, headers */
#define AIP_CALL_DATA 3u
#define AIP_CALL_END 4u    /* the answer ended as its framing promised. Open WebSocket: status is the peer's close code (1005: none), data its reason */
#define AIP_CALL_FAILED 5u /* error: AIP_E_ value; data: what happened, for the log. Open WebSocket: status is the close code that was sent, 1006: none */
/* flags of a HEAD event: how the body will be cut */
#define AIP_HEAD_WHOLE 0x1u
#define AIP_HEAD_SSE 0x2u
/* flags of a DATA event */
#define AIP_DATA_JSON 0x1u /* data is one valid JSON text within the depth limit */
#define AIP_DATA_LAST 0x2u /* no terminator came before the end of the body */
#define AIP_DATA_BINARY 0x4u /* of a binary WebSocket message, not a text */
/* flags of call_send; without any: a text message, which must be UTF-8 */
#define AIP_SEND_BINARY 0x1u
#define AIP_SEND_CLOSE 0x2u /* the closing handshake; the code in bits 16 to 31 (0: 1000), the bytes are its reason */
typedef struct aip_call_event {
  uint32_t struct_size;
  uint16_t type, flags;
  aip_id call;
  uint64_t user;
  int32_t status;
  int32_t error;
  const aip_header *headers;
  size_t header_count;
  aip_span data, name;
  aip_span raw; /* SSE: the event's own bytes as they came, framing and all, for emit_raw */
} aip_call_event;

/* why, in on_wake */
#define AIP_WAKE_TIMER 1u
#define AIP_WAKE_POST 2u
#define AIP_WAKE_WRITABLE 3u
#define AIP_WAKE_TASK 4u
/* reason, in cancel */
#define AIP_CANCEL_CLIENT_GONE 1u
#define AIP_CANCEL_TIMEOUT 2u
#define AIP_CANCEL_DRAIN 3u
#define AIP_CANCEL_ADMIN 4u
#define AIP_CANCEL_LIMIT 5u
#define AIP_CANCEL_RELOAD 6u
/* answers of unsupported() */
#define AIP_UNSUPPORTED_REFUSE 0
#define AIP_UNSUPPORTED_DROP 1
/* log levels */
#define AIP_LOG_TRACE 0
#define AIP_LOG_DEBUG 1
#define AIP_LOG_INFO 2
#define AIP_LOG_WARN 3
#define AIP_LOG_ERROR 4

/* ---- the host's table: const, valid for the life of the process ----------------------------- */
typedef struct aip_host {
  uint32_t struct_size, abi_minor;
  aip_span version;
  const void *(*get_extension)(const char *id);                       /* [any] e.g. "aiproxy.json/1" */
  void (*log)(aip_id scope, int32_t level, aip_span message);         /* [any] */
  int32_t (*log_level)(aip_id scope);                                 /* [any] the lowest that is kept */
  uint64_t (*now_ns)(void);                                           /* [any] monotonic */
  uint64_t (*wall_ms)(void);                                          /* [any] since 1970 */
  aip_status (*random)(uint8_t *out, size_t n);                       /* [any] fit for secrets */
  void *(*arena)(aip_id stream, size_t n);                            /* [worker] freed after end; NULL: stale or too much */
  aip_status (*emit)(aip_id stream, const aip_event *events, size_t n);     /* [worker] */
  aip_status (*emit_raw)(aip_id stream, const aip_span *iov, size_t n);     /* [worker] bytes in the client's own dialect */
  aip_status (*respond)(aip_id stream, int32_t status, const aip_header *headers, size_t n); /* [worker] ROUTE, MODELS, EMBEDDINGS: head; body by emit_raw */
  aip_status (*finish)(aip_id stream, const aip_error *error_or_null);      /* [worker] */
  aip_status (*call_start)(aip_id stream, const aip_call *call, aip_id *out); /* [worker] */
  aip_status (*call_send)(aip_id call, const aip_span *iov, size_t n, uint32_t flags); /* [worker] WebSocket message; BLOCKED: taken, on_wake(WRITABLE) when there is room again; E_OVERFLOW: not taken */
  aip_status (*call_flow)(aip_id call, int32_t pause);                      /* [worker] */
  aip_status (*call_cancel)(aip_id call);                                   /* [worker] */
  aip_status (*resolved)(aip_id stream, const aip_header *headers, size_t n, uint32_t ttl_ms, const aip_error *error_or_null); /* [worker] ends resolve() */
  aip_status (*timer_start)(aip_id stream, uint32_t ms, uint64_t user, aip_id *out); /* [worker] */
  aip_status (*timer_cancel)(aip_id timer);                                 /* [worker] */
  aip_status (*post)(aip_id stream, uint64_t user);                         /* [any] on_wake(POST) on its worker */
  aip_status (*unsupported)(aip_id stream, aip_span json_pointer, aip_span kind); /* [worker] AIP_UNSUPPORTED_ */
  aip_status (*capability)(aip_id stream, aip_span name, aip_span *json_out); /* [worker] the model's entry in the capability table */
  aip_status (*reveal)(aip_id stream, uint32_t secret, aip_span *out);      /* [worker] the bytes; lives as the arena does */
  aip_status (*metric)(aip_id scope, aip_span name, int64_t delta);         /* [any] */
} aip_host;

/* ---- the plugin's tables: const, in the plugin's own memory -------------------------------- */
typedef struct aip_provider {
  uint32_t struct_size, flags;
  aip_status (*create)(aip_id scope, aip_span config, void **provider, aip_error *error); /* [main] config: the section as JSON, secrets left out; no network, no threads */
  void (*destroy)(void *provider);                                                          /* [main] */
  aip_status (*worker_attach)(void *provider, uint32_t worker, aip_id scope, void **ws);    /* [worker] */
  void (*worker_detach)(void *ws);                                                          /* [worker] */
  aip_status (*select)(void *ws, const aip_request *request, aip_selection *out);           /* [worker] pure; optional */
  aip_status (*resolve)(void *ws, aip_id stream, const aip_request *request, void **rq, aip_error *error); /* [worker] optional; OK or PENDING, ended by resolved() */
  aip_status (*begin)(void *ws, aip_id stream, const aip_request *request, void **rq, aip_error *error); /* [worker] */
  aip_status (*on_call)(void *rq, const aip_call_event *event);                             /* [worker] */
  aip_status (*on_wake)(void *rq, uint32_t why, uint64_t user);                             /* [worker] */
  void (*cancel)(void *rq, uint32_t reason);                                                /* [worker] at most once */
  void (*end)(void *rq);                                                                    /* [worker] exactly once, last, if begin or resolve gave AIP_OK or AIP_PENDING */
} aip_provider;

#define AIP_PLUGIN_UNLOADABLE 0x1u /* leaves nothing behind: the host may unmap it */
typedef struct aip_plugin {
  uint32_t struct_size, magic, abi_minor, flags;
  const aip_provider *provider;
  aip_status (*init)(const aip_host *host); /* [main] once a copy; the table may be kept */
  void (*deinit)(void);                     /* [main] */
} aip_plugin;

#if defined(__GNUC__)
#define AIP_EXPORT __attribute__((visibility("default")))
#else
#define AIP_EXPORT
#endif

/* The one exported function. No side effects; may be called before init. */
AIP_EXPORT const aip_plugin *aip_plugin_entry_v0(uint32_t host_minor);

#ifdef __cplusplus
#define AIP_ASSERT(c) static_assert(c, #c)
#else
#define AIP_ASSERT(c) _Static_assert(c, #c)
#endif
AIP_ASSERT(sizeof(void *) == 8 && sizeof(size_t) == 8);
AIP_ASSERT(sizeof(aip_span) == 16);
AIP_ASSERT(sizeof(aip_header) == 40);
AIP_ASSERT(sizeof(aip_error) == 80);
AIP_ASSERT(sizeof(aip_member) == 40);
AIP_ASSERT(sizeof(aip_credential) == 64);
AIP_ASSERT(sizeof(aip_event) == 104);
AIP_ASSERT(sizeof(aip_call) == 96);
AIP_ASSERT(sizeof(aip_call_event) == 96);
AIP_ASSERT(sizeof(aip_selection) == 40);

#ifdef __cplusplus
}
#endif
#endif
