#include "finish.h"

#include <array>

namespace aip::gemini {
namespace {

struct Row {
  std::string_view name;
  End end;
};
constexpr std::array<Row, 18> kReasons{{
    {"STOP", End::Stop},
    {"MAX_TOKENS", End::Length},
    {"SAFETY", End::Filter},
    {"RECITATION", End::Filter},
    {"LANGUAGE", End::Filter},
    {"BLOCKLIST", End::Filter},
    {"PROHIBITED_CONTENT", End::Filter},
    {"SPII", End::Filter},
    {"IMAGE_SAFETY", End::Filter},
    {"IMAGE_PROHIBITED_CONTENT", End::Filter},
    {"IMAGE_RECITATION", End::Filter},
    {"MODEL_ARMOR", End::Filter},
    {"JAILBREAK", End::Filter},
    {"OTHER", End::Stop},
    {"MALFORMED_FUNCTION_CALL", End::Broken},
    {"UNEXPECTED_TOOL_CALL", End::Broken},
    {"TOO_MANY_TOOL_CALLS", End::Broken},
    {"MISSING_THOUGHT_SIGNATURE", End::Broken},
}};

// The numbers of google.ai.generativelanguage.v1beta.Candidate.FinishReason that both of Google's
// services share.
constexpr std::array<std::string_view, 10> kNumbers{
    "",      "STOP",      "MAX_TOKENS",         "SAFETY", "RECITATION",
    "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",   "MALFORMED_FUNCTION_CALL"};

}  // namespace

std::string reason_named(json::Value reason) {
  if (reason.is_string()) {
    return reason.equals("FINISH_REASON_UNSPECIFIED") ? std::string() : reason.str();
  }
  const std::int64_t number = reason.integer().value_or(0);
  if (number <= 0) return {};
  if (number < static_cast<std::int64_t>(kNumbers.size())) {
    return std::string(kNumbers[static_cast<std::size_t>(number)]);
  }
  return std::to_string(number);
}

End end_of(std::string_view reason) noexcept {
  for (const Row& row : kReasons) {
    if (row.name == reason) return row.end;
  }
  return End::Stop;
}

}  // namespace aip::gemini
