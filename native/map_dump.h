// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace snatkit {

/// Sizes as a system call sees them: a per-CPU map's value holds one slot a possible CPU, each rounded up to 8 bytes.
struct MapGeometry {
  uint32_t type = 0;
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;
  size_t value_bytes = 0;
};

/// Growing memory that can be given away: JavaScript takes it over without a copy.
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() { free(data_); }
  void Reserve(size_t bytes);
  uint8_t* data() const { return data_; }
  uint8_t* Surrender();

 private:
  uint8_t* data_ = nullptr;
  size_t capacity_ = 0;
};

struct MapContents {
  Slab keys;
  Slab values;
  size_t count = 0;
  bool complete = true;
};

/// Reads a whole map; ends also when others change it meanwhile. Throws KernelFailure.
void DumpMap(int fd, const MapGeometry& geometry, const std::string& subject, MapContents* contents);

/// Whether an error says that this kernel or map type has no batch operations.
bool LacksBatch(int error);

}  // namespace snatkit
