// route.h - who answers: from a request's head and body to providers, models and credentials.
//
// Pure functions over a Table, which is made once from the configuration and the plugins' claims.
// The rules are SPEC 4, "Who answers is decided so"; each sentence there has a test here.
// Threads: a Table is immutable; any thread.
// Tests: tests/unit/route
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/http/message.h"

namespace aip::route {

enum class Operation : std::uint8_t {
  Chat,
  CountTokens,
  Embeddings,
  ListModels,  // GET /v1/models
  GetModel,    // GET /v1/models/{m}
  Forward,
  PluginRoute,
};

// The values are the ABI's AIP_DIALECT_.
enum class Dialect : std::uint8_t {
  None = 0,
  OpenAiChat = 1,
  OpenAiResponses = 2,
  Anthropic = 3,
  Gemini = 4
};

struct Match {
  Operation operation = Operation::Chat;
  Dialect dialect = Dialect::None;
  std::string route;     // the pattern that matched, for logs: "/v1/*"
  std::string provider;  // pinned by /p/<name>/ or by a claimed route; else empty
  std::string path;   // Forward, PluginRoute: the path as the plugin's claim sees it ("/v1/files")
  std::string model;  // from the path, where it stands there
  bool stream = false;  // the path asks for one (Gemini's :streamGenerateContent)
};

// Which provider, by its place in Config::providers, under which model name.
struct Candidate {
  std::uint32_t provider = 0;
  std::string model;
  bool drop_unsupported = false;
};

struct Plan {
  std::vector<Candidate> candidates;  // in the order in which they are tried; never empty
  config::Retry retry;
  std::optional<config::Timeouts> timeouts;  // the rule's; else the provider's own
  bool named = false;                        // the request itself named the provider
  bool model_known = false;  // a configuration or a manifest names this model: fit for a label
};

// A credential that the client showed, wherever it stood.
struct ShownCredential {
  // "bearer" (Authorization: Bearer), "authorization" (another scheme, value is all of it),
  // "x-api-key", "api-key", "x-goog-api-key", "key" (the query's)
  std::string_view kind;
  std::string value;
};

class Table {
 public:
  // Two claimants of one route or model are an error here (SPEC 4).
  [[nodiscard]] static Result<std::shared_ptr<const Table>> make(
      std::shared_ptr<const config::Config> config, std::span<const config::PluginClaims> claims);
  virtual ~Table() = default;

  // CallerNotFound, or CallerMethodNotAllowed. The core's dialect routes come first; newcomers'
  // paths without /v1 work too.
  [[nodiscard]] virtual Result<Match> match(std::string_view method,
                                            std::string_view path) const = 0;

  // `provider_member`: the body's `provider` if it is a string, else empty. `dice` chooses among
  // weights; `turn` counts for round robin. PolicyModelUnknown if nobody answers.
  [[nodiscard]] virtual Result<Plan> plan(const Match& match, std::string_view provider_member,
                                          std::string_view model, std::uint64_t dice,
                                          std::uint32_t turn) const = 0;

  // The dialect that this provider's plugin speaks itself, and those that it takes natively.
  [[nodiscard]] virtual Dialect own_dialect(std::uint32_t provider) const noexcept = 0;
  [[nodiscard]] virtual bool is_native(std::uint32_t provider, Dialect dialect) const noexcept = 0;
  // The kind of credential that is meant when nobody says (the manifest's first); empty: none.
  [[nodiscard]] virtual std::string_view default_kind(std::uint32_t provider) const noexcept = 0;
  // Does the plugin have the operation count_tokens? Who has not gets an estimate of the core's.
  [[nodiscard]] virtual bool counts_tokens(std::uint32_t provider) const noexcept = 0;
  // The manifest's "background": true; one worker then runs the provider's background stream.
  [[nodiscard]] virtual bool has_background(std::uint32_t provider) const noexcept = 0;
  // May this host be called by this provider? (manifest's hosts, base_url's host, allowed_hosts)
  [[nodiscard]] virtual bool host_allowed(std::uint32_t provider, std::string_view host) const = 0;

  struct ModelEntry {
    std::string id, provider;
  };
  // Every model that can be named, for GET /v1/models.
  [[nodiscard]] virtual const std::vector<ModelEntry>& models() const noexcept = 0;
};

// `*` stands for any characters, also none; everything else for itself. Linear time.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text) noexcept;

// In the order of trust: Authorization, x-api-key, api-key, x-goog-api-key, ?key=.
[[nodiscard]] std::vector<ShownCredential> shown_credentials(const http::RequestHead& head);
// The first of them.
[[nodiscard]] std::optional<ShownCredential> shown_credential(const http::RequestHead& head);

// May the client's own credential go to this provider? (SPEC 4, `auth: open`)
[[nodiscard]] bool client_credential_allowed(const config::Provider& provider, config::Auth auth,
                                             const ShownCredential& shown, Dialect asked,
                                             Dialect own, bool named);

}  // namespace aip::route
