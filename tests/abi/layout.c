/* layout.c - the layout of every struct that crosses, as numbers written down by hand.
 *
 * Compiled as C11, C17, C++17 and C++20 by every compiler at hand. A field that moves, grows or
 * changes places fails here and not in somebody's gateway. Numbers of constants are kept too:
 * renumbering them breaks old plugins just as surely.
 */
#include <aiproxy/abi.h>
#include <aiproxy/ext/json.h>
#include <aiproxy/note.h>

AIP_NOTE(0);

#define AT(type, field, offset) AIP_ASSERT(offsetof(type, field) == (offset))

AT(aip_span, ptr, 0);
AT(aip_span, len, 8);

AT(aip_header, name, 0);
AT(aip_header, value, 16);
AT(aip_header, flags, 32);
AT(aip_header, secret, 36);

AT(aip_error, struct_size, 0);
AT(aip_error, code, 4);
AT(aip_error, http_status, 8);
AT(aip_error, flags, 10);
AT(aip_error, retry_after_ms, 12);
AT(aip_error, type, 16);
AT(aip_error, reason, 32);
AT(aip_error, message, 48);
AT(aip_error, param, 64);

AT(aip_member, name, 0);
AT(aip_member, value, 16);
AT(aip_member, begin, 32);
AT(aip_member, end, 36);

AT(aip_credential, struct_size, 0);
AT(aip_credential, flags, 4);
AT(aip_credential, kind, 8);
AT(aip_credential, id, 24);
AT(aip_credential, secret, 40);
AT(aip_credential, index, 44);
AT(aip_credential, extra, 48);

AT(aip_request, struct_size, 0);
AT(aip_request, operation, 4);
AT(aip_request, dialect, 6);
AT(aip_request, flags, 8);
AT(aip_request, attempt, 12);
AT(aip_request, id, 16);
AT(aip_request, model, 24);
AT(aip_request, asked_model, 40);
AT(aip_request, body, 56);
AT(aip_request, members, 72);
AT(aip_request, member_count, 80);
AT(aip_request, method, 88);
AT(aip_request, path, 104);
AT(aip_request, query, 120);
AT(aip_request, headers, 136);
AT(aip_request, header_count, 144);
AT(aip_request, credential, 152);
AT(aip_request, request_id, 216);
AT(aip_request, deadline_ns, 232);
AIP_ASSERT(sizeof(aip_request) == 240);

AT(aip_selection, struct_size, 0);
AT(aip_selection, how, 4);
AT(aip_selection, kind, 8);
AT(aip_selection, id, 24);

AT(aip_usage, kind, 0);
AT(aip_usage, flags, 4);
AT(aip_usage, count, 8);
AIP_ASSERT(sizeof(aip_usage) == 16);

AT(aip_event, struct_size, 0);
AT(aip_event, type, 4);
AT(aip_event, flags, 6);
AT(aip_event, choice, 8);
AT(aip_event, block, 12);
AT(aip_event, finish, 16);
AT(aip_event, usage_count, 20);
AT(aip_event, text, 24);
AT(aip_event, name, 40);
AT(aip_event, id, 56);
AT(aip_event, json, 72);
AT(aip_event, usage, 88);
AT(aip_event, number, 96);

AT(aip_call, struct_size, 0);
AT(aip_call, kind, 4);
AT(aip_call, decode, 6);
AT(aip_call, flags, 8);
AT(aip_call, delimiter, 12);
AT(aip_call, timeout_ms, 16);
AT(aip_call, max_event, 20);
AT(aip_call, user, 24);
AT(aip_call, method, 32);
AT(aip_call, url, 48);
AT(aip_call, headers, 64);
AT(aip_call, header_count, 72);
AT(aip_call, body, 80);
AT(aip_call, body_count, 88);

AT(aip_call_event, struct_size, 0);
AT(aip_call_event, type, 4);
AT(aip_call_event, flags, 6);
AT(aip_call_event, call, 8);
AT(aip_call_event, user, 16);
AT(aip_call_event, status, 24);
AT(aip_call_event, error, 28);
AT(aip_call_event, headers, 32);
AT(aip_call_event, header_count, 40);
AT(aip_call_event, data, 48);
AT(aip_call_event, name, 64);
AT(aip_call_event, raw, 80);

/* The tables: the place of each function is its number. */
#define SLOT(type, field, first, n) AT(type, field, (first) + 8 * (n))
AT(aip_host, struct_size, 0);
AT(aip_host, abi_minor, 4);
AT(aip_host, version, 8);
SLOT(aip_host, get_extension, 24, 0);
SLOT(aip_host, log, 24, 1);
SLOT(aip_host, log_level, 24, 2);
SLOT(aip_host, now_ns, 24, 3);
SLOT(aip_host, wall_ms, 24, 4);
SLOT(aip_host, random, 24, 5);
SLOT(aip_host, arena, 24, 6);
SLOT(aip_host, emit, 24, 7);
SLOT(aip_host, emit_raw, 24, 8);
SLOT(aip_host, respond, 24, 9);
SLOT(aip_host, finish, 24, 10);
SLOT(aip_host, call_start, 24, 11);
SLOT(aip_host, call_send, 24, 12);
SLOT(aip_host, call_flow, 24, 13);
SLOT(aip_host, call_cancel, 24, 14);
SLOT(aip_host, resolved, 24, 15);
SLOT(aip_host, timer_start, 24, 16);
SLOT(aip_host, timer_cancel, 24, 17);
SLOT(aip_host, post, 24, 18);
SLOT(aip_host, unsupported, 24, 19);
SLOT(aip_host, capability, 24, 20);
SLOT(aip_host, reveal, 24, 21);
SLOT(aip_host, metric, 24, 22);
AIP_ASSERT(sizeof(aip_host) == 24 + 8 * 23);

