#include "core/gateway/reply.h"

#include <doctest/doctest.h>

using aip::Error;
using aip::ErrorCode;
using aip::dialect::error_body;
using aip::dialect::Kind;

namespace reply_test {
namespace {

aip::dialect::ErrorReply told(std::uint16_t status, std::string type) {
  const Error error{ErrorCode::ProviderError, {}};
  aip::plugin::PluginError words;
  words.http_status = status;
  words.type = std::move(type);
  aip::dialect::ErrorReply reply = aip::dialect::reply_for(error);
  aip::gateway::apply_provider_error(words, error, reply);
  return reply;
}

TEST_CASE("reply: a status without a type has the type of that status, in each dialect's words") {
  const auto reply = told(429, {});
  CHECK(reply.status == 429);
  CHECK(error_body(Kind::OpenAiChat, reply).find(R"("type":"rate_limit_error")") !=
        std::string::npos);
  CHECK(error_body(Kind::Anthropic, reply).find(R"("type":"rate_limit_error")") !=
        std::string::npos);
  CHECK(error_body(Kind::Gemini, reply).find("RESOURCE_EXHAUSTED") != std::string::npos);
}

TEST_CASE("reply: the provider's own type stays, and without a status so does ours") {
  CHECK(told(429, "tokens").type == "tokens");
  CHECK(told(0, {}).type == aip::dialect::reply_for(Error{ErrorCode::ProviderError, {}}).type);
}

}  // namespace
}  // namespace reply_test
