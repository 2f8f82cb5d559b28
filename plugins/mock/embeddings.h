// embeddings.h - vectors without a model: near for texts that share words, the same each time.
#pragma once

#include <aiproxy/plugin.hpp>

namespace mock {

class Embeddings final : public aip::sdk::Request {
 public:
  using Request::Request;
  aip_status begin(const aip_request& request) override;
};

}  // namespace mock
