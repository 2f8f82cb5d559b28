#include <aiproxy/select.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sdk = aip::sdk;

namespace {

// "ANY" or the id that these members of a request name for the block "acme".
std::string selected(const std::vector<std::pair<std::string, std::string>>& members) {
  std::vector<aip_member> raw;
  for (const auto& [name, value] : members) {
    raw.push_back({});
    raw.back().name = sdk::span(name);
    raw.back().value = sdk::span(value);
  }
  aip_request request{};
  request.members = raw.data();
  request.member_count = raw.size();
  aip_selection out{};
  REQUIRE(sdk::select_key("acme", request, out) == AIP_OK);
  CHECK(sdk::text(out.kind) == "api_key");
  return out.how == AIP_SELECT_NAMED ? std::string(sdk::text(out.id)) : "ANY";
}

}  // namespace

TEST_CASE("select: a block's index names the key, as a string or as a number") {
  CHECK(selected({{"acme", R"({"index":"10001"})"}}) == "10001");
  CHECK(selected({{"model", R"("m")"}, {"acme", R"({"index":7})"}}) == "7");
}

TEST_CASE("select: without an index of its own block a request gets any key") {
  CHECK(selected({}) == "ANY");
  CHECK(selected({{"other", R"({"index":"10001"})"}}) == "ANY");
  CHECK(selected({{"acme", "{}"}}) == "ANY");
  CHECK(selected({{"acme", R"({"index":""})"}}) == "ANY");
  CHECK(selected({{"acme", R"({"index":null})"}}) == "ANY");
  CHECK(selected({{"acme", "null"}}) == "ANY");
}
