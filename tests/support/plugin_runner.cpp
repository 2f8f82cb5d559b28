#include "tests/support/plugin_runner.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "core/base/json.h"
#include "core/plugin/checks.h"

namespace aip::test {
namespace {

using plugin::span_of;
using plugin::view_of;

[[noreturn]] void give_up(const std::string& words) {
  std::fprintf(stderr, "plugin_runner: %s\n", words.c_str());
  std::abort();
}

std::string build_dir() {
  const char* dir = std::getenv("AIPROXY_BUILD_DIR");
  if (dir == nullptr) give_up("AIPROXY_BUILD_DIR is not set: run the test by ctest");
  return dir;
}

std::string path_of(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  return build_dir() + "/plugins/" + name + ".so";
}

// Every plugin under test is a worker of its own, because each has a clock of its own.
std::uint32_t next_worker() {
  static std::atomic<std::uint32_t> next{0};
  return next++ % 1000;
}

bool begins_with_type(const HeaderList& headers, std::string_view type) {
  for (const auto& [name, value] : headers) {
    if (http::same_name(name, "content-type")) {
      return value.size() >= type.size() && http::same_name(value.substr(0, type.size()), type);
    }
  }
  return false;
}

std::vector<aip_header> raw_headers(const HeaderList& list) {
  std::vector<aip_header> out;
  for (const auto& [name, value] : list) out.push_back({span_of(name), span_of(value), 0, 0});
  return out;
}

}  // namespace

// ---- asks --------------------------------------------------------------------------------------

PluginAsk chat(std::string body) {
  PluginAsk ask;
  ask.body = std::move(body);
  return ask;
}

PluginAsk chat_whole(std::string body) {
  PluginAsk ask = chat(std::move(body));
  ask.flags = 0;
  return ask;
}

PluginAsk native(std::uint16_t dialect, std::string body) {
  PluginAsk ask = chat(std::move(body));
  ask.dialect = dialect;
  ask.flags |= AIP_REQ_NATIVE;
  return ask;
}

std::string StartedCall::header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (http::same_name(field, name)) return value;
  }
  return {};
}

Cuts cut_at(std::vector<std::size_t> places) {
  return places;
}

Cuts cut_every(std::size_t n, std::size_t size) {
  Cuts out;
  for (std::size_t at = n; at < size; at += n) out.push_back(at);
  return out;
}

// ---- the plugin --------------------------------------------------------------------------------

namespace {

Result<std::shared_ptr<plugin::Instance>> make(const plugin::FileInfo& file,
                                               const std::string& section) {
  auto module = plugin::load(file, build_dir() + "/plugin-copies");
  if (!module) return std::move(module).error();
  return plugin::instantiate(std::move(*module), file.name, section);
}

plugin::FileInfo must_inspect(const std::string& name) {
  auto file = plugin::inspect(path_of(name));
  if (!file) give_up(path_of(name) + ": " + file.error().detail);
  return std::move(*file);
}

}  // namespace

PluginUnderTest::PluginUnderTest(const std::string& name, const std::string& section)
    : file_(must_inspect(name)) {
  auto made = make(file_, section);
  if (!made) give_up(name + ": " + made.error().detail);
  made_ = std::move(*made);
  auto attached = plugin::attach(made_, next_worker(), worker_, worker_);
  if (!attached) give_up(name + ": " + attached.error().detail);
  attached_ = std::move(*attached);
}

PluginUnderTest::~PluginUnderTest() = default;

std::string PluginUnderTest::refusal_of(const std::string& name, const std::string& section) {
  auto made = make(must_inspect(name), section);
  return made ? std::string() : made.error().detail;
}

// ---- one stream: the exchange's part -----------------------------------------------------------

struct PluginRun::Feed {
  std::uint16_t decode = 0;
  int status = 0;
  bool open = false;  // a WebSocket
  std::unique_ptr<http::Decoder> decoder;
  std::string whole;
};

PluginRun::PluginRun(PluginUnderTest& plugin)
    : plugin_(plugin), session_(plugin.instance().open(*this)) {}

PluginRun::~PluginRun() = default;

bool PluginRun::begin(const PluginAsk& ask) {
  return start(ask, &plugin::Session::begin);
}

