// A plugin with one fault, chosen by FAULT when it is compiled (the list in CMakeLists.txt).
// 0 and numbers past the list: no fault.
#include <aiproxy/abi.h>
#include <aiproxy/note.h>

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
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

// Deeper than any stack; the result keeps the compiler from making a loop of it.
int deeper(volatile int* depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(*depth);
  *depth = *depth + 1;
  if (*depth < 0) return 0;
  return deeper(depth) + page[0];
}

// Says nonsense on whatever packet socket the process has: the link to its supervisor.
void lie() {
  char bytes[4096];
  for (int fd = 3; fd < 64; ++fd) {
    int type = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) continue;
    if (type != SOCK_SEQPACKET) continue;
    for (unsigned i = 1; i < 64; ++i) {
      for (unsigned at = 0; at < sizeof bytes; ++at) bytes[at] = static_cast<char>(at * i);
      (void)::send(fd, bytes, i * 61, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    // The right size and mark, with every word and numbers that are out of the world.
    unsigned message[197] = {0x31504941};
    for (unsigned word = 0; word < 80; ++word) {
      if (word == 5 || word == 9) continue;  // a wish to end is believed
      message[1] = word;
      message[2] = word % 2 == 0 ? 0x7FFFFFFF : 0x80000000;
      message[5] = 0x2E2E2E2E;  // a host "....", which nobody has
      (void)::send(fd, message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
}

aip_status begin(void*, aip_id, const aip_request*, void**, aip_error*) {
  volatile std::uintptr_t nowhere = 8;
  if (FAULT == 17) *reinterpret_cast<volatile int*>(nowhere) = 1;
  if (FAULT == 18) std::abort();
  if (FAULT == 19) std::exit(0);
  if (FAULT == 20) {
    for (volatile bool forever = true; forever;) {
    }
  }
  volatile int depth = 0;
  if (FAULT == 21) return static_cast<aip_status>(deeper(&depth));
  if (FAULT == 22) lie();
  return AIP_E_STATE;
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
