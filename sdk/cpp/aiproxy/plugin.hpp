// plugin.hpp - a provider in C++: one class for the provider, one for its requests, one macro.
//
//     class Chat final : public Request {                  // one stream; lives from begin to end
//      public:
//       using Request::Request;
//       aip_status begin(const aip_request& request) override { ... return stream().start(call); }
//       aip_status on_call(const aip_call_event& event) override { ... stream().emit(...); }
//     };
//     class Acme final : public Provider {                 // one section of the configuration
//      public:
//       std::unique_ptr<Request> open(Stream stream, const aip_request& request,
//                                     Worker&) const override {
//         return request.operation == AIP_OP_CHAT ? std::make_unique<Chat>(stream) : nullptr;
//       }
//     };
//     std::unique_ptr<Provider> create(std::string_view section, Failure& failure) { ... }
//     AIP_PLUGIN(create)
//
// No exception leaves the plugin: every entry stands behind a barrier that answers AIP_E_PANIC (or
// AIP_E_NOMEM), so the request fails and the gateway lives.
//
// Threads: a Request and a Worker belong to one worker and need no locks. A Provider is shared by
// all workers: open(), select() and attach() are const and run at the same time on many threads.
// Lifetime: a Request is destroyed in the host's end(); spans of a callback die when it returns.
// Tests: tests/unit/plugin, tests/abi
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/ext/json.h>
#include <aiproxy/note.h>
#include <aiproxy/call.hpp>
#include <aiproxy/events.hpp>
#include <aiproxy/splice.hpp>
#include <aiproxy/text.hpp>

#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aip::sdk {

namespace detail {
// Written once by init(), before anything else of the plugin runs.
inline const aip_host* host_table = nullptr;
inline const aip_json_v1* json_table = nullptr;
}  // namespace detail

inline const aip_host& host() noexcept {
  return *detail::host_table;
}

// Is `text` one valid JSON text within the host's depth limit? Ask before walking anything that
// came from outside without AIP_DATA_JSON.
inline bool is_json(std::string_view text) noexcept {
  const aip_json_v1* json = detail::json_table;
  return json != nullptr && AIP_HAS(json, aip_json_v1, check) &&
         json->check(span(text), 0) == AIP_OK;
}

inline void log(aip_id scope, std::int32_t level, std::string_view message) noexcept {
  host().log(scope, level, span(message));
}

// Why a request failed, in words that the client may read.
struct Failure {
  std::int32_t code = AIP_E_UPSTREAM;
  std::uint16_t http_status = 0;  // the provider's own, or 0: the host chooses
  std::uint16_t flags = 0;        // AIP_ERR_
  std::uint32_t retry_after_ms = 0;
  std::string type, reason, message, param;

  Failure() = default;
  Failure(std::int32_t code_, std::string message_) : code(code_), message(std::move(message_)) {}

  // As it crosses; it borrows from this object.
  [[nodiscard]] aip_error raw() const noexcept {
    aip_error e{};
    e.struct_size = sizeof e;
    e.code = code;
    e.http_status = http_status;
    e.flags = flags;
    e.retry_after_ms = retry_after_ms;
    e.type = span(type);
    e.reason = span(reason);
    e.message = span(message);
    e.param = span(param);
    return e;
  }
};

// The host's side of one stream. A copyable handle: using it after the end gives AIP_E_STALE.
class Stream {
 public:
  explicit Stream(aip_id id) noexcept : id_(id) {}
  [[nodiscard]] aip_id id() const noexcept { return id_; }

  aip_status emit(const aip_event& event) const noexcept { return host().emit(id_, &event, 1); }
  aip_status emit(std::initializer_list<aip_event> events) const noexcept {
    return host().emit(id_, events.begin(), events.size());
  }
  aip_status emit_raw(std::string_view bytes) const noexcept {
    const aip_span piece = span(bytes);
    return host().emit_raw(id_, &piece, 1);
  }
  aip_status emit_raw(aip_span piece) const noexcept { return host().emit_raw(id_, &piece, 1); }
  aip_status respond(std::int32_t status, const Headers& headers) const {
    const std::vector<aip_header> list = headers.raw();
    return host().respond(id_, status, list.data(), list.size());
  }
  aip_status finish() const noexcept { return host().finish(id_, nullptr); }
  aip_status fail(const Failure& failure) const noexcept {
    const aip_error error = failure.raw();
    return host().finish(id_, &error);
  }

