// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

namespace snatkit {

Napi::Value IsBpffs(const Napi::CallbackInfo& info);
Napi::Value MountBpffs(const Napi::CallbackInfo& info);
Napi::Value MonotonicNow(const Napi::CallbackInfo& info);
Napi::Value PossibleCpus(const Napi::CallbackInfo& info);
Napi::Value HasHelper(const Napi::CallbackInfo& info);
Napi::Value HasEnumerator(const Napi::CallbackInfo& info);
Napi::Value ReadProcNet(const Napi::CallbackInfo& info);
Napi::Value Capabilities(const Napi::CallbackInfo& info);

}  // namespace snatkit
