// SPDX-License-Identifier: Apache-2.0
#include "hook.h"

#include "arguments.h"
#include "failure.h"

namespace snatkit {

DeviceTarget DeviceTarget::From(Napi::Value options) {
  DeviceTarget target;
  target.netns = NetnsOption(Options(options, "options"));
  target.ifindex = Uint32(options.As<Napi::Object>().Get("ifindex"), "ifindex");
  if (target.ifindex == 0 || target.ifindex > INT32_MAX) throw RangeFailure{"ifindex: expected 1 to 2147483647"};
  return target;
}

std::string DeviceTarget::Words() const {
  return "of interface " + std::to_string(ifindex) + (netns ? " in " + *netns : "");
}

HookTarget HookTarget::From(Napi::Value options) {
  HookTarget target;
  static_cast<DeviceTarget&>(target) = DeviceTarget::From(options);
  const std::string hook = Text(options.As<Napi::Object>().Get("hook"), "hook");
  if (hook != "ingress" && hook != "egress") throw RangeFailure{"hook: expected ingress or egress, received " + hook};
  target.hook = hook == "ingress" ? Hook::ingress : Hook::egress;
  return target;
}

std::string HookTarget::Words() const {
  return std::string(hook == Hook::ingress ? "ingress " : "egress ") + DeviceTarget::Words();
}

}  // namespace snatkit
