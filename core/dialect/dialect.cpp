#include "core/dialect/dialect.h"

#include <algorithm>
#include <array>

#include "core/dialect/anthropic_request.h"
#include "core/dialect/anthropic_stream.h"
#include "core/dialect/anthropic_whole.h"
#include "core/dialect/gemini_request.h"
#include "core/dialect/gemini_stream.h"
#include "core/dialect/gemini_whole.h"
#include "core/dialect/openai_request.h"
#include "core/dialect/openai_stream.h"
#include "core/dialect/openai_whole.h"
#include "core/dialect/responses_request.h"
#include "core/dialect/responses_stream.h"
#include "core/dialect/responses_whole.h"

namespace aip::dialect {
namespace {

template <class Stream, class Whole>
std::unique_ptr<AnswerEncoder> make(const AnswerOptions& options) {
  if (options.stream) return std::make_unique<Stream>(options);
  return std::make_unique<Whole>(options);
}

}  // namespace

bool is_own_member(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 6> kOwn{"provider", "openai", "gemini",
                                                        "bing",     "coze",   "claude"};
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

Result<ParsedChat> parse_chat(Kind kind, Bytes body, std::size_t json_depth_max,
                              const Outside& outside) {
  switch (kind) {
    case Kind::OpenAiChat:
      return parse_openai_chat(body, json_depth_max);
    case Kind::Anthropic:
      return parse_anthropic(body, json_depth_max);
    case Kind::OpenAiResponses:
      return parse_responses(body, json_depth_max);
    case Kind::Gemini:
      return parse_gemini(body, json_depth_max, outside);
    case Kind::None:
      break;
  }
  return Error{ErrorCode::CallerNotFound, "This gateway does not serve that API yet."};
}

Result<Canonical> to_canonical(Kind kind, const ParsedChat& chat, Bytes body) {
  switch (kind) {
    case Kind::Anthropic:
      return anthropic_to_canonical(chat);
    case Kind::OpenAiResponses:
      return responses_canonical(chat);
    case Kind::Gemini:
      return gemini_to_canonical(chat, body);
    case Kind::None:
    case Kind::OpenAiChat:
      break;
  }
  return Canonical{chat.canonical, {}, {}};
}

std::string client_pointer(Kind kind, const Canonical& canonical, std::string_view pointer) {
  switch (kind) {
    case Kind::Anthropic:
      return anthropic_pointer(canonical, pointer);
    case Kind::OpenAiResponses:
      return responses_pointer(canonical, pointer);
    case Kind::Gemini:
      return gemini_pointer(canonical, pointer);
    case Kind::None:
    case Kind::OpenAiChat:
      break;
  }
  return std::string(pointer);
}

std::unique_ptr<AnswerEncoder> make_encoder(Kind kind, const AnswerOptions& options) {
  switch (kind) {
    case Kind::OpenAiChat:
      return make<OpenAiStream, OpenAiWhole>(options);
    case Kind::Anthropic:
      return make<AnthropicStream, AnthropicWhole>(options);
    case Kind::OpenAiResponses:
      return make<ResponsesStream, ResponsesWhole>(options);
    case Kind::Gemini:
      return make<GeminiStream, GeminiWhole>(options);
    case Kind::None:
      break;
  }
  return nullptr;
}

}  // namespace aip::dialect
