#include <aiproxy/failures.hpp>

#include <doctest/doctest.h>

namespace sdk = aip::sdk;

TEST_CASE("failures: what stands behind a key's prefix is blotted out, as often as it comes") {
  CHECK(sdk::without_keys("key sk-a1_B-2 is wrong, sk-x too", {"sk-"}) ==
        "key sk-... is wrong, sk-... too");
  CHECK(sdk::without_keys("sk-1 and pat_2", {"sk-", "pat_"}) == "sk-... and pat_...");
  CHECK(sdk::without_keys("ends with sk-", {"sk-"}) == "ends with sk-...");
  CHECK(sdk::without_keys("no key", {"sk-"}) == "no key");
  CHECK(sdk::without_keys("", {"sk-"}).empty());
}

TEST_CASE("failures: a key ends at the first character that keys do not hold") {
  CHECK(sdk::without_keys("ya29.a.b c", {"ya29."}) == "ya29.....b c");
  CHECK(sdk::without_keys("ya29.a.b c", {"ya29."}, ".") == "ya29.... c");
}

TEST_CASE("failures: a broken connection keeps the host's code, and names the peer") {
  CHECK(sdk::failure_of_call(AIP_E_TIMEOUT).code == AIP_E_TIMEOUT);
  CHECK(sdk::failure_of_call(0).code == AIP_E_UPSTREAM);
  CHECK(sdk::failure_of_call(0).message == "The connection to the provider failed.");
  CHECK(sdk::failure_of_call(0, "Acme").message == "The connection to Acme failed.");
  CHECK(sdk::failure_of_call(0).flags == AIP_ERR_RETRYABLE);
}

TEST_CASE("failures: only an answer that stopped in the middle asks for another attempt") {
  CHECK(sdk::truncated("x").flags == (AIP_ERR_TRUNCATED | AIP_ERR_RETRYABLE));
  CHECK(sdk::bad_answer("x").flags == AIP_ERR_BAD_ANSWER);
}

TEST_CASE("failures: a status tells whose fault a refusal is") {
  CHECK(sdk::code_of_status(400) == AIP_E_INVALID);
  CHECK(sdk::code_of_status(401) == AIP_E_AUTH);
  CHECK(sdk::code_of_status(402) == AIP_E_UPSTREAM);
  CHECK(sdk::code_of_status(403) == AIP_E_AUTH);
  CHECK(sdk::code_of_status(408) == AIP_E_TIMEOUT);
  CHECK(sdk::code_of_status(429) == AIP_E_UPSTREAM);
  CHECK(sdk::code_of_status(499) == AIP_E_INVALID);
  CHECK(sdk::code_of_status(500) == AIP_E_UPSTREAM);
  CHECK(sdk::code_of_status(504) == AIP_E_TIMEOUT);
}
