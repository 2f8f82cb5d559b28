// roster.h - every plugin instance that lives, in service or serving its last streams.
//
// destroy() and unmapping belong to the control thread, so here is one reference to each; when it
// is the last one, the instance is ended. Workers tell when they let go of something.
// Threads: the control thread's.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "core/plugin/instance.h"

namespace aip::main {

class Roster {
 public:
  void add(const std::vector<std::shared_ptr<plugin::Instance>>& instances) {
    for (const auto& instance : instances) {
      const bool known = std::find(all_.begin(), all_.end(), instance) != all_.end();
      if (instance && !known) all_.push_back(instance);
    }
  }
  // Ends what nobody else holds. Nobody can take hold of it again: others got it from here.
  void sweep() {
    std::erase_if(all_, [](const auto& instance) { return instance.use_count() == 1; });
  }
  [[nodiscard]] const std::vector<std::shared_ptr<plugin::Instance>>& all() const noexcept {
    return all_;
  }

 private:
  std::vector<std::shared_ptr<plugin::Instance>> all_;
};

}  // namespace aip::main
