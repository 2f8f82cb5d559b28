// Version 2's answers, event by event.
#include "plugins/coze/v2.h"

#include <algorithm>

#include "tests/unit/coze/support.h"

namespace aip::coze_test {
namespace {

Named piece(const char* type, const char* content, int index, bool is_finish) {
  return {"", std::string(R"({"event":"message","message":{"role":"assistant","type":")") + type +
                  R"(","content":")" + content + R"("},"is_finish":)" +
                  (is_finish ? "true" : "false") + R"(,"index":)" + std::to_string(index) +
                  R"(,"conversation_id":"8"})"};
}
const Named kEndOfV2{"", R"({"event":"done"})"};

Told read_v2(std::vector<Named> events) {
  return read<coze::V2Reader>(events);
}

}  // namespace

TEST_CASE("v2: pieces of an answer, and its end") {
  const Told told =
      read_v2({piece("answer", "Hel", 0, false), piece("answer", "lo", 0, true), kEndOfV2});
  CHECK_FALSE(told.failure.has_value());
  CHECK(told.lines == Texts{"START ", "TEXT Hel", "TEXT lo", "FINISH 1"});
  CHECK(told.blocks == Texts{R"({"type":"api","bot_id":"7317","conversation_id":"8","user":"u"})",
                             R"({"type":"api","bot_id":"7317","conversation_id":"8","user":"u"})"});
}

TEST_CASE("v2: a second answer stands behind an empty line; the bot's own business is a ping") {
  const Told told = read_v2({piece("knowledge", "k", 9, true), piece("answer", "One", 0, true),
                             piece("function_call", "f", 8, true), piece("verbose", "v", 7, true),
                             piece("answer", "Two", 1, true), kEndOfV2});
  CHECK(told.lines == Texts{"START ", "TEXT One", "TEXT \n\n", "TEXT Two", "FINISH 1"});
  CHECK(told.pings == 3);
}

TEST_CASE("v2: a follow-up may come in pieces") {
  const Told told =
      read_v2({piece("answer", "A", 0, true), piece("follow_up", "An", 1, false),
               piece("follow_up", "d?", 1, true), piece("follow_up", "Or?", 2, true), kEndOfV2});
  REQUIRE(told.blocks.size() == 2);
  CHECK(told.blocks[1].find(R"("follow_ups":["And?","Or?"])") != std::string::npos);
}

TEST_CASE("v2: a follow-up may be so long and no longer, in one piece or in many") {
  const auto told_of = [](std::size_t bytes, std::size_t piece_bytes) {
    std::vector<Named> events{piece("answer", "A", 0, true)};
    for (std::size_t at = 0; at < bytes; at += piece_bytes) {
      const std::string part(std::min(piece_bytes, bytes - at), 'x');
      events.push_back(piece("follow_up", part.c_str(), 1, at + piece_bytes >= bytes));
    }
    events.push_back(kEndOfV2);
    return read_v2(events).blocks.back().find("follow_ups") != std::string::npos;
  };
  for (const std::size_t piece_bytes : {std::size_t{1000}, std::size_t{100'000}}) {
    CHECK(told_of(coze::kFollowUpBytesMax - 1, piece_bytes));
    CHECK(told_of(coze::kFollowUpBytesMax, piece_bytes));
    CHECK_FALSE(told_of(coze::kFollowUpBytesMax + 1, piece_bytes));
    CHECK_FALSE(told_of(10 * coze::kFollowUpBytesMax, piece_bytes));
  }
}

TEST_CASE("v2: so many follow-ups are put together at a time and no more") {
  const auto told_of = [](int count) {
    std::vector<Named> events{piece("answer", "A", 0, true)};
    for (int i = 1; i <= count; ++i) events.push_back(piece("follow_up", "q", i, false));
    events.push_back(piece("follow_up", "last", count, true));
    events.push_back(kEndOfV2);
    return read_v2(events).blocks.back().find("qlast") != std::string::npos;
  };
  constexpr int kMax = static_cast<int>(coze::kFollowUpsMax);
  CHECK(told_of(kMax - 1));
  CHECK(told_of(kMax));
  CHECK_FALSE(told_of(kMax + 1));
}

TEST_CASE("v2: errors in both spellings, and an end that came too soon") {
  CHECK(read_v2({{"", R"({"event":"error","error_information":{"err_code":4013,"err_msg":"m"}})"}})
            .failure->http_status == 429);
  CHECK(read_v2({{"", R"({"event":"error","code":4000,"message":"m"})"}}).failure->http_status ==
        400);
  CHECK(read_v2({piece("answer", "A", 0, true)}).failure->flags ==
        (AIP_ERR_TRUNCATED | AIP_ERR_RETRYABLE));
  CHECK(read_v2({}).failure.has_value());
  CHECK(read_v2({{"", R"({"broken)"}}).failure->flags == AIP_ERR_BAD_ANSWER);
  CHECK_FALSE(
      read_v2({piece("answer", "A", 0, true), kEndOfV2, {"", "[DONE]"}}).failure.has_value());
}

TEST_CASE("v2: unknown events and strange types are no end") {
  const Told told = read_v2({{"", R"({"event":"ping"})"},
                             {"", R"({"event":7})"},
                             {"", "[]"},
                             {"", "3"},
                             {"", R"({"event":"message"})"},
                             piece("answer", "A", 0, true),
                             kEndOfV2});
  CHECK_FALSE(told.failure.has_value());
  CHECK(told.lines.back() == "FINISH 1");
}

}  // namespace aip::coze_test
