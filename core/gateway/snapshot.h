// snapshot.h - one worker's view of one configuration: routes, providers, attached plugins.
//
// Made once a worker and generation; an exchange holds it to its end, so that a reload never
// changes a request that runs. Counted per worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/gateway/credentials.h"
#include "core/plugin/instance.h"
#include "core/route/route.h"

namespace aip::gateway {

struct WorkerProvider {
  const config::Provider* config = nullptr;
  std::shared_ptr<plugin::WorkerInstance> instance;
  std::string absence;  // why there is no instance, if the client is to know: it is in quarantine
  std::vector<CredentialState*> credentials;  // in the order of config->credentials
};

struct Snapshot {
  std::uint64_t generation = 1;
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const route::Table> table;
  // By id, which an address keeps for the process's life. A listener that is gone stays as it was
  // last, because connections that it accepted may still bring a request.
  std::shared_ptr<const std::vector<config::Listener>> listeners;
  std::vector<WorkerProvider> providers;  // in the order of config->providers
};

}  // namespace aip::gateway
