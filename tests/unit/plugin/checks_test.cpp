#include "core/plugin/checks.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/limits.h"
#include "tests/unit/plugin/provider_fixture.h"

using aip::valid_utf8;
using aip::plugin::fault_of;
using aip::plugin::valid_json_inside;
using aip::test::plain_call;
using aip::test::text_event;

TEST_CASE("checks: UTF-8 is judged as RFC 3629 says") {
  CHECK(valid_utf8(""));
  CHECK(valid_utf8("plain text that is longer than a word"));
  CHECK(valid_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBF"));
  CHECK(valid_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
  for (const std::string bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98", "\xC3"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_utf8(bad));
    CHECK_FALSE(valid_utf8("12345678" + bad));
  }
}

TEST_CASE("checks: the inside of a JSON string keeps its escapes whole") {
  for (const std::string good :
       {"", "abc", "\\n", "\\\\", "\\\"", "\\u00e9", "\\ud83d", "\xC3\xA9", "a\\/b"}) {
    CAPTURE(good);
    CHECK(valid_json_inside(good));
  }
  for (const std::string bad :
       {"\"", "\n", "\\", "\\x", "\\u12", "\\u12g4", "a\\\\\\", "\xFF", "\t", "a\"b"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_json_inside(bad));
  }
  CHECK_FALSE(valid_json_inside(std::string("\\\0", 2)));
}

TEST_CASE("checks: an event's numbers are bounded: at the limit and one above") {
  aip_event e = text_event("hello");
  CHECK(fault_of(e) == nullptr);
  e.choice = aip::limits::kPluginChoicesMax - 1;
  e.block = aip::limits::kPluginBlocksMax - 1;
  CHECK(fault_of(e) == nullptr);
  e.choice = aip::limits::kPluginChoicesMax;
  CHECK(fault_of(e) != nullptr);
  e = text_event("hello");
  e.block = aip::limits::kPluginBlocksMax;
  CHECK(fault_of(e) != nullptr);
}

TEST_CASE("checks: an event that does not fit its type is refused") {
  aip_event e = text_event("a\"b");
  e.flags = AIP_EVF_ESCAPED;
  CHECK(fault_of(e) != nullptr);
  e = text_event("\xFF");
  CHECK(fault_of(e) != nullptr);
  e = text_event("x");
  e.struct_size -= 1;
  CHECK(fault_of(e) != nullptr);
  e = text_event("x");
  e.text.ptr = nullptr;
  CHECK(fault_of(e) != nullptr);
  e = text_event("");
  e.type = AIP_EV_FINISH;
  CHECK(fault_of(e) != nullptr);
  e.finish = AIP_FINISH_PAUSE;
  CHECK(fault_of(e) == nullptr);
  e.finish = AIP_FINISH_PAUSE + 1;
  CHECK(fault_of(e) != nullptr);
  e = text_event("");
  e.type = AIP_EV_USAGE;
  e.usage_count = 1;
  CHECK(fault_of(e) != nullptr);
  e = text_event("");
  e.type = AIP_EV_CITATION;
  e.json = aip::plugin::span_of("{");
  CHECK(fault_of(e) != nullptr);
  e.json = aip::plugin::span_of("{}");
  CHECK(fault_of(e) == nullptr);
}

TEST_CASE("checks: a call needs a method, a url and known numbers") {
  CHECK(fault_of(plain_call()) == nullptr);
  aip_call c = plain_call();
  c.method = {};
  CHECK(fault_of(c) != nullptr);
  c = plain_call();
  c.kind = 9;
  CHECK(fault_of(c) != nullptr);
  c = plain_call();
  c.decode = 0;
  CHECK(fault_of(c) != nullptr);
  c.kind = AIP_CALL_FORWARD;
  CHECK(fault_of(c) == nullptr);
  c = plain_call();
  c.body_count = 1;
  CHECK(fault_of(c) != nullptr);
  c = plain_call();
  c.header_count = 1;
  CHECK(fault_of(c) != nullptr);
  c = plain_call();
  c.struct_size = 8;
  CHECK(fault_of(c) != nullptr);
}

TEST_CASE("checks: an error of a strange shape becomes a panic, not a read out of bounds") {
  aip_error e{};
  e.struct_size = 4;
  CHECK(aip::plugin::copy_error(e).code == AIP_E_PANIC);
  e.struct_size = sizeof e;
  e.code = 0;
  e.http_status = 200;
  CHECK(aip::plugin::copy_error(e).code == AIP_E_UPSTREAM);
  CHECK(aip::plugin::copy_error(e).http_status == 0);
}

TEST_CASE(
    "checks: a WebSocket is cut into messages or records, has no body and is never detached") {
  aip_call call = plain_call();
  call.kind = AIP_CALL_WS;
  for (std::uint16_t decode = 0; decode <= AIP_DECODE_MESSAGE + 1; ++decode) {
    call.decode = decode;
    const bool good = decode == AIP_DECODE_DELIMITER || decode == AIP_DECODE_MESSAGE;
    CHECK((fault_of(call) == nullptr) == good);
  }
  call.decode = AIP_DECODE_MESSAGE;
  call.flags = AIP_CALLF_DETACHED;
  CHECK(fault_of(call) != nullptr);
  call.flags = 0;
  const aip_span body = aip::plugin::span_of("x");
  call.body = &body;
  call.body_count = 1;
  CHECK(fault_of(call) != nullptr);
  call = plain_call();
  call.decode = AIP_DECODE_MESSAGE;  // of an ordinary call
  CHECK(fault_of(call) != nullptr);
}
