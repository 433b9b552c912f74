// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>
#include <utility>

namespace snatkit {

/// What code without a JavaScript environment throws; `Guard` turns each into the error class of the same meaning.
struct KernelFailure {
  std::string operation;
  int error;
  std::string detail;
};

struct StateFailure {
  const char* reason;
  std::string message;
};

struct RangeFailure {
  std::string message;
};

/// Throws KernelFailure with the present errno when `result` is negative.
inline int Check(int result, std::string operation, std::string detail = {}) {
  if (result < 0) throw KernelFailure{std::move(operation), errno, std::move(detail)};
  return result;
}

}  // namespace snatkit
