// The Coze plugin's translators over any JSON, and its base64 over anything.
//
// The first byte chooses: bits 0-1 what is read, the others a version, a conversation and the
// host's mood.
//   request   the rest is a chat. What comes out is JSON, with the uploads' ids in their places
//   too. answer    the rest is a stream, an event a line: its name, a tab, its data. Tools count up
//   from
//             0; FINISH comes once and last; text that claims to be escaped is the inside of a JSON
//             string, and what claims to be JSON is.
//   base64    the rest is the inside of a JSON string.
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "plugins/coze/base64.h"
#include "plugins/coze/request.h"
#include "plugins/coze/v2.h"
#include "plugins/coze/v3.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/questions.h"

using namespace aip;

namespace {

using Host = test::ListedQuestions;

void translate(unsigned choice, Bytes chat) {
  if (!json::check(chat)) return;
  Host host;
  host.drops = (choice & 4) != 0;
  const coze::Identity who{"71",
                           "u",
                           {},
                           (choice & 8) != 0 ? "8" : "",
                           (choice & 8) != 0 ? "9" : "",
                           (choice & 16) != 0 ? coze::Version::V2 : coze::Version::V3};
  const auto made =
      coze::translate(coze::read_chat(json::Value(chat)), who, coze::Delivery::Stream, host);
  const auto* good = std::get_if<coze::Translated>(&made);
  if (good == nullptr) return;
  AIP_CHECK(json::check(good->body));
  AIP_CHECK(good->uploads.size() <= coze::kUploadsMax);
  const std::vector<std::string> ids(good->uploads.size(), "id\"\\");
  const std::string filled = coze::filled_in(good->body, good->uploads, ids);
  AIP_CHECK(json::check(filled));
  for (const json::Value m : json::Value(filled)["additional_messages"].items()) {
    if (m["content_type"].equals("object_string")) AIP_CHECK(json::check(m["content"].str()));
  }
}

template <class Reader>
void answer(Bytes text) {
  coze::Answer answer(coze::Identity{"71", "u", {}, {}, {}, coze::Version::V3});
  Reader reader(answer);
  std::uint32_t tools = 0;
  bool finished = false;
  const auto take = [&] {
    for (const aip_event& e : answer.events()) {
      AIP_CHECK(!finished);
      if (e.type == AIP_EV_FINISH) finished = true;
      if (e.type == AIP_EV_TOOL_BEGIN) AIP_CHECK(e.block == tools++);
      if (e.type == AIP_EV_TOOL_ARGS) AIP_CHECK(e.block + 1 == tools);
      if ((e.flags & AIP_EVF_ESCAPED) != 0) {
        AIP_CHECK(json::check("\"" + std::string(sdk::text(e.text)) + "\""));
      }
      if (e.json.len != 0) AIP_CHECK(json::check(sdk::text(e.json)));
    }
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));  // dies with its turn, as the host's do
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string_view data = std::string_view(line).substr(std::min(tab + 1, line.size()));
    answer.clear();
    const auto failure = reader.stream_event(
        {std::string_view(line).substr(0, tab), data, static_cast<bool>(json::check(data))});
    take();
    if (failure) return;
  }
  answer.clear();
  const bool failed = reader.end().has_value();
  take();
  AIP_CHECK(failed != finished);
}

void base64(Bytes text) {
  const auto uri = coze::read_data_uri(text);
  if (uri) AIP_CHECK(uri->bytes.size() <= text.size());
  static_cast<void>(coze::decode_base64(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::whole(data, size);
  switch (data[0] & 3) {
    case 0:
      answer<coze::V3Reader>(rest);
      break;
    case 1:
      translate(data[0], rest);
      break;
    case 2:
      answer<coze::V2Reader>(rest);
      break;
    default:
      base64(rest);
  }
  return 0;
}
