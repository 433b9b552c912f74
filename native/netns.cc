// SPDX-License-Identifier: Apache-2.0
#include "netns.h"

#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "failure.h"

namespace snatkit {

UniqueFd OpenNetns(const std::optional<std::string>& path) {
  const std::string name = path.value_or("/proc/thread-self/ns/net");
  const std::string operation = "open network namespace " + name;
  UniqueFd fd(Check(open(name.c_str(), O_RDONLY | O_CLOEXEC), operation));
  // A file left behind by a namespace that is gone answers ENOTTY, another kind of namespace its own kind.
  if (ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET) {
    throw KernelFailure{operation, EINVAL, "it is no network namespace"};
  }
  return fd;
}

NetnsScope::NetnsScope(const std::string& path) {
  UniqueFd home = OpenNetns(std::nullopt);
  const UniqueFd target = OpenNetns(path);
  Check(setns(target.get(), CLONE_NEWNET), "enter network namespace " + path);
  home_ = std::move(home);
}

NetnsScope::~NetnsScope() {
  if (!home_) return;
  const int saved = errno;
  if (setns(home_.get(), CLONE_NEWNET) != 0) {
    fprintf(stderr, "snatkit: cannot return to the own network namespace: %s\n", strerror(errno));
    abort();
  }
  home_.Reset();
  errno = saved;
}

}  // namespace snatkit
