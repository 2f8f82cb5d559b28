// plugin_runner.h - drives a provider plugin without a network: the exchange's part, scripted.
//
//     PluginUnderTest plugin("openai", R"({"base_url":"http://fake"})");   // the real loader
//     PluginRun run(plugin);
//     run.begin(chat(R"({"model":"m","messages":[...]})"));
//     CHECK(run.calls().at(0).url == "http://fake/v1/chat/completions");
//     run.answer(0, 200, {{"content-type", "text/event-stream"}}, body, cut_at({17, 40}));
//     CHECK(run.text() == "Hello");
//     CHECK(run.finished_well());
//
// The answer's bytes go through the real decoders, cut as the call asked, checked as JSON where it
// asked for that. What the plugin does is kept as owned copies. Secrets appear in StartedCall's
// headers as the upstream would see them.
// Nothing here knows a test framework: a mistake of the script itself ends the process with words.
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/http/decoders.h"
#include "core/http/message.h"
#include "core/plugin/instance.h"
#include "tests/support/fake_worker.h"

namespace aip::test {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// What the exchange hands over. chat() fills the usual.
struct PluginAsk {
  std::uint16_t operation = AIP_OP_CHAT;
  std::uint16_t dialect = AIP_DIALECT_OPENAI_CHAT;
  std::uint32_t flags = AIP_REQ_STREAM;  // AIP_REQ_
  std::uint32_t attempt = 1;
  std::string body;
  std::string model;        // empty: the body's
  std::string asked_model;  // empty: as model
  std::string method = "POST", path = "/v1/chat/completions", query;
  HeaderList headers;
  std::string request_id = "req-test";
  // Used unless select() says NONE. select()'s kind and id replace these if it gives them.
  std::string credential_kind = "api_key", credential_id = "1", credential_extra = "{}";
  std::string secret = "test-secret";
  std::uint32_t credential_flags = 0;  // AIP_CRED_
};
[[nodiscard]] PluginAsk chat(std::string body);                           // canonical, stream
[[nodiscard]] PluginAsk chat_whole(std::string body);                     // canonical, not a stream
[[nodiscard]] PluginAsk native(std::uint16_t dialect, std::string body);  // stream

struct StartedCall {
  std::uint32_t number = 0;
  std::uint16_t kind = 0, decode = 0;
  std::uint32_t flags = 0, delimiter = 0, timeout_ms = 0, max_event = 0;
  std::uint64_t user = 0;
  std::string method, url, body;
  HeaderList headers;             // secrets written in
  std::vector<std::string> sent;  // messages of a WebSocket; "CLOSE 1000 reason" for a Close
  bool cancelled = false, paused = false, ended = false;
  // The first field of that name, without case; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

struct SeenEvent {
  std::uint16_t type = 0, flags = 0;
  std::uint32_t choice = 0, block = 0, finish = 0;
  std::string text;  // escapes resolved if the event had them
  std::string told;  // as the plugin gave it
  std::string name, id, json;
  std::map<std::uint32_t, std::uint64_t> usage;  // by AIP_USAGE_ kind
  std::uint64_t number = 0;
};
// "TEXT Hello", "TOOL_BEGIN 0 call_1 get_weather", "FINISH tools tool_calls": one line an event.
[[nodiscard]] std::string to_line(const SeenEvent& event);

// Where an answer's bytes are cut before they reach the decoder.
using Cuts = std::vector<std::size_t>;
[[nodiscard]] Cuts cut_at(std::vector<std::size_t> places);
// Every n bytes; 1: one byte at a time.
[[nodiscard]] Cuts cut_every(std::size_t n, std::size_t size);

// A plugin of this build, loaded, configured and attached; one for many runs.
class PluginUnderTest {
 public:
  // `name`: <build>/plugins/<name>.so (AIPROXY_BUILD_DIR); a name with a slash is a path.
  explicit PluginUnderTest(const std::string& name, const std::string& section = "{}");
  ~PluginUnderTest();
  PluginUnderTest(const PluginUnderTest&) = delete;
  PluginUnderTest& operator=(const PluginUnderTest&) = delete;

  [[nodiscard]] FakeWorker& worker() noexcept { return worker_; }
  [[nodiscard]] plugin::WorkerInstance& instance() noexcept { return *attached_; }
  [[nodiscard]] const plugin::FileInfo& file() const noexcept { return file_; }

  // Why a section is refused; empty if it is not.
  [[nodiscard]] static std::string refusal_of(const std::string& name, const std::string& section);

 private:
  FakeWorker worker_;
  plugin::FileInfo file_;
  std::shared_ptr<plugin::Instance> made_;
  std::shared_ptr<plugin::WorkerInstance> attached_;
};

class PluginRun final : private plugin::SessionOwner {
 public:
  explicit PluginRun(PluginUnderTest& plugin);
  ~PluginRun();
  PluginRun(const PluginRun&) = delete;
  PluginRun& operator=(const PluginRun&) = delete;

  // ---- set before begin()
  std::map<std::string, std::string> capabilities;  // name -> JSON
  bool drop_unsupported = false;
  bool blocked = false;  // emit answers AIP_BLOCKED; writable() ends it

