// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "handle.h"

namespace snatkit {

/// An flock on a file; its descriptor is the lock.
class Lock : public Handle<Lock> {
 public:
  static constexpr napi_type_tag kTag = {0x736e61746b697404, 0x6c6f636b00000000};
  static constexpr const char* kKind = "lock";

  using Handle::Handle;
  static Napi::Function Define(Napi::Env env);
  /// Undefined when it is taken.
  static Napi::Value Try(const Napi::CallbackInfo& info);

 private:
  friend class Handle<Lock>;
  friend class Wrapped<Lock>;
};

}  // namespace snatkit
