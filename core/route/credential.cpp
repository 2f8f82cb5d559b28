#include "core/http/url.h"
#include "core/route/route.h"

namespace aip::route {
namespace {

constexpr std::string_view kDummy = "aiproxy";  // what SDKs are told to send where none is needed

bool has_bearer(std::string_view value) {
  constexpr std::string_view kBearer = "bearer ";
  return value.size() >= kBearer.size() &&
         http::same_name(value.substr(0, kBearer.size()), kBearer);
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// OpenAI's two dialects are one kind of provider.
bool same_kind(Dialect a, Dialect b) {
  const auto is_openai = [](Dialect d) {
    return d == Dialect::OpenAiChat || d == Dialect::OpenAiResponses;
  };
  return a != Dialect::None && (a == b || (is_openai(a) && is_openai(b)));
}

}  // namespace

std::vector<ShownCredential> shown_credentials(const http::RequestHead& head) {
  std::vector<ShownCredential> out;
  const auto add = [&out](std::string_view kind, std::string_view value) {
    if (!value.empty()) out.push_back({kind, std::string(value)});
  };
  const std::string_view authorization = without_blanks(head.headers.get("authorization"));
  if (has_bearer(authorization)) {
    add("bearer", without_blanks(authorization.substr(7)));
  } else {
    add("authorization", authorization);
  }
  for (const std::string_view name : {"x-api-key", "api-key", "x-goog-api-key"}) {
    add(name, head.headers.get(name));
  }
  add("key", http::query_value(head.query, "key").value_or(std::string()));
  return out;
}

std::optional<ShownCredential> shown_credential(const http::RequestHead& head) {
  std::vector<ShownCredential> all = shown_credentials(head);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

bool client_credential_allowed(const config::Provider& provider, config::Auth auth,
                               const ShownCredential& shown, Dialect asked, Dialect own,
                               bool named) {
  // Where keys are wanted, what the client shows is a virtual key, and that never leaves.
  if (auth == config::Auth::Keys) return false;
  if (provider.client_credentials == config::ClientCredentials::Ignore) return false;
  if (shown.value.empty() || shown.value == kDummy) return false;
  return named || same_kind(asked, own);
}

}  // namespace aip::route
