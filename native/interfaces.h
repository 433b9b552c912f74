// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

namespace snatkit {

Napi::Value Interfaces(const Napi::CallbackInfo& info);
Napi::Value NetnsIdentity(const Napi::CallbackInfo& info);

}  // namespace snatkit
