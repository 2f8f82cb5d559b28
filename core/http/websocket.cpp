#include "core/http/websocket.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "core/base/utf8.h"

// wslay has a layer above its frames that joins messages as well. It is not used: it delivers from
// callbacks, allocates what a frame announces, and in 1.1.1 judges the reason of a Close by how its
// bytes were cut.
namespace aip::http {
namespace {

constexpr std::size_t kKeptBytes = 4 * 1024;

std::uint8_t opcode_of(MessageKind kind) noexcept {
  return kind == MessageKind::Text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME;
}

}  // namespace

bool valid_close_code(std::uint16_t code) noexcept {
  const bool registered =
      code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != kCloseAbnormal;
  return registered || (code >= 3000 && code <= 4999);
}

struct WebSocket::State {
  State(Random& source, std::size_t bytes_max) : random(source), message_bytes_max(bytes_max) {
    const wslay_frame_callbacks callbacks{&on_send, &on_recv, &on_mask};
    wslay_frame_context* made = nullptr;
    AIP_CHECK(wslay_frame_context_init(&made, &callbacks, this) == 0);  // fails without memory only
    frames.reset(made);
  }

  struct FreeContext {
    void operator()(wslay_frame_context* context) const noexcept {
      wslay_frame_context_free(context);
    }
  };

  // wslay's callbacks.
  static ssize_t on_send(const std::uint8_t* data, std::size_t n, int, void* self) noexcept {
    static_cast<State*>(self)->output.append(reinterpret_cast<const char*>(data), n);
    return static_cast<ssize_t>(n);
  }
  static ssize_t on_recv(std::uint8_t* out, std::size_t room, int, void* self) noexcept {
    return static_cast<State*>(self)->give(out, room);
  }
  static int on_mask(std::uint8_t* out, std::size_t n, void* self) noexcept {
    static_cast<State*>(self)->random.fill(out, n);
    return 0;
  }

  ssize_t give(std::uint8_t* out, std::size_t room) noexcept;
  Event next(Bytes& from);
  // A small buffer stays for the next message.
  void forget_message() noexcept {
    message.clear();
    if (message.capacity() > kKeptBytes) std::string().swap(message);
  }
  [[nodiscard]] bool head_is_good(const wslay_frame_iocb& frame);
  [[nodiscard]] bool fits(const wslay_frame_iocb& frame);
  [[nodiscard]] std::optional<Event> frame_done(const wslay_frame_iocb& frame);
  [[nodiscard]] std::optional<Event> message_done();
  Event close_arrived();
  Event fail(ErrorCode code, std::uint16_t close, const char* why);
  Event broken(const char* why) { return fail(ErrorCode::ProviderProtocol, kCloseProtocol, why); }
  void write_frame(std::uint8_t opcode, std::span<const Bytes> pieces);
  void write_close(std::uint16_t code, Bytes reason);

  // Set once.
  Random& random;
  const std::size_t message_bytes_max;
  std::unique_ptr<wslay_frame_context, FreeContext> frames;

  // Changes.
  Bytes input;
  std::string message, control, output;
  std::optional<std::string> ping;  // not yet answered
  MessageKind kind = MessageKind::Text;
  std::uint64_t frame_left = 0;  // of the payload of the frame that is being read
  bool in_frame = false;
  bool in_message = false;  // its last fragment has not come
  bool told = false;        // `message` was handed out
  std::uint32_t fragments = 0;
  bool close_sent = false;
  bool closed = false;
  std::uint16_t close_code = kCloseAbnormal;
  std::optional<Error> error;
};

ssize_t WebSocket::State::give(std::uint8_t* out, std::size_t room) noexcept {
  const std::size_t n = std::min(room, input.size());
  if (n == 0) return -1;  // wslay: would block
  std::memcpy(out, input.data(), n);
  input.remove_prefix(n);
  return static_cast<ssize_t>(n);
}

// ---- from the peer
// --------------------------------------------------------------------------------

WebSocket::Event WebSocket::State::next(Bytes& from) {
  if (told) {
    told = false;
    forget_message();
  }
  if (error) return Event::Failed;
  if (closed) return Event::NeedMore;
  input = from;
  std::optional<Event> event;
  while (!event) {
    wslay_frame_iocb frame{};
    const ssize_t n = wslay_frame_recv(frames.get(), &frame);
    if (n == WSLAY_ERR_WANT_READ) {
      event = Event::NeedMore;
    } else if (n < 0) {
      event = broken("a malformed frame");
    } else if ((!in_frame && !head_is_good(frame)) || !fits(frame)) {
      event = Event::Failed;
    } else {
      std::string& to = wslay_is_ctrl_frame(frame.opcode) ? control : message;
      to.append(reinterpret_cast<const char*>(frame.data), frame.data_length);
      frame_left -= frame.data_length;
      if (frame_left == 0) event = frame_done(frame);
    }
  }
  from = input;
  input = {};
  return *event;
}

// A new frame: may it come here?
bool WebSocket::State::head_is_good(const wslay_frame_iocb& frame) {
  in_frame = true;
  frame_left = frame.payload_length;
  if (frame.mask != 0) return broken("a masked frame"), false;
  if (frame.rsv != 0) return broken("a reserved bit"), false;
  switch (frame.opcode) {
    case WSLAY_CONTINUATION_FRAME:
      if (!in_message) return broken("a continuation of nothing"), false;
      break;
    case WSLAY_TEXT_FRAME:
    case WSLAY_BINARY_FRAME:
      if (in_message) return broken("a new message within another"), false;
      kind = frame.opcode == WSLAY_TEXT_FRAME ? MessageKind::Text : MessageKind::Binary;
      in_message = true;
      fragments = 0;
      break;
    case WSLAY_CONNECTION_CLOSE:
    case WSLAY_PING:
    case WSLAY_PONG:
      control.clear();
      return true;
    default:
      return broken("a reserved opcode"), false;
  }
  if (++fragments > kFragmentsMax) {
    return fail(ErrorCode::ProviderTooLarge, kCloseTooBig, "a message of too many fragments"),
           false;
  }
  return true;
}

// The announced size counts, so that too much is refused before it has come.
bool WebSocket::State::fits(const wslay_frame_iocb& frame) {
  if (wslay_is_ctrl_frame(frame.opcode)) return true;  // wslay holds their 125 bytes
  if (frame_left <= message_bytes_max - message.size()) return true;
  fail(ErrorCode::ProviderTooLarge, kCloseTooBig, "a message over the limit");
  return false;
}

std::optional<WebSocket::Event> WebSocket::State::frame_done(const wslay_frame_iocb& frame) {
  in_frame = false;
  switch (frame.opcode) {
    case WSLAY_PING:
      ping = std::move(control);
      control.clear();
      return std::nullopt;
    case WSLAY_PONG:
      return std::nullopt;
    case WSLAY_CONNECTION_CLOSE:
      return close_arrived();
    default:
      return frame.fin != 0 ? message_done() : std::nullopt;
  }
}

std::optional<WebSocket::Event> WebSocket::State::message_done() {
  in_message = false;
  if (kind == MessageKind::Text && !valid_utf8(message)) {
    return fail(ErrorCode::ProviderProtocol, kCloseNotUtf8, "a text that is not UTF-8");
  }
  told = true;
  return Event::Message;
}

WebSocket::Event WebSocket::State::close_arrived() {
  if (control.size() == 1) return broken("half a close code");
  close_code = kCloseWithoutCode;
  if (!control.empty()) {
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(control[i]); };
    const auto code = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
    if (!valid_close_code(code)) return broken("a close code that may not be sent");
    control.erase(0, 2);
    if (!valid_utf8(control)) {
      return fail(ErrorCode::ProviderProtocol, kCloseNotUtf8, "a close reason that is not UTF-8");
    }
    close_code = code;
  }
  closed = true;
  ping.reset();
  write_close(close_code == kCloseWithoutCode ? std::uint16_t{0} : close_code, {});
  return Event::Closed;
}

