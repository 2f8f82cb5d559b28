#include "core/dialect/dialect.h"

#include <algorithm>
#include <array>

#include "core/dialect/gemini_request.h"
#include "core/dialect/gemini_stream.h"
#include "core/dialect/gemini_whole.h"
#include "core/dialect/openai_request.h"
#include "core/dialect/openai_stream.h"
#include "core/dialect/openai_whole.h"

namespace aip::dialect {

bool is_own_member(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 6> kOwn{"provider", "openai", "gemini",
                                                        "bing",     "coze",   "claude"};
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

Result<ParsedChat> parse_chat(Kind kind, Bytes body, std::size_t json_depth_max,
                              const Outside& outside) {
  if (kind == Kind::OpenAiChat) return parse_openai_chat(body, json_depth_max);
  if (kind == Kind::Gemini) return parse_gemini(body, json_depth_max, outside);
  return Error{ErrorCode::CallerNotFound, "This gateway does not serve that API yet."};
}

Result<Canonical> to_canonical(Kind kind, const ParsedChat& chat, Bytes body) {
  if (kind == Kind::Gemini) return gemini_to_canonical(chat, body);
  return Canonical{chat.canonical, {}};
}

std::string client_pointer(Kind kind, const ParsedChat&, std::string_view pointer) {
  return std::string(kind == Kind::Gemini ? gemini_pointer(pointer) : pointer);
}

std::unique_ptr<AnswerEncoder> make_encoder(Kind kind, const AnswerOptions& options) {
  if (kind == Kind::Gemini) {
    if (options.stream) return std::make_unique<GeminiStream>(options);
    return std::make_unique<GeminiWhole>(options);
  }
  if (kind != Kind::OpenAiChat) return nullptr;
  if (options.stream) return std::make_unique<OpenAiStream>(options);
  return std::make_unique<OpenAiWhole>(options);
}

}  // namespace aip::dialect
