#include "core/http/llhttp_driver.h"

#include "core/http/grammar.h"
#include "core/http/parser.h"

namespace aip::http {

LlhttpDriver::LlhttpDriver(llhttp_type_t type) {
  llhttp_init(&parser_, type, &settings());
  parser_.data = this;
}

const llhttp_settings_t& LlhttpDriver::settings() {
  static const llhttp_settings_t table = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_url = [](llhttp_t* p, const char* at, std::size_t n) {
      self(p).url_.append(at, n);
      return 0;
    };
    s.on_header_field = [](llhttp_t* p, const char* at, std::size_t n) {
      LlhttpDriver& me = self(p);
      // llhttp has no callback for trailers; this flag is the only mark (RELIABILITY R7).
      if ((p->flags & F_TRAILING) != 0) return 0;
      if (me.in_value_) me.end_field();
      me.name_.append(at, n);
      return 0;
    };
    s.on_header_value = [](llhttp_t* p, const char* at, std::size_t n) {
      LlhttpDriver& me = self(p);
      if ((p->flags & F_TRAILING) != 0) return 0;
      me.in_value_ = true;
      me.value_.append(at, n);
      return 0;
    };
    s.on_headers_complete = [](llhttp_t* p) {
      LlhttpDriver& me = self(p);
      if (!me.name_.empty()) me.end_field();
      me.head_done_ = true;
      // What an Upgrade means is decided above; llhttp would stop reading the body.
      p->upgrade = 0;
      return me.skip_body_ ? 1 : 0;
    };
    s.on_body = [](llhttp_t* p, const char*, std::size_t n) {
      self(p).body_bytes_ += n;
      return 0;
    };
    s.on_message_complete = [](llhttp_t* p) {
      self(p).complete_ = true;
      return 0;
    };
    return s;
  }();
  return table;
}

void LlhttpDriver::end_field() {
  headers_->add(name_, trim_blanks(value_));
  name_.clear();
  value_.clear();
  in_value_ = false;
}

bool LlhttpDriver::head(Bytes text, Headers& headers, bool skip_body) {
  headers_ = &headers;
  skip_body_ = skip_body;
  const bool taken = llhttp_execute(&parser_, text.data(), text.size()) == HPE_OK;
  headers_ = nullptr;
  return taken && head_done_;
}

bool LlhttpDriver::body(Bytes framed, std::size_t data_bytes) {
  if (framed.empty() || complete_) return framed.empty() && data_bytes == 0;
  body_bytes_ = 0;
  return llhttp_execute(&parser_, framed.data(), framed.size()) == HPE_OK &&
         body_bytes_ == data_bytes;
}

void LlhttpDriver::reset() {
  llhttp_reset(&parser_);
  url_.clear();
  name_.clear();
  value_.clear();
  in_value_ = head_done_ = complete_ = false;
}

// The header's default is the loose parser, and no call tells which one was compiled. Only the
// strict one refuses a CR that is not followed by LF at the end of a head.
Status self_test() {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  constexpr std::string_view kOnlyLooseTakes = "GET / HTTP/1.1\r\nHost: a\r\n\rZ";
  if (llhttp_execute(&parser, kOnlyLooseTakes.data(), kOnlyLooseTakes.size()) != HPE_STRICT) {
    return Error{ErrorCode::GatewayInternal,
                 "llhttp was built loose; build it with LLHTTP_STRICT_MODE=1"};
  }
  return {};
}

}  // namespace aip::http
