// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

namespace snatkit {

enum class Hook { ingress, egress };

/// A device, named by the options object's `netns` and `ifindex`.
struct DeviceTarget {
  std::optional<std::string> netns;
  uint32_t ifindex = 0;

  static DeviceTarget From(Napi::Value options);
  /// "of interface 3 in /run/netns/x"
  std::string Words() const;
};

/// One direction of it: `hook`.
struct HookTarget : DeviceTarget {
  Hook hook = Hook::ingress;

  static HookTarget From(Napi::Value options);
  std::string Words() const;
};

}  // namespace snatkit