  // `out`, if given, gets the call's handle.
  aip_status start(const Call& call, aip_id* out = nullptr) const {
    aip_id ignored = 0;
    return call.with_raw([this, out, &ignored](const aip_call& raw) {
      return host().call_start(id_, &raw, out != nullptr ? out : &ignored);
    });
  }
  // A message of an open WebSocket, or of one that opens. AIP_BLOCKED: taken, but wait with the
  // next for on_wake(AIP_WAKE_WRITABLE).
  aip_status send(aip_id call, std::string_view message, std::uint32_t flags = 0) const noexcept {
    const aip_span piece = span(message);
    return host().call_send(call, &piece, 1, flags);
  }
  aip_status close(aip_id call, std::uint16_t code = 1000,
                   std::string_view reason = {}) const noexcept {
    return send(call, reason, AIP_SEND_CLOSE | std::uint32_t{code} << 16);
  }
  aip_status timer(std::uint32_t ms, std::uint64_t user = 0, aip_id* out = nullptr) const noexcept {
    aip_id ignored = 0;
    return host().timer_start(id_, ms, user, out != nullptr ? out : &ignored);
  }
  aip_status resolved(const Headers& headers, std::uint32_t ttl_ms) const {
    const std::vector<aip_header> list = headers.raw();
    return host().resolved(id_, list.data(), list.size(), ttl_ms, nullptr);
  }
  aip_status not_resolved(const Failure& failure) const noexcept {
    const aip_error error = failure.raw();
    return host().resolved(id_, nullptr, 0, 0, &error);
  }

  // The target lacks what stands at `pointer` of the client's body. True: leave it out. False:
  // fail with AIP_ERR_UNSUPPORTED and `param`.
  [[nodiscard]] bool may_drop(std::string_view pointer, std::string_view kind) const noexcept {
    return host().unsupported(id_, span(pointer), span(kind)) == AIP_UNSUPPORTED_DROP;
  }
  // The model's entry in the capability table as JSON; empty: unknown. Lives as the arena does.
  [[nodiscard]] std::string_view capability(std::string_view name) const noexcept {
    aip_span json{};
    return host().capability(id_, span(name), &json) == AIP_OK ? text(json) : std::string_view();
  }
  // The bytes of a secret, for a login body; empty: unknown. Never log them.
  [[nodiscard]] std::string_view reveal(std::uint32_t secret) const noexcept {
    aip_span bytes{};
    return host().reveal(id_, secret, &bytes) == AIP_OK ? text(bytes) : std::string_view();
  }
  // A copy that lives until the stream has ended; empty if the arena is used up.
  [[nodiscard]] std::string_view keep(std::string_view bytes) const noexcept {
    void* copy = host().arena(id_, bytes.size());
    if (copy == nullptr || bytes.empty()) return {};
    std::memcpy(copy, bytes.data(), bytes.size());
    return {static_cast<const char*>(copy), bytes.size()};
  }

 private:
  aip_id id_;
};

// One stream: what happens between begin and end. Return below 0 only when the plugin itself is
// at fault; a provider's failure is `return fail(...)`.
class Request {
 public:
  explicit Request(Stream stream) noexcept : stream_(stream) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  virtual ~Request() = default;  // the host's end()

  virtual aip_status begin(const aip_request& request) = 0;
  virtual aip_status on_call(const aip_call_event&) { return AIP_OK; }
  virtual aip_status on_wake(std::uint32_t /*why*/, std::uint64_t /*user*/) { return AIP_OK; }
  // The client is gone or time is up; emit() and calls but DETACHED ones are refused from here on.
  virtual void cancel(std::uint32_t /*reason*/) {}

 protected:
  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }
  aip_status fail(const Failure& failure) const noexcept { return stream_.fail(failure); }

 private:
  Stream stream_;
};

// What a provider keeps for each worker: caches and parsers without locks. Derive if needed.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  virtual ~Worker() = default;
};

