// request_head.h - the head of an outbound request, written by us alone.
//
// Whoever asks for a call names the end-to-end fields. Host, framing, Connection and what else
// belongs to this one connection is written here, and fields of those names are left out, so
// nothing that a client or a plugin sends can change where a message ends (RFC 9112 6).
// Answers are asked for without a content coding: they are cut into events as they arrive.
// Tests: tests/unit/upstream/request_head_test.cpp
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/http/url.h"
#include "core/upstream/call.h"

namespace aip::upstream {

// How the request's body is delimited.
[[nodiscard]] http::Framing request_framing(const CallSpec& spec) noexcept;

// Errors: GatewayPlugin, when a name, a value or the method could not stand in a head.
[[nodiscard]] Result<std::string> request_head(const CallSpec& spec, const http::Url& url);

}  // namespace aip::upstream
