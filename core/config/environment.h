// environment.h - what a configuration may ask the world for: variables and files.
//
// Everything in this folder gets it as an argument, so that tests bring a world of their own.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"

namespace aip::config {

class Environment {
 public:
  virtual ~Environment() = default;
  [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) const = 0;
  // At most bytes_max + 1 bytes of the file, so that the caller sees one that is too large.
  // The error's detail says why in words ("no such file"), without the path.
  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path,
                                                      std::size_t bytes_max) const = 0;
};

// The process's own.
class SystemEnvironment final : public Environment {
 public:
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override;
  [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                              std::size_t bytes_max) const override;
};

// "data", "/etc/aiproxy" -> "/etc/aiproxy/data"; absolute paths and an empty folder change nothing.
[[nodiscard]] std::string resolve_path(const std::string& path, const std::string& folder);
// The folder that a file lies in; empty for a bare name.
[[nodiscard]] std::string folder_of(const std::string& file);

}  // namespace aip::config
