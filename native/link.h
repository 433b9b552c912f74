// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include "handle.h"

namespace snatkit {

class Link : public Handle<Link> {
 public:
  static constexpr napi_type_tag kTag = {0x736e61746b697403, 0x6c696e6b00000000};
  static constexpr const char* kKind = "link";

  using Handle::Handle;
  static Napi::Function Define(Napi::Env env);
  static Napi::Object Create(Napi::Env env, UniqueFd fd);

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Detach(const Napi::CallbackInfo& info);

  friend class Handle<Link>;
  friend class Wrapped<Link>;
};

Napi::Value AttachTcx(const Napi::CallbackInfo& info);
Napi::Value QueryTcx(const Napi::CallbackInfo& info);

}  // namespace snatkit
