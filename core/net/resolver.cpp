#include "core/net/resolver.h"

#include <cstring>
#include <utility>

#include "core/base/units.h"
#include "core/net/uv_handle.h"

namespace aip::net {

// Owned by the loop until its callback; `resolver` is empty once nobody wants the answer.
struct Resolver::Request {
  uv_getaddrinfo_t request{};
  Resolver* resolver = nullptr;
  std::string host;
};

namespace {

Result<std::vector<Address>> addresses_of(int status, const addrinfo* list) {
  if (status != 0) return Error{ErrorCode::ProviderConnect, text_of(status)};
  std::vector<Address> addresses;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    Address address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    addresses.push_back(address);
  }
  if (addresses.empty()) return Error{ErrorCode::ProviderConnect, "the name has no address"};
  return addresses;
}

}  // namespace

Resolver::~Resolver() {
  for (auto& [host, name] : names_) {
    if (name.request == nullptr) continue;
    name.request->resolver = nullptr;
    // One that a thread works on already cannot be cancelled; its callback comes either way.
    uv_cancel(reinterpret_cast<uv_req_t*>(&name.request->request));
  }
}

std::unique_ptr<Lookup> Resolver::look_up(const std::string& host, Wakeable& owner) {
  auto lookup = std::make_unique<Lookup>(owner);
  if (const std::optional<Address> literal = parse_address(host, 0)) {
    lookup->answer_ = std::vector<Address>{*literal};
    return lookup;
  }
  if (!names_.contains(host)) make_room();
  Name& name = names_[host];
  const std::uint64_t age_ms = (loop_.now_ns() - name.asked_ns) / kMs;
  const bool known = !name.addresses.empty() && age_ms < kStaleMs;
  if (known) {
    lookup->answer_ = name.addresses;
  } else {
    name.waiting.push_back(*lookup);
  }
  if (name.request == nullptr && (!known || age_ms >= kFreshMs)) ask(host, name);
  return lookup;
}

void Resolver::ask(const std::string& host, Name& name) {
  ++asked_;
  auto request = std::make_unique<Request>();
  request->resolver = this;
  request->host = host;
  request->request.data = request.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  const int status = uv_getaddrinfo(
      loop_.uv(), &request->request,
      [](uv_getaddrinfo_t* done, int result, addrinfo* list) noexcept {
        const std::unique_ptr<Request> self(static_cast<Request*>(done->data));
        const std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard(list, uv_freeaddrinfo);
        if (self->resolver != nullptr) {
          self->resolver->on_answer(*self, addresses_of(result, list));
        }
      },
      host.c_str(), nullptr, &hints);
  name.request = request.get();
  if (status == 0) {
    static_cast<void>(request.release());
  } else {
    on_answer(*request, addresses_of(status, nullptr));  // no name at all, such as one of 300 bytes
  }
}

void Resolver::on_answer(Request& request, Result<std::vector<Address>> answer) {
  const auto found = names_.find(request.host);
  AIP_CHECK(found != names_.end() && found->second.request == &request);
  Name& name = found->second;
  name.request = nullptr;
  if (answer) {
    name.addresses = *answer;
    name.asked_ns = loop_.now_ns();
  }
  // A failed question leaves the old answer: it is better than none while it is not too old.
  while (!name.waiting.empty()) {
    Lookup& lookup = name.waiting.pop_front();
    lookup.answer_ = answer;
    loop_.wake(lookup.owner_);
  }
  if (name.addresses.empty()) names_.erase(found);
}

void Resolver::make_room() {
  if (names_.size() < kNamesMax) return;
  // Which ones go does not matter: a name that is still in use is looked up again.
  std::erase_if(names_, [](const auto& entry) {
    return entry.second.request == nullptr && entry.second.waiting.empty();
  });
}

}  // namespace aip::net
