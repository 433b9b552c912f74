// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "handle.h"

namespace snatkit {

class Program : public Handle<Program> {
 public:
  static constexpr napi_type_tag kTag = {0x736e61746b697402, 0x70726f6700000000};
  static constexpr const char* kKind = "program";

  using Handle::Handle;
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Create(Napi::Env env, UniqueFd fd);

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value TestRun(const Napi::CallbackInfo& info);

  friend class Handle<Program>;
  friend class Wrapped<Program>;
};

}  // namespace snatkit
