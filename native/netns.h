// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "fd.h"

namespace snatkit {

/// Opens a network namespace by path, the calling thread's own without one; refuses what is no network namespace.
UniqueFd OpenNetns(const std::optional<std::string>& path);

/// Puts the calling thread into a namespace for its lifetime. Nothing but one system call belongs inside.
class NetnsScope {
 public:
  explicit NetnsScope(const std::string& path);
  NetnsScope(const NetnsScope&) = delete;
  NetnsScope& operator=(const NetnsScope&) = delete;
  /// Aborts the process when the thread cannot return: all later calls would act on the wrong network.
  ~NetnsScope();

 private:
  UniqueFd home_;
};

template <class F>
auto InNetns(const std::optional<std::string>& path, F&& call) {
  std::optional<NetnsScope> scope;
  if (path) scope.emplace(*path);
  return call();
}

}  // namespace snatkit
