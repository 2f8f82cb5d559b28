#include "core/admit/host_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "core/base/ascii.h"
#include "core/route/route.h"

namespace aip::admit {
namespace {

// The host without its port; brackets of IPv6 are kept. What is neither stays whole, and then
// matches nothing.
std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return host;
  const std::size_t colon = host.find(':', bracket);
  if (bracket > 0 && colon != bracket + 1 && host.size() != bracket + 1) return host;
  return host.substr(0, colon);
}

bool is_ip_address(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return true;
  if (host.size() < 3 || host.front() != '[' || host.back() != ']') return false;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1;
}

}  // namespace

Status check_host(const config::Listener& listener, const http::RequestHead& head) {
  const auto field = head.headers.find("host");
  if (!field || field->empty()) return {};
  std::string host = lower(without_port(*field));
  if (host.ends_with('.')) host.pop_back();
  if (host == "localhost" || host.ends_with(".localhost") || host == lower(listener.host) ||
      is_ip_address(host)) {
    return {};
  }
  const bool listed = std::any_of(
      listener.hosts.begin(), listener.hosts.end(),
      [&host](const std::string& glob) { return route::glob_matches(lower(glob), host); });
  if (listed) return {};
  return Error{ErrorCode::PolicyForbidden,
               "This name is not one of the listener's; its operator may add it to "
               "listen[].hosts."};
}

}  // namespace aip::admit
