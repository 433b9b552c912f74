// SPDX-License-Identifier: Apache-2.0
#include "bpf_fd.h"

#include <bpf/bpf.h>

#include <cstring>

#include "failure.h"

namespace snatkit {
namespace {

const char* Word(BpfKind kind) {
  switch (kind) {
    case BpfKind::map: return "map";
    case BpfKind::program: return "program";
    case BpfKind::link: return "link";
  }
  return "";
}

/// The kernel names the anonymous inode: anon_inode:bpf-map, bpf-prog, bpf_link.
BpfKind KindOf(int fd, const std::string& operation) {
  char target[64] = {};
  Check(static_cast<int>(readlink(("/proc/thread-self/fd/" + std::to_string(fd)).c_str(), target, sizeof(target) - 1)),
        operation, "cannot see what the descriptor is; is /proc mounted?");
  if (strstr(target, "bpf-map") != nullptr) return BpfKind::map;
  if (strstr(target, "bpf-prog") != nullptr) return BpfKind::program;
  return BpfKind::link;
}

}  // namespace

UniqueFd OpenPin(const std::string& path, BpfKind kind) {
  const std::string operation = std::string("open pinned ") + Word(kind) + " " + path;
  UniqueFd fd(Check(bpf_obj_get(path.c_str()), operation));
  const BpfKind found = KindOf(fd.get(), operation);
  if (found != kind) throw KernelFailure{operation, EINVAL, std::string("it is a ") + Word(found)};
  return fd;
}

UniqueFd OpenId(uint32_t id, BpfKind kind) {
  const std::string operation = std::string("open ") + Word(kind) + " with id " + std::to_string(id);
  switch (kind) {
    case BpfKind::map: return UniqueFd(Check(bpf_map_get_fd_by_id(id), operation));
    case BpfKind::program: return UniqueFd(Check(bpf_prog_get_fd_by_id(id), operation));
    case BpfKind::link: return UniqueFd(Check(bpf_link_get_fd_by_id(id), operation));
  }
  return UniqueFd();
}

void PinAt(int fd, const std::string& path, const std::string& subject) {
  Check(bpf_obj_pin(fd, path.c_str()), "pin " + subject + " at " + path);
}

}  // namespace snatkit
