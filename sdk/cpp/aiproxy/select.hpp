// select.hpp - which credential a request names by the block of its provider.
//
//     {"openai": {"index": "10001"}}          the id of a configured key, as a string or a number
//
// A provider's select() in a line:
//
//     return select_key("openai", request, out);
//
// Tests: tests/unit/plugin/select_test.cpp
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>
#include <aiproxy/text.hpp>

#include <cstddef>
#include <string_view>

namespace aip::sdk {

// A credential of the kind "api_key": the named one, else any. `out` borrows from the request.
inline aip_status select_key(std::string_view block, const aip_request& request,
                             aip_selection& out) noexcept {
  out.kind = span("api_key");
  for (std::size_t i = 0; i < request.member_count; ++i) {
    if (text(request.members[i].name) != block) continue;
    const json::Value index = json::Value(text(request.members[i].value))["index"];
    const std::string_view id = index.is_number() ? index.raw() : index.escaped();
    if (id.empty()) continue;
    out.how = AIP_SELECT_NAMED;
    out.id = span(id);
  }
  return AIP_OK;
}

}  // namespace aip::sdk