  // ---- the exchange's part
  // select() and begin(). False: begin refused; error() tells why.
  bool begin(const PluginAsk& ask);
  // The same for a stream that turns a credential into headers; it finishes by resolved().
  bool resolve(const PluginAsk& ask);
  // A whole answer: head, body in pieces, end. For a WebSocket a 101 opens it; bytes() is then the
  // text of its messages, end_of() a Close with 1000.
  void answer(std::size_t call, int status, const HeaderList& headers, Bytes body,
              const Cuts& cuts = {});
  void head(std::size_t call, int status, const HeaderList& headers);
  void bytes(std::size_t call, Bytes piece);
  void end_of(std::size_t call);
  void fail(std::size_t call, std::int32_t status, std::string_view words);
  // Moves the clock; timers that are due are delivered.
  void advance_ms(std::uint64_t ms);
  // Lets timers fire, one after another, until the plugin finishes or none is left; at most
  // `rounds`. Gives the rounds used.
  int run_timers(int rounds = 10'000);
  // Posts that came are delivered.
  void turn();
  void writable();
  void cancel(std::uint32_t reason);
  void end();

  // ---- what the plugin did
  [[nodiscard]] const std::vector<StartedCall>& calls() const noexcept { return calls_; }
  [[nodiscard]] const std::vector<SeenEvent>& events() const noexcept { return events_; }
  [[nodiscard]] const std::string& raw() const noexcept { return raw_; }
  [[nodiscard]] int respond_status() const noexcept { return respond_status_; }  // 0: none
  [[nodiscard]] const HeaderList& respond_headers() const noexcept { return respond_headers_; }
  [[nodiscard]] const HeaderList& resolved_headers() const noexcept { return resolved_headers_; }
  [[nodiscard]] std::uint32_t resolved_ttl_ms() const noexcept { return resolved_ttl_ms_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  [[nodiscard]] bool finished_well() const noexcept { return finished_ && !error_; }
  // The error of finish() or of a refused begin().
  [[nodiscard]] const std::optional<plugin::PluginError>& error() const noexcept { return error_; }
  // A callback that answered below 0; 0: none did.
  [[nodiscard]] aip_status failed_callback() const noexcept { return failed_; }
  // "pointer kind" of each question.
  [[nodiscard]] const std::vector<std::string>& unsupported() const noexcept { return asked_; }
  [[nodiscard]] const std::optional<aip_selection>& selection() const noexcept { return wish_; }

  // ---- sums over the events (choice 0 unless told)
  [[nodiscard]] std::string text(std::uint32_t choice = 0) const;
  [[nodiscard]] std::string reasoning(std::uint32_t choice = 0) const;
  [[nodiscard]] std::uint32_t finish_reason(std::uint32_t choice = 0) const;  // 0: none
  [[nodiscard]] std::map<std::uint32_t, std::uint64_t> usage() const;         // last of each kind
  [[nodiscard]] std::string lines() const;                                    // to_line() of each

 private:
  struct Feed;  // the state of one answer: its decoder and what is kept

  // plugin::SessionOwner
  aip_status on_emit(std::span<const aip_event> events) noexcept override;
  aip_status on_emit_raw(std::span<const aip_span> pieces) noexcept override;
  aip_status on_respond(std::int32_t status, std::span<const aip_header> headers) noexcept override;
  aip_status on_finish(const plugin::PluginError* error) noexcept override;
  aip_status on_call_start(const aip_call& call, std::uint32_t number) noexcept override;
  aip_status on_call_send(std::uint32_t number, std::span<const aip_span> pieces,
                          std::uint32_t flags) noexcept override;
  aip_status on_call_flow(std::uint32_t number, bool pause) noexcept override;
  aip_status on_call_cancel(std::uint32_t number) noexcept override;
  aip_status on_unsupported(std::string_view pointer, std::string_view kind) noexcept override;
  std::string_view on_capability(std::string_view name) noexcept override;
  std::string_view on_reveal(std::uint32_t secret) noexcept override;
  aip_status on_resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                         const plugin::PluginError* error) noexcept override;
  void on_session_event() noexcept override;

  using Begin = Result<void> (plugin::Session::*)(aip_request&, plugin::PluginError&) noexcept;
  bool start(const PluginAsk& ask, Begin how);
  void tell(std::size_t call, aip_call_event& event);
  void data(std::size_t call, const http::Event& event);
  [[nodiscard]] bool live(std::size_t call) const;

  PluginUnderTest& plugin_;
  std::string secret_;
  std::vector<StartedCall> calls_;
  std::vector<std::unique_ptr<Feed>> feeds_;  // beside calls_
  std::vector<SeenEvent> events_;
  std::string raw_;
  int respond_status_ = 0;
  HeaderList respond_headers_, resolved_headers_;
  std::uint32_t resolved_ttl_ms_ = 0;
  bool finished_ = false;
  bool session_event_ = false;
  std::optional<plugin::PluginError> error_;
  aip_status failed_ = AIP_OK;
  std::vector<std::string> asked_;
  std::optional<aip_selection> wish_;
  std::unique_ptr<plugin::Session> session_;
};

}  // namespace aip::test