bool PluginRun::resolve(const PluginAsk& ask) {
  return start(ask, &plugin::Session::resolve);
}

bool PluginRun::start(const PluginAsk& ask, Begin how) {
  const json::Value body(ask.body);
  std::vector<std::string> names;
  std::vector<aip_member> members;
  for (const json::Value::Member& m : body.members()) names.push_back(m.key());
  for (const json::Value::Member& m : body.members()) {
    const auto at = static_cast<std::uint32_t>(m.raw.data() - ask.body.data());
    members.push_back({span_of(names[members.size()]), span_of(m.value().raw()), at,
                       at + static_cast<std::uint32_t>(m.raw.size())});
  }
  const std::string model = ask.model.empty() ? body["model"].str() : ask.model;
  const std::vector<aip_header> headers = raw_headers(ask.headers);
  secret_ = ask.secret;

  aip_request r{};
  r.operation = ask.operation;
  r.dialect = ask.dialect;
  r.flags = ask.flags;
  r.attempt = ask.attempt;
  r.model = span_of(model);
  r.asked_model = span_of(ask.asked_model.empty() ? model : ask.asked_model);
  r.body = span_of(ask.body);
  r.members = members.data();
  r.member_count = members.size();
  r.method = span_of(ask.method);
  r.path = span_of(ask.path);
  r.query = span_of(ask.query);
  r.headers = headers.data();
  r.header_count = headers.size();
  r.request_id = span_of(ask.request_id);
  r.deadline_ns = plugin_.worker().now_ns() + 600'000'000'000;

  aip_selection wish{};
  std::string kind = ask.credential_kind;
  std::string id = ask.credential_id;
  if (session_->select(r, wish)) {
    wish_ = wish;
    // A client's own credential comes as it is, whatever kind select() would have picked.
    const bool own = (ask.credential_flags & AIP_CRED_CLIENT) != 0;
    if (!own && wish.kind.len != 0) kind = std::string(view_of(wish.kind));
    if (!own && wish.id.len != 0) id = std::string(view_of(wish.id));
  }
  if (!wish_ || wish.how != AIP_SELECT_NONE) {
    r.credential.flags = ask.credential_flags;
    r.credential.kind = span_of(kind);
    r.credential.id = span_of(id);
    r.credential.secret = 1;
    r.credential.extra = span_of(ask.credential_extra);
  }
  plugin::PluginError error;
  if ((session_.get()->*how)(r, error)) return true;
  error_ = std::move(error);
  return false;
}

void PluginRun::answer(std::size_t call, int status, const HeaderList& headers, Bytes body,
                       const Cuts& cuts) {
  head(call, status, headers);
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    if (cut <= at || cut >= body.size()) continue;
    bytes(call, body.substr(at, cut - at));
    at = cut;
  }
  if (at < body.size()) bytes(call, body.substr(at));
  end_of(call);
}

bool PluginRun::live(std::size_t call) const {
  if (call >= calls_.size()) give_up("the plugin has started no call " + std::to_string(call));
  return !finished_ && failed_ == AIP_OK && !calls_[call].ended && !calls_[call].cancelled;
}

void PluginRun::tell(std::size_t call, aip_call_event& event) {
  if (!live(call)) return;
  event.user = calls_[call].user;
  if (event.type == AIP_CALL_END || event.type == AIP_CALL_FAILED) calls_[call].ended = true;
  const aip_status status = session_->on_call(calls_[call].number, event);
  if (status < 0) failed_ = status;
}

