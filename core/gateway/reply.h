// reply.h - the heads of answers: which fields of a provider's pass, and what this gateway adds.
//
// An allow-list decides: Set-Cookie, Server, Alt-Svc, security policies and whatever Connection
// names never reach a client (RELIABILITY B17).   Threads: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/dialect/dialect.h"
#include "core/http/message.h"
#include "core/plugin/session.h"
#include "core/route/route.h"

namespace aip::gateway {

inline constexpr std::size_t kDroppedMax = 32;  // entries of x-aiproxy-dropped

[[nodiscard]] std::string_view dialect_name(route::Dialect dialect) noexcept;
[[nodiscard]] std::string_view finish_name(std::uint32_t finish) noexcept;

// The provider's own words about its failure, over what our table says.
void apply_provider_error(const plugin::PluginError& told, const Error& error,
                          dialect::ErrorReply& reply);

// May a plugin's own route answer with this field?
[[nodiscard]] bool fit_for_answer(std::string_view name, std::string_view value) noexcept;
void copy_answer_headers(const http::Headers& from, http::Headers& to);
void copy_upgrade_headers(const http::Headers& from, http::Headers& to);

// CORS (Fetch standard): only for an origin that the listener lists.
void add_cors(const config::Listener& listener, const http::RequestHead& head,
              http::Headers& headers);
// The answer to a preflight, if this is one from a listed origin.
[[nodiscard]] bool is_preflight(const http::RequestHead& head) noexcept;

// "/seed" or "/temperature;coerced", printable whatever the client named its members.
[[nodiscard]] std::string disclosure(std::string_view pointer, std::string_view kind);

}  // namespace aip::gateway