WebSocket::Event WebSocket::State::fail(ErrorCode code, std::uint16_t close, const char* why) {
  error = Error{code, std::string("WebSocket: ") + why};
  std::string().swap(message);
  control.clear();
  ping.reset();
  close_code = close;
  write_close(close, {});
  return Event::Failed;
}

// ---- to the peer
// ----------------------------------------------------------------------------------

void WebSocket::State::write_frame(std::uint8_t opcode, std::span<const Bytes> pieces) {
  wslay_frame_iocb frame{};
  frame.fin = 1;
  frame.opcode = opcode;
  frame.mask = 1;
  for (const Bytes piece : pieces) frame.payload_length += piece.size();
  output.reserve(output.size() + frame.payload_length + 14);
  if (frame.payload_length == 0) {
    AIP_CHECK(wslay_frame_send(frames.get(), &frame) == 0);
    return;
  }
  for (Bytes piece : pieces) {
    while (!piece.empty()) {
      frame.data = reinterpret_cast<const std::uint8_t*>(piece.data());
      frame.data_length = piece.size();
      const ssize_t n = wslay_frame_send(frames.get(), &frame);
      AIP_CHECK(n > 0);  // on_send() takes everything
      piece.remove_prefix(static_cast<std::size_t>(n));
    }
  }
}

void WebSocket::State::write_close(std::uint16_t code, Bytes reason) {
  if (close_sent) return;
  const std::array<char, 2> number{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  const std::array<Bytes, 2> pieces{Bytes(number.data(), code == 0 ? 0 : number.size()), reason};
  write_frame(WSLAY_CONNECTION_CLOSE, pieces);
  close_sent = true;
}

// ---- the face
// -------------------------------------------------------------------------------------

WebSocket::WebSocket(Random& random, std::size_t message_bytes_max)
    : state_(std::make_unique<State>(random, message_bytes_max)) {}
WebSocket::~WebSocket() = default;

WebSocket::Event WebSocket::next(Bytes& input) {
  return state_->next(input);
}
Bytes WebSocket::message() const noexcept {
  return state_->message;
}
MessageKind WebSocket::kind() const noexcept {
  return state_->kind;
}
std::uint16_t WebSocket::close_code() const noexcept {
  return state_->close_code;
}
Bytes WebSocket::close_reason() const noexcept {
  return state_->closed ? Bytes(state_->control) : Bytes();
}
const Error& WebSocket::error() const noexcept {
  AIP_CHECK(state_->error.has_value());
  return *state_->error;
}
bool WebSocket::close_sent() const noexcept {
  return state_->close_sent;
}
std::string& WebSocket::output() noexcept {
  return state_->output;
}
std::size_t WebSocket::queued_bytes() const noexcept {
  return state_->output.size();
}

void WebSocket::send(MessageKind kind, std::span<const Bytes> pieces) {
  if (state_->close_sent) return;
  state_->write_frame(opcode_of(kind), pieces);
}

void WebSocket::answer_ping() {
  if (!state_->ping || state_->close_sent) return;
  const Bytes payload = *state_->ping;
  state_->write_frame(WSLAY_PONG, {&payload, 1});
  state_->ping.reset();
}

void WebSocket::close(std::uint16_t code, Bytes reason) {
  AIP_CHECK(valid_close_code(code) && reason.size() <= kReasonBytesMax);
  state_->write_close(code, reason);
}

}  // namespace aip::http
