// exchange.h - one client request and its answer; exchange.cpp tells the story.
//
// Owned by its worker's Gateway from on_request() until Finish has run. See the essay in
// exchange.cpp for the stages, and ARCHITECTURE.md for the same with links.
// Threads: the worker's.   Memory: the request's body (limits.body_bytes), its canonical form if a
// target reads that, and each way kStreamBufferBytesMax before the source is held back (limits.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/admit/admit.h"
#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/dialect/dialect.h"
#include "core/gateway/answer_sink.h"
#include "core/gateway/attempt.h"
#include "core/gateway/snapshot.h"
#include "core/observe/metrics.h"
#include "core/route/route.h"
#include "core/server/client_stream.h"

namespace aip::gateway {

// The order of the life of a request; ARCHITECTURE.md repeats the names and a test compares.
enum class Stage : std::uint8_t { Receive, Route, Admit, Attempt, Relay, Finish, Done };
[[nodiscard]] std::string_view stage_name(Stage stage) noexcept;

struct ExchangeTag;
class Exchange;

// Who holds exchanges: the worker's Gateway.
class ExchangeOwner {
 public:
  // The exchange is over; it must be destroyed after this turn.
  virtual void exchange_done(Exchange& exchange,
                             const observe::ExchangeRecord& record) noexcept = 0;

 protected:
  ~ExchangeOwner() = default;
};

class Exchange final : public Wakeable,
                       public Retired,
                       public ListNode<ExchangeTag>,
                       private server::ClientOwner,
                       private AnswerSink {
 public:
  Exchange(ExchangeOwner& owner, AttemptTools& tools, std::shared_ptr<const Snapshot> snapshot,
           std::unique_ptr<server::ClientStream> client, std::string request_id,
           route::Match match);
  ~Exchange() override;

  // Ends it now, as `why` says (shutdown, an operator's wish).
  void cut(Error why) noexcept;
  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  [[nodiscard]] const observe::ExchangeRecord& record() const noexcept { return record_; }
  // Of the configuration that it began with.
  [[nodiscard]] std::uint64_t generation() const noexcept { return snapshot_->generation; }
  void start() noexcept { tools_.scheduler.wake(*this); }

 private:
  enum class Step : std::uint8_t { Next, Wait, Again };

  void advance() noexcept override;
  [[nodiscard]] Result<Step> run();
  [[nodiscard]] Result<Step> receive();
  [[nodiscard]] Result<Step> route();
  [[nodiscard]] Result<Step> admit();
  [[nodiscard]] Result<Step> attempt();
  [[nodiscard]] Result<Step> relay();
  void finish() noexcept;
  void enter(Stage stage) noexcept;
  void fail(Error error) noexcept;
  // What ends the exchange from outside: the client, a deadline, cut().
  [[nodiscard]] const Error* interruption() noexcept;

  // The request, in exchange_request.cpp.
  [[nodiscard]] Status read_request();
  [[nodiscard]] Status make_canonical();
  [[nodiscard]] Status translate_request(AttemptAsk& ask);
  [[nodiscard]] bool may_estimate() const noexcept;
  [[nodiscard]] Result<Step> estimate_tokens();

  // Relay.
  void begin_answer();
  [[nodiscard]] Result<Step> end_answer();
  [[nodiscard]] Result<Step> answer_failed(Error error);
  [[nodiscard]] bool may_try_again(const Error& error) noexcept;
  void commit();
  void heartbeat();
  void arm() noexcept;
  [[nodiscard]] std::optional<Error> due() noexcept;

  // Finish.
  void send_failure();
  void add_common_headers(http::Headers& headers) const;
  [[nodiscard]] dialect::ErrorReply reply_of_failure() const;
  void complete_record() noexcept;

  void note(const aip_event& event) noexcept;
  [[nodiscard]] std::string& out() { return committed_ ? client_->body_out() : staged_; }
  [[nodiscard]] bool is_chat() const noexcept { return match_.operation == route::Operation::Chat; }
  [[nodiscard]] bool has_encoder() const noexcept { return encoder_ != nullptr; }

  // server::ClientOwner
  void on_client_event() noexcept override { tools_.scheduler.wake(*this); }
  // AnswerSink
  void wake_exchange() noexcept override { tools_.scheduler.wake(*this); }
  aip_status take_events(std::span<const aip_event> events) noexcept override;
  aip_status take_raw(std::span<const aip_span> pieces) noexcept override;
  aip_status take_head(std::int32_t status, std::span<const aip_header> headers) noexcept override;
  [[nodiscard]] bool untouched() const noexcept override { return !committed_ && !has_event_; }
  void provider_answered() noexcept override;
  aip_status judge_unsupported(std::string_view pointer, std::string_view kind) noexcept override;
  aip_status judge_lack(std::string_view client_pointer, std::string_view kind) noexcept;
  void forward_head(const http::ResponseHead& head) noexcept override;
  void forward_body(Bytes bytes) noexcept override;
  void forward_tunnel(const http::ResponseHead& head) noexcept override;
  [[nodiscard]] bool blocked() const noexcept override;
  [[nodiscard]] server::ClientStream& client() noexcept override { return *client_; }

  // Set once.
  ExchangeOwner& owner_;
  AttemptTools& tools_;
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::unique_ptr<server::ClientStream> client_;
  const config::Listener& listener_;
  const route::Match match_;
  const std::uint64_t start_ns_;
  Alarm alarm_;

  // The request.
  std::string body_;
  dialect::ParsedChat chat_;
  std::vector<aip_member> members_;
  std::optional<dialect::Canonical> canonical_;  // made for the first target that needs it
  std::vector<dialect::Member> canonical_names_;
  std::vector<aip_member> canonical_members_;
  const dialect::Canonical* translated_ = nullptr;  // what the present target reads, if not body_
  std::optional<route::ShownCredential> shown_;
  const config::Key* key_ = nullptr;  // nullptr: an open listener
  bool authenticated_ = false;
  route::Plan plan_;

  // The attempts.
  std::unique_ptr<gateway::Attempt> attempt_;
  std::uint32_t attempts_ = 0;
  std::uint64_t not_before_ns_ = 0;  // backing off
  std::uint64_t attempt_ns_ = 0;

  // The answer.
  Stage stage_ = Stage::Receive;
  std::unique_ptr<dialect::AnswerEncoder> encoder_;
  std::string staged_;            // what waits for the head
  http::Headers plugin_headers_;  // of respond()
  std::vector<std::string> dropped_;
  int plugin_status_ = 0;
  bool committed_ = false;  // the head is sent
  bool has_event_ = false;  // the provider said something worth a head
  bool tunnel_ = false;
  bool forwarded_ = false;  // the head was the provider's
  bool estimated_ = false;  // the count of tokens is our own guess
  std::optional<Error> failure_;
  std::optional<plugin::PluginError> provider_error_;
  std::optional<Error> cut_;
  std::uint64_t total_deadline_ns_ = UINT64_MAX;
  std::uint64_t progress_ns_ = 0;  // when content last came; 0: the provider has not answered
  std::uint64_t sent_ns_ = 0;      // when the client last got something
  std::uint32_t idle_ms_ = 0;
  observe::ExchangeRecord record_;
};

}  // namespace aip::gateway
