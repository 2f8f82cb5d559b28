/* echo.c - the smallest provider that does something, in C: it answers a chat with the JSON of its
 * messages, one turn of the loop later.
 *
 * It shows the whole life of a stream: begin() makes the request's state and keeps what it needs in
 * the arena (spans die when a callback returns), a timer brings on_wake(), the answer is told as
 * events, finish() leads to end(), which frees the state.
 */
#include <aiproxy/abi.h>
#include <aiproxy/note.h>
#include <stdlib.h>
#include <string.h>

AIP_NOTE(0);

static const aip_host* host; /* written once by init() */

struct request {
  aip_id stream;
  aip_span messages; /* in the stream's arena */
};

static aip_span text(const char* s) {
  aip_span span = {(const uint8_t*)s, strlen(s)};
  return span;
}

static aip_status refuse(aip_error* error, int32_t code, const char* message) {
  memset(error, 0, sizeof *error);
  error->struct_size = sizeof *error;
  error->code = code;
  error->message = text(message); /* a literal outlives the call, as an out parameter must */
  return code;
}

/* The request's member of that name, by the byte ranges that the host has found. */
static aip_span member(const aip_request* request, const char* name) {
  aip_span none = {NULL, 0};
  for (size_t i = 0; i < request->member_count; ++i) {
    const aip_member* m = &request->members[i];
    if (m->name.len == strlen(name) && memcmp(m->name.ptr, name, m->name.len) == 0) return m->value;
  }
  return none;
}

/* ---- the provider -------------------------------------------------------------------------- */

static aip_status create(aip_id scope, aip_span config, void** provider, aip_error* error) {
  (void)config;
  (void)error;
  host->log(scope, AIP_LOG_DEBUG, text("ready"));
  *provider = NULL; /* no state */
  return AIP_OK;
}

static void destroy(void* provider) {
  (void)provider;
}

static aip_status worker_attach(void* provider, uint32_t worker, aip_id scope, void** ws) {
  (void)worker;
  (void)scope;
  *ws = provider;
  return AIP_OK;
}

static void worker_detach(void* ws) {
  (void)ws;
}

static aip_status select_credential(void* ws, const aip_request* request, aip_selection* out) {
  (void)ws;
  (void)request;
  out->how = AIP_SELECT_NONE;
  return AIP_OK;
}

/* ---- a stream ------------------------------------------------------------------------------ */

static aip_status begin(void* ws, aip_id stream, const aip_request* request, void** rq,
                        aip_error* error) {
  (void)ws;
  if (request->operation != AIP_OP_CHAT) {
    return refuse(error, AIP_E_UNSUPPORTED, "This provider only chats.");
  }
  aip_span messages = member(request, "messages");
  void* kept = host->arena(stream, messages.len);
  struct request* r = malloc(sizeof *r);
  if (kept == NULL || r == NULL) {
    free(r);
    return refuse(error, AIP_E_NOMEM, "The message is too large.");
  }
  if (messages.len > 0) memcpy(kept, messages.ptr, messages.len);
  r->stream = stream;
  r->messages.ptr = kept;
  r->messages.len = messages.len;

  aip_id timer;
  aip_status status = host->timer_start(stream, 0, 0, &timer);
  if (status < 0) {
    free(r);
    return refuse(error, status, "No timer could be set.");
  }
  *rq = r;
  return AIP_OK;
}

static aip_status on_call(void* rq, const aip_call_event* event) {
  (void)rq;
  (void)event;
  return AIP_OK; /* no call was started */
}

static aip_status on_wake(void* rq, uint32_t why, uint64_t user) {
  (void)user;
  struct request* r = rq;
  if (why != AIP_WAKE_TIMER) return AIP_OK;

  aip_usage usage[2] = {{AIP_USAGE_INPUT, 0, r->messages.len},
                        {AIP_USAGE_OUTPUT, 0, r->messages.len}};
  aip_event events[4];
  memset(events, 0, sizeof events);
  for (size_t i = 0; i < 4; ++i) events[i].struct_size = sizeof events[i];
  events[0].type = AIP_EV_START;
  events[0].name = text("echo-c");
  events[1].type = AIP_EV_TEXT;
  events[1].text = r->messages;
  events[2].type = AIP_EV_USAGE;
  events[2].usage = usage;
  events[2].usage_count = 2;
  events[3].type = AIP_EV_FINISH;
  events[3].finish = AIP_FINISH_STOP;
  events[3].name = text("stop");
  aip_status status = host->emit(r->stream, events, 4);
  return status < 0 ? status : host->finish(r->stream, NULL);
}

static void cancel(void* rq, uint32_t reason) {
  (void)rq;
  (void)reason;
}

static void end(void* rq) {
  free(rq);
}

/* ---- the tables ---------------------------------------------------------------------------- */

static aip_status init(const aip_host* table) {
  host = table;
  return AIP_OK;
}

static void deinit(void) {
  host = NULL;
}

static const aip_provider provider = {
    .struct_size = sizeof(aip_provider),
    .create = create,
    .destroy = destroy,
    .worker_attach = worker_attach,
    .worker_detach = worker_detach,
    .select = select_credential,
    .begin = begin,
    .on_call = on_call,
    .on_wake = on_wake,
    .cancel = cancel,
    .end = end,
};

static const aip_plugin plugin = {
    .struct_size = sizeof(aip_plugin),
    .magic = AIP_MAGIC,
    .abi_minor = AIP_ABI_MINOR,
    .flags = AIP_PLUGIN_UNLOADABLE,
    .provider = &provider,
    .init = init,
    .deinit = deinit,
};

const aip_plugin* aip_plugin_entry_v0(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
