// request.h - the body of a chat on its way up.
//
// Native (the client speaks OpenAI's chat itself): the bytes that came, but for the model's name,
// the gateway's own members, what the provider's quirks name, and usage asked for where the ledger
// needs it. Translated (another dialect, as canonical chat): OpenAI's form without the additions.
// Tests: tests/unit/openai/request_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include "messages.h"
#include "quirks.h"

namespace aip::openai {

struct Outgoing {
  explicit Outgoing(const aip_request& request) : body(request) {}
  sdk::Splice body;  // borrows from the request
  // Usage was asked for although the client did not: its chunk must not reach the client.
  bool hides_usage = false;
};

[[nodiscard]] Outgoing native_body(const aip_request& request, const Quirks& quirks,
                                   Questions& questions);
[[nodiscard]] Outcome<Outgoing> translated_body(const aip_request& request, const Quirks& quirks,
                                                Questions& questions);
// A client of Responses at a service that speaks it: as plain_body(), and without reasoning that
// this gateway sealed for another provider, which the service would refuse.
[[nodiscard]] Outgoing responses_body(const aip_request& request, const Quirks& quirks,
                                      Questions& questions);
// Embeddings: the model's name, the gateway's own members, and what the quirks drop.
[[nodiscard]] Outgoing plain_body(const aip_request& request, const Quirks& quirks,
                                  Questions& questions);

}  // namespace aip::openai
