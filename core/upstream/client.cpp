#include "core/upstream/client.h"

#include <utility>

#include "core/upstream/h1_call.h"

namespace aip::upstream {

std::unique_ptr<Call> Client::start(CallSpec spec, CallOwner& owner) {
  return std::make_unique<H1Call>(scheduler_, transport_, pool_, std::move(spec), owner);
}

}  // namespace aip::upstream