AT(aip_provider, struct_size, 0);
AT(aip_provider, flags, 4);
SLOT(aip_provider, create, 8, 0);
SLOT(aip_provider, destroy, 8, 1);
SLOT(aip_provider, worker_attach, 8, 2);
SLOT(aip_provider, worker_detach, 8, 3);
SLOT(aip_provider, select, 8, 4);
SLOT(aip_provider, resolve, 8, 5);
SLOT(aip_provider, begin, 8, 6);
SLOT(aip_provider, on_call, 8, 7);
SLOT(aip_provider, on_wake, 8, 8);
SLOT(aip_provider, cancel, 8, 9);
SLOT(aip_provider, end, 8, 10);
AIP_ASSERT(sizeof(aip_provider) == 8 + 8 * 11);

AT(aip_plugin, struct_size, 0);
AT(aip_plugin, magic, 4);
AT(aip_plugin, abi_minor, 8);
AT(aip_plugin, flags, 12);
AT(aip_plugin, provider, 16);
AT(aip_plugin, init, 24);
AT(aip_plugin, deinit, 32);
AIP_ASSERT(sizeof(aip_plugin) == 40);

AT(aip_note, name_size, 0);
AT(aip_note, desc_size, 4);
AT(aip_note, type, 8);
AT(aip_note, name, 12);
AT(aip_note, magic, 20);
AT(aip_note, abi_major, 24);
AT(aip_note, abi_minor, 28);
AT(aip_note, min_host_minor, 32);
AIP_ASSERT(sizeof(aip_note) == 36);

/* Numbers. */
AIP_ASSERT(AIP_MAGIC == 0x58504941u);
AIP_ASSERT(AIP_OK == 0 && AIP_BLOCKED == 1 && AIP_PENDING == 2);
AIP_ASSERT(AIP_E_INVALID == -1 && AIP_E_UNSUPPORTED == -2 && AIP_E_STATE == -3);
AIP_ASSERT(AIP_E_NOMEM == -4 && AIP_E_OVERFLOW == -5 && AIP_E_STALE == -6);
AIP_ASSERT(AIP_E_CONFIG == -7 && AIP_E_AUTH == -8 && AIP_E_UPSTREAM == -9);
AIP_ASSERT(AIP_E_TIMEOUT == -10 && AIP_E_PANIC == -11);
AIP_ASSERT(AIP_EV_START == 1 && AIP_EV_TEXT == 2 && AIP_EV_REASONING == 3);
AIP_ASSERT(AIP_EV_REFUSAL == 4 && AIP_EV_TOOL_BEGIN == 5 && AIP_EV_TOOL_ARGS == 6);
AIP_ASSERT(AIP_EV_BLOCK_END == 7 && AIP_EV_SIGNATURE == 8 && AIP_EV_CITATION == 9);
AIP_ASSERT(AIP_EV_IMAGE == 10 && AIP_EV_AUDIO == 11 && AIP_EV_LOGPROBS == 12);
AIP_ASSERT(AIP_EV_PROVIDER == 13 && AIP_EV_USAGE == 14 && AIP_EV_FINISH == 15);
AIP_ASSERT(AIP_EV_PING == 16);
AIP_ASSERT(AIP_OP_CHAT == 1 && AIP_OP_EMBEDDINGS == 2 && AIP_OP_COUNT_TOKENS == 3);
AIP_ASSERT(AIP_OP_MODELS == 4 && AIP_OP_FORWARD == 5 && AIP_OP_ROUTE == 6);
AIP_ASSERT(AIP_OP_BACKGROUND == 7);
AIP_ASSERT(AIP_CALL_HTTP == 1 && AIP_CALL_FORWARD == 2 && AIP_CALL_WS == 3);
AIP_ASSERT(AIP_CALL_OPEN == 1 && AIP_CALL_HEAD == 2 && AIP_CALL_DATA == 3);
AIP_ASSERT(AIP_CALL_END == 4 && AIP_CALL_FAILED == 5);
AIP_ASSERT(AIP_WAKE_TIMER == 1 && AIP_WAKE_POST == 2 && AIP_WAKE_WRITABLE == 3);
AIP_ASSERT(AIP_FINISH_STOP == 1 && AIP_FINISH_LENGTH == 2 && AIP_FINISH_TOOLS == 3);
AIP_ASSERT(AIP_FINISH_FILTER == 4 && AIP_FINISH_STOP_SEQUENCE == 5 && AIP_FINISH_PAUSE == 6);
