// Coze's codes: one row each, and what holds for the others.
#include "plugins/coze/errors.h"

#include <doctest/doctest.h>

namespace aip::coze {
namespace {

sdk::Failure of(const std::string& body, int status = 200) {
  const std::optional<sdk::Failure> failure = failure_of_body(status, body, BodyKind::Json);
  REQUIRE(failure.has_value());
  return *failure;
}

}  // namespace

TEST_CASE("errors: each code has its status and says what it means for the token") {
  struct Row {
    const char* code;
    int status;
    unsigned flags;
  };
  constexpr unsigned kRetry = AIP_ERR_RETRYABLE;
  for (const Row& row : std::initializer_list<Row>{{"4000", 400, 0},
                                                   {"4011", 402, AIP_ERR_QUOTA},
                                                   {"4013", 429, AIP_ERR_RATE | kRetry},
                                                   {"4015", 403, AIP_ERR_PERMISSION},
                                                   {"4016", 409, kRetry},
                                                   {"4028", 402, AIP_ERR_QUOTA},
                                                   {"4100", 401, AIP_ERR_AUTH},
                                                   {"4101", 401, AIP_ERR_AUTH},
                                                   {"4200", 404, 0},
                                                   {"5000", 500, kRetry},
                                                   {"700012006", 401, AIP_ERR_AUTH},
                                                   {"720701013", 503, AIP_ERR_OVERLOADED | kRetry},
                                                   {"4999", 400, 0},
                                                   {"5001", 500, kRetry},
                                                   {"701231", 502, kRetry}}) {
    CAPTURE(row.code);
    const sdk::Failure failure = of(std::string(R"({"code":)") + row.code + R"(,"msg":"m"})");
    CHECK(failure.http_status == row.status);
    CHECK(failure.flags == row.flags);
    CHECK(failure.reason == row.code);
    CHECK(failure.message == "m");
  }
}

TEST_CASE("errors: a known code comes before the status, the status before an unknown code") {
  CHECK(of(R"({"code":4100,"msg":"m"})", 403).http_status == 401);
  CHECK(of(R"({"code":123456,"msg":"m"})", 418).http_status == 418);
}

TEST_CASE("errors: every spelling of code and message is read") {
  CHECK(of(R"({"code":"4013","message":"slow"})").message == "slow");
  CHECK(failure_of_object(json::Value(R"({"last_error":{"code":5000,"msg":"x"}})")).message == "x");
  CHECK(failure_of_object(json::Value(R"({"error_information":{"err_code":4013,"err_msg":"y"}})"))
            .http_status == 429);
  CHECK(failure_of_object(json::Value(R"({"event":"error","code":4000,"message":"z"})")).message ==
        "z");
  CHECK(failure_of_object(json::Value("{}")).http_status == 502);
  CHECK(of(R"({"code":4000,"msg":""})").message == "Coze refused with code 4000.");
}

TEST_CASE("errors: the log id is told, and no token is") {
  CHECK(of(R"({"code":4100,"msg":"bad pat_aB-9_ here","detail":{"logid":"L1"}})").message ==
        "bad pat_... here (logid L1)");
}

TEST_CASE("errors: what is no answer of Coze's") {
  CHECK_FALSE(failure_of_body(200, R"({"code":0,"msg":""})", BodyKind::Json).has_value());
  CHECK(failure_of_body(200, "<html>", BodyKind::Other)->flags == AIP_ERR_BAD_ANSWER);
  CHECK(failure_of_body(200, "", BodyKind::Other)->flags == AIP_ERR_BAD_ANSWER);
  CHECK(failure_of_body(200, "[]", BodyKind::Json)->flags == AIP_ERR_BAD_ANSWER);
  CHECK(failure_of_body(302, "", BodyKind::Other)->flags == AIP_ERR_BAD_ANSWER);
  CHECK(failure_of_body(503, "<html>", BodyKind::Other)->http_status == 503);
  CHECK(failure_of_body(503, R"({"code":0})", BodyKind::Json)->http_status == 503);
}

}  // namespace aip::coze
