#include "core/http/witness.h"

#include <llhttp.h>

#include "core/http/parser.h"

static_assert(LLHTTP_STRICT_MODE == 1, "the loose parser is never built in");

namespace aip::http {

struct Witness::Llhttp {
  llhttp_t parser{};
  llhttp_type_t type = HTTP_REQUEST;
  bool skip_body = false;  // the guard knows that no body follows this head
  bool head_complete = false;
  bool message_complete = false;
  bool chunked = false;
  bool has_length = false;
  std::uint64_t length = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t chunk_bytes = 0;

  int on_head() noexcept;
  bool execute(Bytes bytes) noexcept {
    return llhttp_execute(&parser, bytes.data(), bytes.size()) == HPE_OK;
  }
};

namespace {

template <class Seen>
Seen& seen(llhttp_t* parser) noexcept {
  return *static_cast<Seen*>(parser->data);
}

}  // namespace

// R8: the parser would stop at an Upgrade; whether there is one is decided above it.
int Witness::Llhttp::on_head() noexcept {
  parser.upgrade = 0;
  head_complete = true;
  chunked = (parser.flags & F_CHUNKED) != 0;
  has_length = (parser.flags & F_CONTENT_LENGTH) != 0;
  length = parser.content_length;
  return skip_body ? 1 : 0;
}

Witness::Witness(Sender sender) : llhttp_(std::make_unique<Llhttp>()) {
  llhttp_->type = sender == Sender::Client ? HTTP_REQUEST : HTTP_RESPONSE;
  reset();
}
Witness::~Witness() = default;

void Witness::reset() noexcept {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_headers_complete = [](llhttp_t* p) noexcept { return seen<Llhttp>(p).on_head(); };
    settings.on_body = [](llhttp_t* p, const char*, std::size_t n) noexcept {
      seen<Llhttp>(p).body_bytes += n;
      return 0;
    };
    settings.on_chunk_header = [](llhttp_t* p) noexcept {
      seen<Llhttp>(p).chunk_bytes = p->content_length;
      return 0;
    };
    settings.on_message_complete = [](llhttp_t* p) noexcept {
      seen<Llhttp>(p).message_complete = true;
      return 0;
    };
    return settings;
  }();
  const llhttp_type_t type = llhttp_->type;
  *llhttp_ = Llhttp{};
  llhttp_->type = type;
  llhttp_init(&llhttp_->parser, type, &kSettings);
  llhttp_->parser.data = llhttp_.get();
}

bool Witness::head(Bytes raw, Framing framing, std::uint64_t length) noexcept {
  Llhttp& second = *llhttp_;
  second.skip_body = second.type == HTTP_RESPONSE && framing == Framing::None;
  if (!second.execute(raw) || !second.head_complete || second.body_bytes != 0) return false;
  if (second.skip_body) return second.message_complete;
  switch (framing) {
    case Framing::None:
      return !second.chunked && !second.has_length && second.message_complete;
    case Framing::Length:
      return !second.chunked && second.has_length && second.length == length &&
             second.message_complete == (length == 0);
    case Framing::Chunked:
      return second.chunked && !second.has_length && !second.message_complete;
    case Framing::UntilClose:
      return !second.chunked && !second.has_length && !second.message_complete;
  }
  return false;
}

bool Witness::body(Bytes bytes) noexcept {
  const std::uint64_t before = llhttp_->body_bytes;
  return llhttp_->execute(bytes) && llhttp_->body_bytes - before == bytes.size();
}

bool Witness::chunk_line(Bytes line, std::uint64_t size) noexcept {
  llhttp_->chunk_bytes = ~size;
  return llhttp_->execute(line) && llhttp_->chunk_bytes == size;
}

bool Witness::line_end() noexcept {
  return llhttp_->execute("\r\n");
}

bool Witness::complete() const noexcept {
  return llhttp_->message_complete;
}

bool Witness::finish() noexcept {
  return llhttp_finish(&llhttp_->parser) == HPE_OK;
}

Status self_test() {
  // The loose parser takes CR and any byte for the end of a head; RELIABILITY.md 2a measured it.
  constexpr Bytes kOnlyLoose = "GET / HTTP/1.1\r\nHost: a\r\n\rZ";
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  if (llhttp_execute(&parser, kOnlyLoose.data(), kOnlyLoose.size()) != HPE_STRICT) {
    return Error{ErrorCode::GatewayInternal, "llhttp was built as its loose parser"};
  }
  return {};
}

}  // namespace aip::http
