// SPDX-License-Identifier: Apache-2.0
#include "map_dump.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <unordered_set>
#include <utility>
#include <vector>

#include "failure.h"

namespace snatkit {
namespace {

constexpr uint32_t kFirstBatch = 4096;
constexpr uint32_t kLargestBatch = 1U << 20;
constexpr int kStalls = 16;
constexpr int kENOTSUPP = 524;

void Room(MapContents* contents, const MapGeometry& geometry, size_t entries) {
  contents->keys.Reserve((contents->count + entries) * geometry.key_size);
  contents->values.Reserve((contents->count + entries) * geometry.value_bytes);
}

uint8_t* NextKeySlot(const MapContents& contents, const MapGeometry& geometry) {
  return contents.keys.data() + contents.count * geometry.key_size;
}

uint8_t* NextValueSlot(const MapContents& contents, const MapGeometry& geometry) {
  return contents.values.data() + contents.count * geometry.value_bytes;
}

/// False when the first call shows that there are no batch operations.
bool DumpByBatch(int fd, const MapGeometry& geometry, const std::string& subject, MapContents* contents) {
  // The cursor is a bucket number for hash tables and a key for the others.
  std::vector<uint8_t> cursor(std::max<size_t>(geometry.key_size, 8));
  std::vector<uint8_t> next(cursor.size());
  uint32_t batch = std::min(std::max(geometry.max_entries, 1U), kFirstBatch);
  bool begun = false;
  int stalls = 0;
  for (;;) {
    Room(contents, geometry, batch);
    uint32_t count = batch;
    const int failed =
        bpf_map_lookup_batch(fd, begun ? cursor.data() : nullptr, next.data(), NextKeySlot(*contents, geometry),
                             NextValueSlot(*contents, geometry), &count, nullptr);
    const int error = failed < 0 ? errno : 0;
    if (error == ENOSPC && batch < kLargestBatch) {  // one bucket holds more than a batch
      batch *= 2;
      continue;
    }
    if (error != 0 && error != ENOENT && error != EINTR) {
      if (!begun && LacksBatch(error)) return false;
      throw KernelFailure{"dump " + subject, error, {}};
    }
    contents->count += count;
    if (error == ENOENT) return true;
    if (count == 0 && ++stalls > kStalls) {
      contents->complete = false;
      return true;
    }
    if (count > 0) {
      stalls = 0;
      begun = true;
      cursor.swap(next);
    }
  }
}

/// A key that was deleted sends the iteration back to the first key, so keys are remembered and steps counted.
void DumpByKey(int fd, const MapGeometry& geometry, const std::string& subject, MapContents* contents) {
  std::unordered_set<std::string> seen;
  std::string key;
  std::string next(geometry.key_size, '\0');
  uint64_t steps = 2ULL * geometry.max_entries + 64;
  for (bool begun = false;; begun = true) {
    if (bpf_map_get_next_key(fd, begun ? key.data() : nullptr, next.data()) < 0) {
      if (errno == ENOENT) return;
      throw KernelFailure{"dump " + subject, errno, {}};
    }
    key = next;
    if (steps-- == 0) {
      contents->complete = false;
      return;
    }
    if (!seen.insert(key).second) {
      contents->complete = false;
      continue;
    }
    Room(contents, geometry, 1);
    if (bpf_map_lookup_elem(fd, key.data(), NextValueSlot(*contents, geometry)) < 0) {
      if (errno == ENOENT) continue;
      throw KernelFailure{"dump " + subject, errno, {}};
    }
    std::copy(key.begin(), key.end(), NextKeySlot(*contents, geometry));
    contents->count++;
  }
}

}  // namespace

void Slab::Reserve(size_t bytes) {
  if (bytes <= capacity_) return;
  const size_t capacity = std::max(bytes, capacity_ * 2);
  auto* grown = static_cast<uint8_t*>(realloc(data_, capacity));
  if (grown == nullptr) throw std::bad_alloc();
  data_ = grown;
  capacity_ = capacity;
}

uint8_t* Slab::Surrender() {
  capacity_ = 0;
  return std::exchange(data_, nullptr);
}

bool LacksBatch(int error) { return error == EINVAL || error == ENOTSUP || error == kENOTSUPP || error == ENOSYS; }

void DumpMap(int fd, const MapGeometry& geometry, const std::string& subject, MapContents* contents) {
  if (!DumpByBatch(fd, geometry, subject, contents)) DumpByKey(fd, geometry, subject, contents);
}

}  // namespace snatkit
