// exchange_request.cpp - what an exchange makes of the client's body.
//
// It is read once, for routing. A target that takes the client's dialect gets the body itself;
// for all others it becomes canonical chat, once, when the first of them is tried. Tokens that a
// provider cannot count are estimated from the same text. exchange.cpp tells the story.
#include <algorithm>
#include <array>

#include "core/dialect/token_count.h"
#include "core/gateway/exchange.h"
#include "core/gateway/spans.h"

namespace aip::gateway {
namespace {

// What is written anew may be a little deeper than what came.
constexpr std::size_t kCanonicalDepthMore = 8;

// Borrows from the members.
std::vector<aip_member> to_abi(const std::vector<dialect::Member>& members) {
  std::vector<aip_member> out;
  out.reserve(members.size());
  for (const dialect::Member& m : members) {
    out.push_back({span_of(m.name), span_of(m.value), m.begin, m.end});
  }
  return out;
}

}  // namespace

Status Exchange::read_request() {
  const auto kind = static_cast<dialect::Kind>(match_.dialect);
  const std::size_t depth = snapshot_->config->limits.json_depth;
  const dialect::Outside outside{match_.model, match_.stream, client_->head().query};
  Result<dialect::ParsedChat> parsed = match_.operation == route::Operation::Embeddings
                                           ? dialect::parse_members(body_, depth)
                                           : dialect::parse_chat(kind, body_, depth, outside);
  if (!parsed) return std::move(parsed).error();
  chat_ = std::move(*parsed);
  members_ = to_abi(chat_.members);
  return {};
}

Status Exchange::make_canonical() {
  if (canonical_) return {};
  const auto kind = static_cast<dialect::Kind>(match_.dialect);
  Result<dialect::Canonical> made = dialect::to_canonical(kind, chat_, body_);
  if (!made) return std::move(made).error();
  canonical_ = std::move(*made);
  if (canonical_->json.empty()) return {};
  const std::size_t depth = snapshot_->config->limits.json_depth + kCanonicalDepthMore;
  Result<dialect::ParsedChat> parsed = dialect::parse_members(canonical_->json, depth);
  if (!parsed) return std::move(parsed).error();
  canonical_names_ = std::move(parsed->members);
  canonical_members_ = to_abi(canonical_names_);
  return {};
}

// What only the client's own dialect can say is judged by the policy of this very target.
Status Exchange::translate_request(AttemptAsk& ask) {
  if (!is_chat() && match_.operation != route::Operation::CountTokens) return {};
  if (Status made = make_canonical(); !made) return made;
  for (const dialect::Lack& lack : canonical_->lacks) {
    const bool refuse = lack.weight == dialect::Lack::Weight::Refuse;
    if (judge_lack(lack.pointer, refuse ? "" : "coerced") == AIP_UNSUPPORTED_DROP) continue;
    Error error{ErrorCode::CallerUnsupported, lack.pointer + ": " + lack.what};
    error.param = lack.pointer;
    return error;
  }
  if (canonical_->json.empty()) return {};
  translated_ = &*canonical_;
  ask.body = canonical_->json;
  ask.members = canonical_members_;
  return {};
}

// Many services speak a dialect and do not count. An unknown model is another thing (Anthropic has
// a word for it), and stays an error.
bool Exchange::may_estimate() const noexcept {
  static constexpr std::array<int, 3> kNoSuchThing{404, 405, 501};
  if (match_.operation != route::Operation::CountTokens || committed_ || !provider_error_) {
    return false;
  }
  const bool none = std::find(kNoSuchThing.begin(), kNoSuchThing.end(),
                              provider_error_->http_status) != kNoSuchThing.end();
  const bool model = provider_error_->type == "not_found_error" &&
                     provider_error_->message.find("model") != std::string::npos;
  return none && !model;
}

// The answer says that it is an estimate.
Result<Exchange::Step> Exchange::estimate_tokens() {
  if (Status made = make_canonical(); !made) return std::move(made).error();
  const Bytes chat = canonical_->json.empty() ? Bytes(body_) : Bytes(canonical_->json);
  const std::uint64_t tokens = dialect::estimate_chat(json::Value(chat));
  estimated_ = true;
  record_.tokens_in = static_cast<std::int64_t>(tokens);
  staged_ = dialect::count_body(static_cast<dialect::Kind>(match_.dialect), tokens);
  commit();
  client_->end();
  enter(Stage::Relay);  // there is nothing to relay
  return Step::Next;
}

}  // namespace aip::gateway