void PluginRun::head(std::size_t call, int status, const HeaderList& headers) {
  if (!live(call)) return;
  const StartedCall& c = calls_[call];
  Feed& feed = *feeds_[call];
  feed.status = status;
  feed.decode = c.decode;
  feed.open = c.kind == AIP_CALL_WS && status == 101;
  if (c.kind == AIP_CALL_WS && !feed.open) feed.decode = AIP_DECODE_WHOLE;
  if (status >= 400 && (c.flags & AIP_CALLF_ERROR_WHOLE) != 0) {
    feed.decode = AIP_DECODE_WHOLE;
  } else if ((c.flags & AIP_CALLF_BY_TYPE) != 0) {
    const bool whole_type =
        begins_with_type(headers, "application/json") || begins_with_type(headers, "text/html");
    if (c.decode == AIP_DECODE_SSE && whole_type) feed.decode = AIP_DECODE_WHOLE;
    if (c.decode == AIP_DECODE_WHOLE && begins_with_type(headers, "text/event-stream")) {
      feed.decode = AIP_DECODE_SSE;
    }
  }
  const std::size_t most = c.max_event != 0 ? c.max_event : limits::kEventBytesMax;
  if (feed.decode == AIP_DECODE_SSE) feed.decoder = http::make_sse_decoder(most);
  if (feed.decode == AIP_DECODE_NDJSON) feed.decoder = http::make_ndjson_decoder(most);
  if (feed.decode == AIP_DECODE_DELIMITER) {
    feed.decoder = http::make_delimiter_decoder(static_cast<char>(c.delimiter), most);
  }
  const std::vector<aip_header> list = raw_headers(headers);
  aip_call_event event{};
  event.type = feed.open ? AIP_CALL_OPEN : AIP_CALL_HEAD;
  event.status = status;
  event.headers = list.data();
  event.header_count = list.size();
  if (feed.decode == AIP_DECODE_SSE) event.flags = AIP_HEAD_SSE;
  if (feed.decode == AIP_DECODE_WHOLE) event.flags = AIP_HEAD_WHOLE;
  tell(call, event);
}

void PluginRun::data(std::size_t call, const http::Event& event) {
  aip_call_event out{};
  out.type = AIP_CALL_DATA;
  out.status = feeds_[call]->status;
  out.data = span_of(event.data);
  out.name = span_of(event.name);
  out.raw = span_of(event.raw);
  if ((calls_[call].flags & AIP_CALLF_CHECK_JSON) != 0 && json::check(event.data)) {
    out.flags |= AIP_DATA_JSON;
  }
  if (event.last) out.flags |= AIP_DATA_LAST;
  tell(call, out);
}

void PluginRun::bytes(std::size_t call, Bytes piece) {
  if (!live(call)) return;
  // A copy that is freed afterwards: a plugin that keeps a span is found by the sanitizer.
  const std::string lent(piece);
  Bytes input = lent;
  Feed& feed = *feeds_[call];
  if (feed.decode == AIP_DECODE_WHOLE) {
    feed.whole.append(input);
    return;
  }
  if (!feed.decoder) {
    http::Event event;
    event.data = input;
    data(call, event);
    return;
  }
  while (!input.empty() && live(call)) {
    Result<std::optional<http::Event>> next = feed.decoder->next(input);
    if (!next) {
      fail(call, AIP_E_UPSTREAM, next.error().detail);
      return;
    }
    if (*next) data(call, **next);
  }
}

void PluginRun::end_of(std::size_t call) {
  if (!live(call)) return;
  Feed& feed = *feeds_[call];
  if (feed.decoder) {
    if (const std::optional<http::Event> event = feed.decoder->finish()) data(call, *event);
  } else if (feed.decode == AIP_DECODE_WHOLE) {
    http::Event event;
    event.data = feed.whole;
    data(call, event);
  }
  aip_call_event event{};
  event.type = AIP_CALL_END;
  event.status = feed.open ? 1000 : feed.status;
  tell(call, event);
}

void PluginRun::fail(std::size_t call, std::int32_t status, std::string_view words) {
  aip_call_event event{};
  event.type = AIP_CALL_FAILED;
  event.status = feeds_.at(call)->status;
  event.error = status;
  event.data = span_of(words);
  tell(call, event);
}

void PluginRun::turn() {
  plugin_.worker().turn();
  if (!std::exchange(session_event_, false) || finished_ || failed_ != AIP_OK) return;
  const aip_status status = session_->deliver_wakes();
  if (status < 0) failed_ = status;
}

void PluginRun::advance_ms(std::uint64_t ms) {
  plugin_.worker().advance_ms(ms);
  turn();
}

