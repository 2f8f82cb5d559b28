#include "core/admit/admit.h"

#include <algorithm>
#include <array>

#include "core/admit/host_check.h"
#include "core/base/ascii.h"
#include "core/base/sha256.h"
#include "core/route/paths.h"
#include "core/route/route.h"

namespace aip::admit {
namespace {

Error forbidden(std::string detail) {
  return {ErrorCode::PolicyForbidden, std::move(detail)};
}

// As long for a wrong first digit as for a wrong last one.
bool same_digits(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return difference == 0;
}

// Looks at every key, found or not.
const config::Key* find_key(const std::vector<config::Key>& keys, std::string_view shown) {
  const std::string hash = sha256_hex(shown);
  const config::Key* found = nullptr;
  for (const config::Key& key : keys) {
    if (same_digits(key.sha256, hash)) found = &key;
  }
  return found;
}

// "POST /v1/images/*" against method and path.
bool rule_allows(std::string_view rule, std::string_view method, std::string_view path) {
  const std::size_t space = rule.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view rule_method = rule.substr(0, space);
  return (rule_method == "*" || rule_method == method) &&
         route::glob_matches(rule.substr(space + 1), path);
}

// An upstream may read "%2f" as a slash and "//" as "/", so what a rule was compared with must not
// hold them.
bool is_unambiguous(std::string_view path) {
  const std::string low = lower(path);
  constexpr std::array<std::string_view, 4> kDoubtful{"%2f", "%5c", "%2e", "//"};
  return route::is_plain_path(path) &&
         std::none_of(kDoubtful.begin(), kDoubtful.end(), [&low](std::string_view doubtful) {
           return low.find(doubtful) != std::string::npos;
         });
}

}  // namespace

Result<const config::Key*> authenticate(const config::Config& config,
                                        const config::Listener& listener,
                                        const http::RequestHead& head) {
  if (listener.auth == config::Auth::Open) {
    if (Status host = check_host(listener, head); !host) return host.error();
    return static_cast<const config::Key*>(nullptr);
  }
  // Some SDKs fill one place with a dummy, so every place that holds something is tried.
  for (const route::ShownCredential& shown : route::shown_credentials(head)) {
    if (const config::Key* key = find_key(config.keys, shown.value)) return key;
  }
  return Error{ErrorCode::PolicyUnauthenticated, {}};
}

Status may_use_model(const config::Key* key, std::string_view model) {
  if (key == nullptr || key->models.empty()) return {};
  for (const std::string& glob : key->models) {
    if (route::glob_matches(glob, model)) return {};
  }
  return forbidden("This key may not use the model \"" + std::string(model) + "\".");
}

Status may_forward(const config::Key* key, std::string_view method, std::string_view path) {
  if (key == nullptr) return {};
  if (is_unambiguous(path)) {
    for (const std::string& rule : key->forward) {
      if (rule_allows(rule, method, path)) return {};
    }
  }
  return forbidden("This key may not forward " + std::string(method) + " to this path.");
}

}  // namespace aip::admit
