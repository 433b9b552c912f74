// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "fd.h"

namespace snatkit {

enum class BpfKind { map, program, link };

/// Opens a pinned object and refuses one of another kind (the kernel's info call would answer for any).
UniqueFd OpenPin(const std::string& path, BpfKind kind);
/// Opens by the kernel's id.
UniqueFd OpenId(uint32_t id, BpfKind kind);
void PinAt(int fd, const std::string& path, const std::string& subject);

/// One of libbpf's extensible option structs, all zero but its size.
template <class T>
T LibbpfOptions() {
  T options = {};
  options.sz = sizeof(options);
  return options;
}

}  // namespace snatkit
