// Settings, addresses, and which entry a bot and a user lead to.
#include "plugins/coze/settings.h"

#include <doctest/doctest.h>

#include "plugins/coze/upstream.h"

namespace aip::coze {
namespace {

const Settings kTwo = read_settings(
    R"({"region":"cn","api_chat":{"api_version":"v3","poll_ms":50,"bots":[
      {"bot_id":"1","user":"a"},{"bot_id":"2","user":"b","region":"com"},{"bot_id":"3","user":"b"},{"bot_id":"4"}]}})");

std::string found(std::string_view bot, std::string_view user) {
  const Bot* entry = kTwo.find(bot, user);
  return entry == nullptr ? "none" : entry->credential;
}

}  // namespace

TEST_CASE("settings: what the section says, and what holds where it is silent") {
  CHECK(kTwo.api_version == Version::V3);
  CHECK(kTwo.poll_ms == 50);
  REQUIRE(kTwo.bots.size() == 4);
  CHECK(kTwo.knows_bot("4"));
  CHECK_FALSE(kTwo.knows_bot("5"));
  const Settings empty = read_settings("{}");
  CHECK_FALSE(empty.api_version.has_value());
  CHECK(empty.poll_ms == kPollMs);
  CHECK(empty.region == "com");
}

TEST_CASE("settings: entries have the names that the host gives them") {
  CHECK(kTwo.bots[0].credential == "a");
  CHECK(kTwo.bots[1].credential == "b");
  CHECK(kTwo.bots[2].credential == "b/3");
  CHECK(kTwo.bots[3].credential == "4");
}

TEST_CASE("settings: the entry of a bot and a user, else of the bot, else of the user") {
  CHECK(found("3", "b") == "b/3");
  CHECK(found("2", "b") == "b");
  CHECK(found("1", "b") == "a");
  CHECK(found("", "b") == "b");
  CHECK(found("", "b/3") == "b/3");
  CHECK(found("9", "b") == "none");  // another bot is not meant
  CHECK(found("", "") == "none");
  CHECK(found("", "x") == "none");
}

TEST_CASE("upstream: the host is the configured one, else the bot's region's, else the section's") {
  CHECK(base_of(kTwo, "") == "https://api.coze.cn");
  CHECK(base_of(kTwo, "com") == "https://api.coze.com");
  CHECK(base_of(read_settings("{}"), "") == "https://api.coze.com");
  CHECK(base_of(read_settings(R"({"base_url":"http://fake/"})"), "cn") == "http://fake");
}

TEST_CASE("upstream: a query holds only what cannot end it") {
  std::string url = "http://h/p";
  append_query(url, "a", "73-x_.~");
  append_query(url, "b", "1&c=2 #\xC3\xBC");
  CHECK(url == "http://h/p?a=73-x_.~&b=1%26c%3D2%20%23%C3%BC");
}

TEST_CASE("upstream: a forward's path is the one below /coze/api, or the service's own") {
  CHECK(forward_path("/coze/api/v1/files/upload") == "/v1/files/upload");
  CHECK(forward_path("/coze/api/") == "/");
  CHECK(forward_path("/v3/chat") == "/v3/chat");
  CHECK(forward_path("v3/chat") == "/v3/chat");
  CHECK(forward_path("") == "/");
}

}  // namespace aip::coze