// One section of the configuration, read-only once it is made.
class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  // An object for this request, whose begin() is called next. nullptr: no such operation here.
  virtual std::unique_ptr<Request> open(Stream stream, const aip_request& request,
                                        Worker& worker) const = 0;
  virtual std::unique_ptr<Worker> attach(std::uint32_t /*worker*/) const {
    return std::make_unique<Worker>();
  }
  // Which credential the request wants; below 0 leaves it to the host. Pure.
  virtual aip_status select(const aip_request&, aip_selection&) const { return AIP_E_UNSUPPORTED; }
  // As open(), for a stream that turns a credential into headers and ends by resolved(). Only
  // asked with AIP_PLUGIN_WITH_RESOLVE.
  virtual std::unique_ptr<Request> open_resolve(Stream, const aip_request&, Worker&) const {
    return nullptr;
  }
};

// Makes a provider from its section (JSON, checked against the manifest's schema). nullptr refuses
// it with `failure`.
using CreateProvider = std::unique_ptr<Provider> (*)(std::string_view section, Failure& failure);

namespace detail {

inline void log_panic(aip_id scope, const char* what) noexcept {
  if (host_table != nullptr) log(scope, AIP_LOG_ERROR, what);
}

// The exception barrier.
template <class F>
aip_status guarded(aip_id scope, F&& fn) noexcept {
  try {
    return fn();
  } catch (const std::bad_alloc&) {
    return AIP_E_NOMEM;
  } catch (const std::exception& e) {
    log_panic(scope, e.what());
    return AIP_E_PANIC;
  } catch (...) {
    log_panic(scope, "an exception of an unknown type");
    return AIP_E_PANIC;
  }
}

inline void write_error(aip_error* out, std::int32_t code, std::string_view message) noexcept {
  if (out == nullptr) return;
  *out = aip_error{};
  out->struct_size = sizeof *out;
  out->code = code;
  out->message = span(message);
}

// A provider on one worker: what crosses as `ws`.
struct Attached {
  const Provider* provider;
  std::unique_ptr<Worker> worker;
};
// A request: what crosses as `rq`.
struct Running {
  aip_id id;
  std::unique_ptr<Request> request;
};

using Open = std::unique_ptr<Request> (Provider::*)(Stream, const aip_request&, Worker&) const;

inline aip_status open_and_begin(Open open, void* ws, aip_id stream, const aip_request* request,
                                 void** rq, aip_error* error) noexcept {
  const aip_status status = guarded(stream, [&]() -> aip_status {
    const auto* attached = static_cast<Attached*>(ws);
    auto running = std::make_unique<Running>();
    running->id = stream;
    running->request = (attached->provider->*open)(Stream(stream), *request, *attached->worker);
    if (!running->request) return AIP_E_UNSUPPORTED;
    const aip_status begun = running->request->begin(*request);
    if (begun >= 0) *rq = running.release();
    return begun;
  });
  if (status == AIP_E_UNSUPPORTED) {
    write_error(error, status, "This provider does not offer that operation.");
  } else if (status < 0) {
    write_error(error, status, "The plugin failed before it could start the request.");
  }
  return status;
}

inline aip_status init(const aip_host* table) noexcept {
  host_table = table;
  json_table = static_cast<const aip_json_v1*>(table->get_extension(AIP_EXT_JSON));
  return AIP_OK;
}
inline void deinit() noexcept {}

template <CreateProvider create_provider>
aip_status create(aip_id scope, aip_span config, void** provider, aip_error* error) noexcept {
  // create() runs on the control thread alone; the words must outlive the return.
  static Failure failure;
  const aip_status status = guarded(scope, [&]() -> aip_status {
    failure = Failure(AIP_E_CONFIG, "The provider could not be set up.");
    std::unique_ptr<Provider> made = create_provider(text(config), failure);
    if (!made) return failure.code < 0 ? failure.code : AIP_E_CONFIG;
    *provider = made.release();
    return AIP_OK;
  });
  if (status < 0 && error != nullptr) *error = failure.raw();
  return status;
}
inline void destroy(void* provider) noexcept {
  delete static_cast<Provider*>(provider);
}

inline aip_status worker_attach(void* provider, std::uint32_t worker, aip_id scope,
                                void** ws) noexcept {
  return guarded(scope, [&]() -> aip_status {
    auto attached = std::make_unique<Attached>();
    attached->provider = static_cast<const Provider*>(provider);
    attached->worker = attached->provider->attach(worker);
    if (!attached->worker) return AIP_E_NOMEM;
    *ws = attached.release();
    return AIP_OK;
  });
}
inline void worker_detach(void* ws) noexcept {
  delete static_cast<Attached*>(ws);
}

inline aip_status select(void* ws, const aip_request* request, aip_selection* out) noexcept {
  return guarded(request->id,
                 [&] { return static_cast<Attached*>(ws)->provider->select(*request, *out); });
}
inline aip_status resolve(void* ws, aip_id stream, const aip_request* request, void** rq,
                          aip_error* error) noexcept {
  return open_and_begin(&Provider::open_resolve, ws, stream, request, rq, error);
}
inline aip_status begin(void* ws, aip_id stream, const aip_request* request, void** rq,
                        aip_error* error) noexcept {
  return open_and_begin(&Provider::open, ws, stream, request, rq, error);
}
inline aip_status on_call(void* rq, const aip_call_event* event) noexcept {
  auto* running = static_cast<Running*>(rq);
  return guarded(running->id, [&] { return running->request->on_call(*event); });
}
inline aip_status on_wake(void* rq, std::uint32_t why, std::uint64_t user) noexcept {
  auto* running = static_cast<Running*>(rq);
  return guarded(running->id, [&] { return running->request->on_wake(why, user); });
}
inline void cancel(void* rq, std::uint32_t reason) noexcept {
  auto* running = static_cast<Running*>(rq);
  guarded(running->id, [&]() -> aip_status {
    running->request->cancel(reason);
    return AIP_OK;
  });
}
inline void end(void* rq) noexcept {
  delete static_cast<Running*>(rq);
}

using Resolve = aip_status (*)(void*, aip_id, const aip_request*, void**, aip_error*);

template <CreateProvider create_provider>
constexpr aip_provider provider_table(Resolve resolve_or_null) noexcept {
  aip_provider table{};
  table.struct_size = sizeof table;
  table.create = &create<create_provider>;
  table.destroy = &destroy;
  table.worker_attach = &worker_attach;
  table.worker_detach = &worker_detach;
  table.select = &select;
  table.resolve = resolve_or_null;
  table.begin = &begin;
  table.on_call = &on_call;
  table.on_wake = &on_wake;
  table.cancel = &cancel;
  table.end = &end;
  return table;
}

constexpr aip_plugin plugin_table(const aip_provider* provider) noexcept {
  aip_plugin table{};
  table.struct_size = sizeof table;
  table.magic = AIP_MAGIC;
  table.abi_minor = AIP_ABI_MINOR;
  // aiproxy_add_plugin() sees to it that nothing is left behind; the host checks it once more.
  table.flags = AIP_PLUGIN_UNLOADABLE;
  table.provider = provider;
  table.init = &init;
  table.deinit = &deinit;
  return table;
}

}  // namespace detail
}  // namespace aip::sdk

#define AIP_PLUGIN_TABLES_(create_provider, resolve_or_null)                                       \
  AIP_NOTE(0);                                                                                     \
  namespace {                                                                                      \
  constexpr aip_provider aip_provider_table_ =                                                     \
      ::aip::sdk::detail::provider_table<create_provider>(resolve_or_null);                        \
  constexpr aip_plugin aip_plugin_table_ = ::aip::sdk::detail::plugin_table(&aip_provider_table_); \
  }                                                                                                \
  extern "C" AIP_EXPORT const aip_plugin* aip_plugin_entry_v0(std::uint32_t) {                     \
    return &aip_plugin_table_;                                                                     \
  }                                                                                                \
  static_assert(true, "so that a semicolon may follow")

// Place once, at the end of the plugin's main file, outside every namespace.
#define AIP_PLUGIN(create_provider) AIP_PLUGIN_TABLES_(create_provider, nullptr)
#define AIP_PLUGIN_WITH_RESOLVE(create_provider) \
  AIP_PLUGIN_TABLES_(create_provider, &::aip::sdk::detail::resolve)
