#include <aiproxy/fields.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sdk = aip::sdk;
namespace json = aip::json;

namespace {

struct Body {
  json::Value model, n;
};
constexpr std::array<sdk::Field<Body>, 2> kKnown{{{"model", &Body::model}, {"n", &Body::n}}};

// "name=value" of each member, and what no field took behind "?".
template <class Source>
std::string walked(const Source& source) {
  std::string out;
  Body body;
  sdk::for_each_member(source, [&](std::string_view name, json::Value value) {
    if (!sdk::set_field(kKnown, name, value, body)) out.append("?").append(name).append(" ");
  });
  return out.append(body.model.raw()).append(" ").append(body.n.raw());
}

}  // namespace

TEST_CASE("fields: members find their fields by their names without escapes") {
  CHECK(walked(json::Value(R"({"n":1,"model":"a","x":2})")) == R"(?x "a" 1)");
  CHECK(walked(json::Value(R"({"m\u006fdel":"a","\u0078":2})")) == R"(?x "a" )");
  CHECK(walked(json::Value("{}")) == " ");
}

TEST_CASE("fields: of members of the same name the last one counts") {
  CHECK(walked(json::Value(R"({"n":1,"n":2})")) == " 2");
}

TEST_CASE("fields: a request without a list of members is walked itself") {
  aip_request request{};
  request.body = sdk::span(R"({"n":1,"x":2})");
  CHECK(walked(request) == "?x  1");
  std::vector<aip_member> members(1);
  members[0].name = sdk::span("n");
  members[0].value = sdk::span("3");
  request.members = members.data();
  request.member_count = members.size();
  CHECK(walked(request) == " 3");
}

TEST_CASE("fields: an escaped member finds its field as well") {
  const std::string text = R"({"m\u006fdel":"a"})";
  Body body;
  for (const json::Value::Member& m : json::Value(text).members()) {
    CHECK(sdk::set_field(kKnown, m, body));
  }
  CHECK(body.model.equals("a"));
}

TEST_CASE("fields: the gateway's own members and the host's are no provider's affair") {
  for (const char* name : {"model", "stream", "stream_options", "provider", "claude", "bing"}) {
    CHECK(sdk::is_hosts_affair(name));
  }
  CHECK_FALSE(sdk::is_hosts_affair("messages"));
  CHECK_FALSE(sdk::is_hosts_affair(""));
}
