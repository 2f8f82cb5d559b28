#include "tests/support/client_bytes.h"

#include "core/plugin/checks.h"

namespace aip::test {
namespace {

using plugin::span_of;

dialect::ErrorReply reply_of(const plugin::PluginError& error) {
  const bool truncated = (error.flags & AIP_ERR_TRUNCATED) != 0;
  dialect::ErrorReply reply = dialect::reply_for(
      {truncated ? ErrorCode::ProviderTruncated : ErrorCode::ProviderError, error.message});
  if (error.http_status != 0) reply.status = error.http_status;
  if (!error.type.empty()) reply.type = error.type;
  if (!error.reason.empty()) reply.code = error.reason;
  reply.message = error.message;
  reply.param = error.param;
  reply.retry_after_ms = error.retry_after_ms;
  return reply;
}

}  // namespace

aip_event to_event(const SeenEvent& seen, std::vector<aip_usage>& usage) {
  aip_event e{};
  e.struct_size = sizeof e;
  e.type = seen.type;
  e.flags = seen.flags;
  e.choice = seen.choice;
  e.block = seen.block;
  e.finish = seen.finish;
  e.number = seen.number;
  e.text = span_of(seen.told);
  e.name = span_of(seen.name);
  e.id = span_of(seen.id);
  e.json = span_of(seen.json);
  for (const auto& [kind, count] : seen.usage) usage.push_back({kind, 0, count});
  e.usage = usage.data();
  e.usage_count = static_cast<std::uint32_t>(usage.size());
  return e;
}

std::string client_bytes(const PluginRun& run, dialect::Kind kind, dialect::AnswerOptions options) {
  const bool stream = options.stream;
  const auto encoder = dialect::make_encoder(kind, std::move(options));
  if (!encoder) return run.raw();
  std::string out;
  if (!run.raw().empty()) encoder->raw(run.raw(), out);
  for (const SeenEvent& seen : run.events()) {
    std::vector<aip_usage> usage;
    encoder->event(to_event(seen, usage), out);
  }
  if (!run.error()) {
    encoder->end(out);
  } else if (!out.empty() && stream) {
    encoder->fail(reply_of(*run.error()), out);
  } else {
    out = dialect::error_body(kind, reply_of(*run.error()));
  }
  return out;
}

}  // namespace aip::test
