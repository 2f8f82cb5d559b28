// dialect.h - what a client speaks: requests to canonical chat, typed events to bytes, errors.
//
// docs/canonical-chat.md is the reference of the canonical form and of the events. A dialect does
// no I/O and knows no provider.
// Threads: none.   Lifetime: a ParsedChat borrows from the body that it was parsed from.
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace aip::dialect {

// The values are the ABI's, so that they cross without a table.
enum class Kind : std::uint8_t {
  None = AIP_DIALECT_NONE,
  OpenAiChat = AIP_DIALECT_OPENAI_CHAT,
  OpenAiResponses = AIP_DIALECT_OPENAI_RESPONSES,
  Anthropic = AIP_DIALECT_ANTHROPIC,
  Gemini = AIP_DIALECT_GEMINI,
};

struct Member {
  std::string name;     // unescaped
  Bytes value;          // in the body
  std::uint32_t begin;  // of `"name": value` in the body
  std::uint32_t end;
};

// What a request says outside its body. Gemini has the model and the wish for a stream in the path,
// and in the query how the stream is framed.
struct Outside {
  std::string_view model;
  bool stream = false;
  std::string_view query;
};

// How a stream is cut on its way to the client: server-sent events, or one JSON array whose items
// arrive one by one (Gemini without alt=sse).
enum class Framing : std::uint8_t { Events, Array };

// What the core needs of a chat before it can route it.
struct ParsedChat {
  std::string model;     // empty: none given
  std::string provider;  // our own member `provider`, if it is a string
  bool stream = false;
  bool include_usage = false;
  Framing framing = Framing::Events;
  bool shows_reasoning = true;  // Gemini shows thoughts only to those who ask
  std::vector<Member> members;  // of the top level, in order
  std::string canonical;        // canonical chat JSON; empty: the body itself is it
  std::string echo;             // what the answer repeats of the request: members of a JSON object
};

// The members that are this gateway's own and never reach an upstream (SPEC 4).
[[nodiscard]] bool is_own_member(std::string_view name) noexcept;

// Checks the JSON (validity, depth, duplicate top-level members) and what every provider needs
// (messages present and not empty, known roles, types of the members that it reads). The error's
// `param` names the member at fault. CallerNotFound for a dialect that is not served yet.
[[nodiscard]] Result<ParsedChat> parse_chat(Kind kind, Bytes body,
                                            std::size_t json_depth_max = limits::kJsonDepthMax,
                                            const Outside& outside = {});

// Something in a client's request that canonical chat cannot say, so no target of another dialect
// can have it. The pointer is into the client's own body.
struct Lack {
  enum class Weight : std::uint8_t {
    Refuse,    // it changes the meaning of the answer: a 400, unless the target drops what it lacks
    Disclose,  // it is left out, and listed in x-aiproxy-dropped
  };
  std::string pointer, what;
  Weight weight = Weight::Refuse;
};
struct Canonical {
  struct Origin {
    std::string pointer;             // of the message in the client's body: "/messages/3"
    std::uint32_t parts_before = 0;  // there, and not in the canonical message
  };
  std::string json;  // empty: the body itself is canonical chat
  std::vector<Lack> lacks;
  std::vector<Origin> messages;  // of each canonical message; empty: nobody has moved
};
// A body that parse_chat() took, in the one form that every plugin reads. Asked for only when the
// target does not take the client's dialect as it is, because what the target's own service accepts
// is not ours to judge.
[[nodiscard]] Result<Canonical> to_canonical(Kind kind, const ParsedChat& chat, Bytes body);
// Where the member of canonical chat that a plugin names stands in the client's own body.
[[nodiscard]] std::string client_pointer(Kind kind, const Canonical& canonical,
                                         std::string_view pointer);

// The same check of the JSON, for a body that is no chat (embeddings): members, model, provider.
[[nodiscard]] Result<ParsedChat> parse_members(Bytes body,
                                               std::size_t json_depth_max = limits::kJsonDepthMax);

// Everything that an error tells a client.
struct ErrorReply {
  int status = 500;
  std::string type, code, message, param;  // OpenAI's words; empty code and param are null
  std::uint32_t retry_after_ms = 0;
  std::string request_id;
};

[[nodiscard]] ErrorReply reply_for(const Error& error);
// The whole JSON body of an error in that dialect (None: OpenAI's).
[[nodiscard]] std::string error_body(Kind kind, const ErrorReply& reply);

// Turns one exchange's events into the answer's bytes.
struct AnswerOptions {
  bool stream = false;
  bool include_usage = false;
  Framing framing = Framing::Events;
  bool shows_reasoning = true;
  std::string model;  // what the answer calls the model if the provider does not say
  std::string id;     // when the provider gives none
  std::uint64_t created_s = 0;
  std::string echo;  // ParsedChat::echo
};

class AnswerEncoder {
 public:
  virtual ~AnswerEncoder() = default;
  [[nodiscard]] virtual std::string_view content_type() const noexcept = 0;
  // Appends what this event makes visible to `out`; a whole answer appends nothing until end().
  virtual void event(const aip_event& event, std::string& out) = 0;
  // Bytes that are in this dialect already (same dialect at both ends). They come before the events
  // that are told beside them, and from the first of them on the bytes alone are the answer.
  virtual void raw(Bytes bytes, std::string& out) = 0;
  // The answer is complete.
  virtual void end(std::string& out) = 0;
  // The answer failed after bytes were sent: the dialect's error event. A stream only.
  virtual void fail(const ErrorReply& reply, std::string& out) = 0;
  // Shows that the stream lives; only between events.
  virtual void keep_alive(std::string& out) = 0;
  // The finish that was told; 0 while none was, or while a choice that has begun waits for its own:
  // an end is then a truncation.
  [[nodiscard]] virtual std::uint32_t finish() const noexcept = 0;
  // A whole answer outgrew limits::kWholeAnswerBytesMax and was given up.
  [[nodiscard]] virtual bool too_large() const noexcept { return false; }
};

// nullptr for a dialect that parse_chat() does not know.
[[nodiscard]] std::unique_ptr<AnswerEncoder> make_encoder(Kind kind, const AnswerOptions& options);

}  // namespace aip::dialect