int PluginRun::run_timers(int rounds) {
  int used = 0;
  while (used < rounds && !finished_ && failed_ == AIP_OK) {
    if (plugin_.worker().next_deadline_ns() == UINT64_MAX) break;
    ++used;
    advance_ms(plugin_.worker().ms_to_next_alarm());
  }
  return used;
}

void PluginRun::writable() {
  blocked = false;
  if (finished_ || failed_ != AIP_OK) return;
  const aip_status status = session_->on_writable();
  if (status < 0) failed_ = status;
}

void PluginRun::cancel(std::uint32_t reason) {
  session_->cancel(reason);
}

void PluginRun::end() {
  session_->end();
}

// ---- one stream: what the plugin does ----------------------------------------------------------

aip_status PluginRun::on_emit(std::span<const aip_event> events) noexcept {
  for (const aip_event& e : events) {
    SeenEvent seen;
    seen.type = e.type;
    seen.flags = e.flags;
    seen.choice = e.choice;
    seen.block = e.block;
    seen.finish = e.finish;
    seen.number = e.number;
    seen.name = std::string(view_of(e.name));
    seen.id = std::string(view_of(e.id));
    seen.json = std::string(view_of(e.json));
    seen.told = std::string(view_of(e.text));
    if ((e.flags & AIP_EVF_ESCAPED) != 0) {
      json::unescape(view_of(e.text), seen.text);
    } else {
      seen.text = seen.told;
    }
    for (std::uint32_t i = 0; i < e.usage_count; ++i)
      seen.usage[e.usage[i].kind] = e.usage[i].count;
    events_.push_back(std::move(seen));
  }
  return blocked ? AIP_BLOCKED : AIP_OK;
}

aip_status PluginRun::on_emit_raw(std::span<const aip_span> pieces) noexcept {
  for (const aip_span piece : pieces) raw_.append(view_of(piece));
  return blocked ? AIP_BLOCKED : AIP_OK;
}

aip_status PluginRun::on_respond(std::int32_t status,
                                 std::span<const aip_header> headers) noexcept {
  if (respond_status_ != 0) return AIP_E_STATE;
  respond_status_ = status;
  for (const aip_header& h : headers) {
    respond_headers_.emplace_back(view_of(h.name), view_of(h.value));
  }
  return AIP_OK;
}

aip_status PluginRun::on_finish(const plugin::PluginError* error) noexcept {
  finished_ = true;
  if (error != nullptr) error_ = *error;
  return AIP_OK;
}

aip_status PluginRun::on_call_start(const aip_call& call, std::uint32_t number) noexcept {
  StartedCall c;
  c.number = number;
  c.kind = call.kind;
  c.decode = call.decode;
  c.flags = call.flags;
  c.delimiter = call.delimiter;
  c.timeout_ms = call.timeout_ms;
  c.max_event = call.max_event;
  c.user = call.user;
  c.method = std::string(view_of(call.method));
  c.url = std::string(view_of(call.url));
  for (std::size_t i = 0; i < call.header_count; ++i) {
    const aip_header& h = call.headers[i];
    if (h.secret > 1) return AIP_E_INVALID;
    c.headers.emplace_back(
        view_of(h.name), std::string(view_of(h.value)) + (h.secret == 1 ? secret_ : std::string()));
  }
  for (std::size_t i = 0; i < call.body_count; ++i) c.body.append(view_of(call.body[i]));
  calls_.push_back(std::move(c));
  feeds_.push_back(std::make_unique<Feed>());
  return AIP_OK;
}

aip_status PluginRun::on_call_send(std::uint32_t number, std::span<const aip_span> pieces,
                                   std::uint32_t flags) noexcept {
  for (StartedCall& c : calls_) {
    if (c.number != number) continue;
    if (c.kind != AIP_CALL_WS) return AIP_E_UNSUPPORTED;
    std::string message;
    if ((flags & AIP_SEND_CLOSE) != 0) message = "CLOSE " + std::to_string(flags >> 16) + " ";
    for (const aip_span piece : pieces) message.append(view_of(piece));
    c.sent.push_back(std::move(message));
    return AIP_OK;
  }
  return AIP_E_STALE;
}

aip_status PluginRun::on_call_flow(std::uint32_t number, bool pause) noexcept {
  for (StartedCall& c : calls_) {
    if (c.number == number) c.paused = pause;
  }
  return AIP_OK;
}

