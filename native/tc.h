// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

namespace snatkit {

Napi::Value AddClsact(const Napi::CallbackInfo& info);
Napi::Value HasClsact(const Napi::CallbackInfo& info);
Napi::Value RemoveClsactIfEmpty(const Napi::CallbackInfo& info);
Napi::Value AttachTc(const Napi::CallbackInfo& info);
Napi::Value DetachTc(const Napi::CallbackInfo& info);
Napi::Value ListTc(const Napi::CallbackInfo& info);

}  // namespace snatkit
