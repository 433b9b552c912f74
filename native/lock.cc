// SPDX-License-Identifier: Apache-2.0
#include "lock.h"

#include <sys/file.h>
#include <sys/stat.h>

#include "arguments.h"

namespace snatkit {

Napi::Function Lock::Define(Napi::Env env) {
  return DefineClass(env, "Lock", {Wrapped::Define<&Lock::Close>("release")});
}

Napi::Value Lock::Try(const Napi::CallbackInfo& info) {
  const std::string path = Path(info[0], "path");
  const std::string operation = "lock " + path;
  for (;;) {
    UniqueFd fd(Check(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), operation));
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return info.Env().Undefined();
      throw KernelFailure{operation, errno, {}};
    }
    // A lock on a file that was unlinked meanwhile would exclude nobody.
    struct stat held = {};
    struct stat named = {};
    Check(fstat(fd.get(), &held), operation);
    if (stat(path.c_str(), &named) == 0 && named.st_ino == held.st_ino && named.st_dev == held.st_dev) {
      return Construct(Environment::Of(info.Env()).lock, std::move(fd), path);
    }
  }
}

}  // namespace snatkit