aip_status PluginRun::on_call_cancel(std::uint32_t number) noexcept {
  for (StartedCall& c : calls_) {
    if (c.number == number) c.cancelled = true;
  }
  return AIP_OK;
}

aip_status PluginRun::on_unsupported(std::string_view pointer, std::string_view kind) noexcept {
  asked_.push_back(std::string(pointer) + " " + std::string(kind));
  return drop_unsupported ? AIP_UNSUPPORTED_DROP : AIP_UNSUPPORTED_REFUSE;
}

std::string_view PluginRun::on_capability(std::string_view name) noexcept {
  const auto found = capabilities.find(std::string(name));
  return found == capabilities.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view PluginRun::on_reveal(std::uint32_t secret) noexcept {
  return secret == 1 ? std::string_view(secret_) : std::string_view();
}

aip_status PluginRun::on_resolved(std::span<const aip_header> headers, std::uint32_t ttl_ms,
                                  const plugin::PluginError* error) noexcept {
  finished_ = true;
  if (error != nullptr) error_ = *error;
  resolved_ttl_ms_ = ttl_ms;
  for (const aip_header& h : headers) {
    resolved_headers_.emplace_back(view_of(h.name), view_of(h.value));
  }
  return AIP_OK;
}

void PluginRun::on_session_event() noexcept {
  session_event_ = true;
}

// ---- sums --------------------------------------------------------------------------------------

std::string PluginRun::text(std::uint32_t choice) const {
  std::string out;
  for (const SeenEvent& e : events_) {
    if (e.type == AIP_EV_TEXT && e.choice == choice) out += e.text;
  }
  return out;
}

std::string PluginRun::reasoning(std::uint32_t choice) const {
  std::string out;
  for (const SeenEvent& e : events_) {
    if (e.type == AIP_EV_REASONING && e.choice == choice) out += e.text;
  }
  return out;
}

std::uint32_t PluginRun::finish_reason(std::uint32_t choice) const {
  for (const SeenEvent& e : events_) {
    if (e.type == AIP_EV_FINISH && e.choice == choice) return e.finish;
  }
  return 0;
}

std::map<std::uint32_t, std::uint64_t> PluginRun::usage() const {
  std::map<std::uint32_t, std::uint64_t> out;
  for (const SeenEvent& e : events_) {
    for (const auto& [kind, count] : e.usage) out[kind] = count;
  }
  return out;
}

std::string PluginRun::lines() const {
  std::string out;
  for (const SeenEvent& e : events_) out += to_line(e) + "\n";
  return out;
}

std::string to_line(const SeenEvent& e) {
  static constexpr std::string_view kNames[] = {
      "?",         "START",     "TEXT",      "REASONING", "REFUSAL", "TOOL_BEGIN",
      "TOOL_ARGS", "BLOCK_END", "SIGNATURE", "CITATION",  "IMAGE",   "AUDIO",
      "LOGPROBS",  "PROVIDER",  "USAGE",     "FINISH",    "PING"};
  static constexpr std::string_view kFinish[] = {"none",   "stop",          "length", "tools",
                                                 "filter", "stop_sequence", "pause"};
  std::string out(e.type < std::size(kNames) ? kNames[e.type] : kNames[0]);
  const auto add = [&out](std::string_view word) {
    if (!word.empty()) out.append(1, ' ').append(word);
  };
  if (e.choice != 0) add("choice=" + std::to_string(e.choice));
  if (e.type == AIP_EV_TOOL_BEGIN || e.type == AIP_EV_TOOL_ARGS || e.type == AIP_EV_BLOCK_END) {
    add(std::to_string(e.block));
  }
  if (e.type == AIP_EV_FINISH) add(kFinish[std::min<std::size_t>(e.finish, 6)]);
  if ((e.flags & AIP_EVF_REDACTED) != 0) add("redacted");
  add(e.id);
  add(e.name);
  add(e.text);
  add(e.json);
  for (const auto& [kind, count] : e.usage) {
    add(std::to_string(kind) + "=" + std::to_string(count));
  }
  return out;
}

}  // namespace aip::test
