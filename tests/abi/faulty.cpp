// A plugin with one fault, chosen by FAULT when it is compiled (the list in CMakeLists.txt).
// 0 and numbers past the list: no fault.
#include <aiproxy/abi.h>
#include <aiproxy/note.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

AIP_NOTE(0);

namespace {

#if FAULT == 13
__attribute__((constructor)) void crash_at_load() {
  std::raise(SIGSEGV);
}
#endif

aip_status init(const aip_host*) {
  return FAULT == 8 ? AIP_E_STATE : AIP_OK;
}
void deinit() {}

aip_status create(aip_id, aip_span, void**, aip_error* error) {
  if (FAULT == 14) std::raise(SIGSEGV);
  if (FAULT == 15) ::pause();
  if (FAULT == 16) std::exit(0);
  if (FAULT == 10) throw std::runtime_error("create");
  if (FAULT != 9) return AIP_OK;
  static const char kWords[] = "base_url is not a URL";
  error->struct_size = sizeof *error;
  error->code = AIP_E_CONFIG;
  error->message = {reinterpret_cast<const uint8_t*>(kWords), sizeof kWords - 1};
  return AIP_E_CONFIG;
}
void destroy(void*) {}
aip_status worker_attach(void*, uint32_t, aip_id, void**) {
  return FAULT == 11 ? AIP_E_NOMEM : AIP_OK;
}
void worker_detach(void*) {}
aip_status begin(void*, aip_id, const aip_request*, void**, aip_error*) {
  return AIP_OK;
}
aip_status on_call(void*, const aip_call_event*) {
  return AIP_OK;
}
aip_status on_wake(void*, uint32_t, uint64_t) {
  return AIP_OK;
}
void cancel(void*, uint32_t) {}
void end(void*) {}

constexpr aip_provider kProvider{sizeof(aip_provider),
                                 0,
                                 create,
                                 destroy,
                                 worker_attach,
                                 worker_detach,
                                 nullptr,
                                 nullptr,
                                 FAULT == 6 ? nullptr : begin,
                                 on_call,
                                 on_wake,
                                 cancel,
                                 end};

constexpr aip_plugin kPlugin{FAULT == 2 ? 8 : sizeof(aip_plugin),
                             FAULT == 3 ? 1 : AIP_MAGIC,
                             FAULT == 4 ? AIP_ABI_MINOR + 1 : AIP_ABI_MINOR,
                             FAULT == 12 ? 0 : AIP_PLUGIN_UNLOADABLE,
                             FAULT == 5 ? nullptr : &kProvider,
                             init,
                             FAULT == 7 ? nullptr : deinit};

}  // namespace

extern "C" AIP_EXPORT const aip_plugin* aip_plugin_entry_v0(uint32_t) {
  return FAULT == 1 ? nullptr : &kPlugin;
}
