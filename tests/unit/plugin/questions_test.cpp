#include <aiproxy/questions.hpp>

#include <doctest/doctest.h>

namespace sdk = aip::sdk;

TEST_CASE("questions: a pointer to a member is RFC 6901, whatever the member's name") {
  CHECK(sdk::pointer_to("seed") == "/seed");
  CHECK(sdk::pointer_to("a/b~c") == "/a~1b~0c");
  CHECK(sdk::pointer_to("~1") == "/~01");
  CHECK(sdk::pointer_to("") == "/");
}

TEST_CASE("questions: a place is a message or one part of it") {
  CHECK(sdk::Place{3}.pointer() == "/messages/3");
  CHECK(sdk::Place{3, 0}.pointer() == "/messages/3/content/0");
}

TEST_CASE("questions: a refusal says what is lacked and where") {
  const sdk::Failure lacks = sdk::unsupported("/n", "Acme gives one answer.");
  CHECK(lacks.code == AIP_E_UNSUPPORTED);
  CHECK(lacks.flags == AIP_ERR_UNSUPPORTED);
  CHECK(lacks.param == "/n");
  CHECK(lacks.message == "Acme gives one answer.");
  const sdk::Failure wrong = sdk::invalid("/n", "n must be a number.");
  CHECK(wrong.code == AIP_E_INVALID);
  CHECK(wrong.flags == 0);
  CHECK(wrong.param == "/n");
}
