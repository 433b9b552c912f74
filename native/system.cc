// SPDX-License-Identifier: Apache-2.0
#include "system.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>
#include <memory>

#include "arguments.h"
#include "environment.h"
#include "netns.h"

namespace snatkit {

Napi::Value IsBpffs(const Napi::CallbackInfo& info) {
  const std::string path = Path(info[0], "path");
  struct statfs status = {};
  if (statfs(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Napi::Boolean::New(info.Env(), false);
    throw KernelFailure{"look at the file system of " + path, errno, {}};
  }
  return Napi::Boolean::New(info.Env(), static_cast<uint32_t>(status.f_type) == BPF_FS_MAGIC);
}

Napi::Value MountBpffs(const Napi::CallbackInfo& info) {
  const std::string path = Path(info[0], "path");
  Check(mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"),
        "mount a BPF file system on " + path);
  return info.Env().Undefined();
}

Napi::Value MonotonicNow(const Napi::CallbackInfo& info) {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return Napi::BigInt::New(info.Env(),
                           static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec));
}

Napi::Value PossibleCpus(const Napi::CallbackInfo& info) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) throw KernelFailure{"count possible CPUs", -cpus, {}};
  return Napi::Number::New(info.Env(), cpus);
}

Napi::Value HasHelper(const Napi::CallbackInfo& info) {
  const uint32_t helper = Uint32(info[0], "helper");
  const int found = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, static_cast<bpf_func_id>(helper), nullptr);
  if (found < 0) throw KernelFailure{"probe for BPF helper " + std::to_string(helper), -found, {}};
  return Napi::Boolean::New(info.Env(), found == 1);
}

Napi::Value HasEnumerator(const Napi::CallbackInfo& info) {
  const std::string name = Text(info[0], "name");
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), btf__free);
  if (!kernel) return Napi::Boolean::New(info.Env(), false);
  for (uint32_t id = 1; id < btf__type_cnt(kernel.get()); id++) {
    const btf_type* type = btf__type_by_id(kernel.get(), id);
    if (!btf_is_enum(type)) continue;
    const struct btf_enum* members = btf_enum(type);
    for (uint32_t i = 0; i < btf_vlen(type); i++)
      if (name == btf__str_by_offset(kernel.get(), members[i].name_off)) return Napi::Boolean::New(info.Env(), true);
  }
  return Napi::Boolean::New(info.Env(), false);
}

Napi::Value ReadProcNet(const Napi::CallbackInfo& info) {
  const std::string name = Path(info[0], "name");
  const std::optional<std::string> netns = NetnsOption(info[1]);
  const std::string path = "/proc/thread-self/net/" + name;
  int error = 0;
  const UniqueFd fd(InNetns(netns, [&] {
    const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    error = errno;
    return opened;
  }));
  if (fd.get() < 0) {
    if (error == ENOENT) return info.Env().Undefined();
    throw KernelFailure{"read " + path, error, {}};
  }
  std::string text;
  char buffer[1 << 16];
  ssize_t length;
  while ((length = read(fd.get(), buffer, sizeof buffer)) != 0) {
    if (length < 0 && errno == EINTR) continue;
    Check(static_cast<int>(length), "read " + path);
    text.append(buffer, static_cast<size_t>(length));
  }
  return Napi::String::New(info.Env(), text);
}

Napi::Value Capabilities(const Napi::CallbackInfo& info) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  Check(static_cast<int>(syscall(SYS_capget, &header, data)), "read the process's capabilities");
  return Napi::BigInt::New(info.Env(), data[0].effective | static_cast<uint64_t>(data[1].effective) << 32);
}

}  // namespace snatkit
