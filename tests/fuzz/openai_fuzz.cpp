// The readers of the openai plugin: any bytes as a stream, cut anywhere, must come to the same
// events, keep to the order of docs/canonical-chat.md, and render to chunks that are JSON. The same
// bytes as a request: what the dialect lets through goes up as JSON, native or translated.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "core/http/decoders.h"
#include "plugins/openai/answer.h"
#include "plugins/openai/request.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/questions.h"

using namespace aip;

namespace {

// Copies of what was told, and the encoders that it went through.
class Told {
 public:
  Told() {
    dialect::AnswerOptions options;
    options.id = "id";
    options.model = "m";
    options.include_usage = true;
    whole_ = dialect::make_encoder(dialect::Kind::OpenAiChat, options);
    options.stream = true;
    stream_ = dialect::make_encoder(dialect::Kind::OpenAiChat, options);
  }
  void take(const std::vector<aip_event>& events) {
    for (const aip_event& e : events) {
      check_order(e);
      stream_->event(e, chunks);
      whole_->event(e, object);
      log += std::to_string(e.type) + "/" + std::to_string(e.choice) + "/" +
             std::to_string(e.block) + "/" + std::string(sdk::text(e.text)) +
             std::string(sdk::text(e.id)) + std::string(sdk::text(e.name)) +
             std::string(sdk::text(e.json)) + ";";
    }
  }
  void end() {
    for (const auto& [tool, ended] : tools_) AIP_CHECK(ended);
    stream_->end(chunks);
    whole_->end(object);
    AIP_CHECK(json::check(object).ok());
  }

  std::string log, chunks, object;

 private:
  void check_order(const aip_event& e) {
    const std::pair<std::uint32_t, std::uint32_t> tool{e.choice, e.block};
    if (e.type == AIP_EV_START || e.type == AIP_EV_USAGE) return;
    AIP_CHECK(finished_.count(e.choice) == 0);
    if (e.type == AIP_EV_TOOL_BEGIN) AIP_CHECK(tools_.emplace(tool, false).second);
    if (e.type == AIP_EV_TOOL_ARGS) AIP_CHECK(tools_.count(tool) == 1 && !tools_[tool]);
    if (e.type == AIP_EV_BLOCK_END) {
      AIP_CHECK(tools_.count(tool) == 1 && !tools_[tool]);
      tools_[tool] = true;
    }
    if (e.type == AIP_EV_FINISH) finished_.insert(e.choice);
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> tools_;
  std::set<std::uint32_t> finished_;
  std::unique_ptr<dialect::AnswerEncoder> stream_, whole_;
};

std::string read(openai::AnswerReader& reader, const test::Pieces& pieces, Told& told) {
  const auto decoder = http::make_sse_decoder(limits::kEventBytesMax);
  const auto note = [&](const http::Event& event) -> bool {
    const test::Fenced data(event.data);
    if (!json::check(data.view())) return true;
    if (reader.chunk(json::Value(data.view()))) return false;
    told.take(reader.events());
    return true;
  };
  for (const Bytes piece : pieces) {
    Bytes input = piece;
    while (true) {
      const Result<std::optional<http::Event>> next = decoder->next(input);
      if (!next) return told.log + "too large";
      if (!*next) break;
      if (!note(**next)) return told.log + "failed";
    }
  }
  if (const std::optional<http::Event> open = decoder->finish()) {
    if (!note(*open)) return told.log + "failed";
  }
  if (!reader.complete()) return told.log + "incomplete";
  reader.end();
  told.take(reader.events());
  told.end();
  return told.log + "complete";
}

void check_chunks(Bytes chunks) {
  while (!chunks.empty()) {
    const std::size_t end = chunks.find("\n\n");
    AIP_CHECK(end != Bytes::npos && chunks.substr(0, 6) == "data: ");
    const Bytes data = chunks.substr(6, end - 6);
    AIP_CHECK(data == "[DONE]" || json::check(data).ok());
    chunks.remove_prefix(end + 2);
  }
}

void check_request(Bytes body) {
  if (!dialect::parse_chat(dialect::Kind::OpenAiChat, body)) return;
  aip_request request{};
  request.body = sdk::span(body);
  request.model = sdk::span("model");
  request.flags = AIP_REQ_STREAM | AIP_REQ_NEED_USAGE;
  openai::Quirks quirks = openai::usual_quirks("o3");
  quirks.system_role = "developer";
  quirks.drop = {"seed"};
  test::ListedQuestions yes;
  yes.drops = true;
  AIP_CHECK(json::check(openai::native_body(request, quirks, yes).body.str()).ok());
  const auto made = openai::translated_body(request, quirks, yes);
  const auto* out = std::get_if<openai::Outgoing>(&made);
  // What is written anew may be one level deeper than what came.
  if (out != nullptr) AIP_CHECK(json::check(out->body.str(), limits::kJsonDepthMax + 2).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Told one, many, watched;
  const std::string whole = read(*openai::make_reader("seed"), {fuzz::whole(data, size)}, one);
  const std::string cut = read(*openai::make_reader("seed"), fuzz::cut_as_told(data, size), many);
  AIP_CHECK(whole == cut);
  check_chunks(one.chunks);
  AIP_CHECK(one.chunks == many.chunks);
  static_cast<void>(read(*openai::make_watcher(), {fuzz::whole(data, size)}, watched));

  const Bytes body = fuzz::whole(data, size);
  check_request(body);
  if (json::check(body)) {
    const auto reader = openai::make_reader("seed");
    Told answer;
    if (!reader->whole(json::Value(body))) {
      answer.take(reader->events());
      answer.end();
    }
  }
  return 0;
}
