/* versioned.c - a provider that answers with its own version, a word at a time: for the tests of
 * reload, which swap one build of it for another.
 *
 * VERSION   the word that it answers with
 * FAULT     0 none, 1 a crash in a constructor, 2 exit(0) in a constructor, 3 a crash in create(),
 *           4 create() refuses
 * Model "versioned-COUNT-MS" answers COUNT words, one every MS milliseconds; any other, one word.
 */
#include <aiproxy/abi.h>
#include <aiproxy/note.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

AIP_NOTE(0);

static const aip_host* host; /* written once by init() */

struct request {
  aip_id stream;
  unsigned left, ms;
};

static aip_span text(const char* s) {
  aip_span span = {(const uint8_t*)s, strlen(s)};
  return span;
}

#if FAULT == 1 || FAULT == 2
__attribute__((constructor)) static void at_load(void) {
  if (FAULT == 1) raise(SIGSEGV);
  exit(0);
}
#endif

static aip_status create(aip_id scope, aip_span config, void** provider, aip_error* error) {
  (void)scope;
  (void)config;
  *provider = NULL;
  if (FAULT == 3) raise(SIGSEGV);
  if (FAULT != 4) return AIP_OK;
  error->struct_size = sizeof *error;
  error->code = AIP_E_CONFIG;
  error->message = text("it is not in the mood");
  return AIP_E_CONFIG;
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

/* The number behind the n-th dash. */
static unsigned number_after(aip_span model, int dash, unsigned otherwise) {
  unsigned value = 0;
  int digits = 0;
  for (size_t i = 0; i < model.len; ++i) {
    const char c = (char)model.ptr[i];
    if (c == '-') {
      --dash;
    } else if (dash == 0 && c >= '0' && c <= '9') {
      value = value * 10 + (unsigned)(c - '0');
      ++digits;
    }
  }
  return digits > 0 ? value : otherwise;
}

static aip_status begin(void* ws, aip_id stream, const aip_request* request, void** rq,
                        aip_error* error) {
  (void)ws;
  (void)error;
  if (request->operation != AIP_OP_CHAT) return AIP_E_UNSUPPORTED;
  struct request* r = malloc(sizeof *r);
  if (r == NULL) return AIP_E_NOMEM;
  r->stream = stream;
  r->left = number_after(request->model, 1, 1);
  r->ms = number_after(request->model, 2, 0);
  aip_id timer;
  const aip_status status = host->timer_start(stream, 0, 0, &timer);
  if (status < 0) {
    free(r);
    return status;
  }
  *rq = r;
  return AIP_OK;
}
static aip_status on_call(void* rq, const aip_call_event* event) {
  (void)rq;
  (void)event;
  return AIP_OK;
}

static aip_status on_wake(void* rq, uint32_t why, uint64_t user) {
  (void)user;
  struct request* r = rq;
  if (why != AIP_WAKE_TIMER) return AIP_OK;
  aip_event events[2];
  memset(events, 0, sizeof events);
  for (size_t i = 0; i < 2; ++i) events[i].struct_size = sizeof events[i];
  events[0].type = AIP_EV_TEXT;
  events[0].text = text(VERSION " ");
  events[1].type = AIP_EV_FINISH;
  events[1].finish = AIP_FINISH_STOP;
  events[1].name = text("stop");
  const int last = --r->left == 0;
  const aip_status status = host->emit(r->stream, events, last ? 2 : 1);
  if (status < 0) return status;
  if (last) return host->finish(r->stream, NULL);
  aip_id timer;
  return host->timer_start(r->stream, r->ms, 0, &timer);
}
static void cancel(void* rq, uint32_t reason) {
  (void)rq;
  (void)reason;
}
static void end(void* rq) {
  free(rq);
}

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

AIP_EXPORT const aip_plugin* aip_plugin_entry_v0(uint32_t host_minor) {
  (void)host_minor;
  return &plugin;
}
