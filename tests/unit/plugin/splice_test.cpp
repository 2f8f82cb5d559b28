#include <aiproxy/splice.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using aip::sdk::Splice;

TEST_CASE("splice: a body that is not changed keeps every byte") {
  for (const std::string body :
       {"{}", "{ }", R"({"a":1})", "{ \"a\" : 1 ,\n \"b\" : [1, {\"c\":\"}\"}] }\n"}) {
    CHECK(Splice(body).str() == (body == "{ }" ? "{}" : body));
  }
}

TEST_CASE("splice: one member gets a new value in its place") {
  const std::string body = R"({ "model": "a", "n" : 2, "x":[1]})";
  CHECK(Splice(body).set_string("model", "b\"c").str() == R"({"model":"b\"c","n" : 2, "x":[1]})");
  CHECK(Splice(body).set("n", "3").str() == R"({ "model": "a","n":3,"x":[1]})");
  CHECK(Splice("{\"a\":1 }\n").set("b", "2").str() == R"({"a":1,"b":2})");
  CHECK(Splice("{\"a\":1, \"b\":2 }\n").set("a", "3").str() == "{\"a\":3,\"b\":2 }\n");
  CHECK(Splice(body).set("x", "null").str() == R"({ "model": "a", "n" : 2,"x":null})");
}

TEST_CASE("splice: an absent member is added at the end, also to an empty body") {
  CHECK(Splice(R"({"a":1})").set("b", "2").str() == R"({"a":1,"b":2})");
  CHECK(Splice("{}").set("b", "2").str() == R"({"b":2})");
  CHECK(Splice("{}").set("b", "2").set("b", "3").str() == R"({"b":3})");
}

TEST_CASE("splice: members are dropped at the front, in the middle, at the end, and all") {
  const std::string body = R"({"a":1, "b":2, "c":3})";
  CHECK(Splice(body).drop("a").str() == R"({"b":2, "c":3})");
  CHECK(Splice(body).drop("b").str() == R"({"a":1,"c":3})");
  CHECK(Splice(body).drop("c").str() == R"({"a":1, "b":2})");
  CHECK(Splice(body).drop("a").drop("b").drop("c").str() == "{}");
  CHECK(Splice(body).drop("none").str() == body);
  CHECK_FALSE(Splice(body).drop("a").has("a"));
}

TEST_CASE("splice: every combination of keep, drop and replace of four members is valid") {
  const std::string body = R"({"m0":0, "m1":1 ,"m2":2,  "m3":3})";
  for (int code = 0; code < 81; ++code) {
    Splice splice(body);
    std::vector<std::pair<std::string, std::string>> expected;
    int rest = code;
    for (int i = 0; i < 4; ++i, rest /= 3) {
      const std::string name = "m" + std::to_string(i);
      if (rest % 3 == 1) {
        splice.drop(name);
        continue;
      }
      if (rest % 3 == 2) splice.set(name, "9");
      expected.emplace_back(name, rest % 3 == 2 ? "9" : std::to_string(i));
    }
    const std::string out = splice.str();
    std::vector<std::pair<std::string, std::string>> seen;
    for (const auto& m : aip::json::Value(out).members()) {
      seen.emplace_back(m.key(), m.value().raw());
    }
    CAPTURE(out);
    CHECK(seen == expected);
  }
}

TEST_CASE("splice: the gateway's own members go, a nested one of that name stays") {
  CHECK(Splice(R"({"provider":"x","model":"m","bing":{},"metadata":{"provider":1}})")
            .drop_own()
            .str() == R"({"model":"m","metadata":{"provider":1}})");
}

TEST_CASE("splice: an escaped name is the same name") {
  CHECK(Splice(R"({"\u006dodel":"a"})").set("model", "1").str() == R"({"model":1})");
}
