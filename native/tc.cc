// SPDX-License-Identifier: Apache-2.0
#include "tc.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "arguments.h"
#include "environment.h"
#include "hook.h"
#include "netlink.h"
#include "program.h"

namespace snatkit {
namespace {

constexpr size_t kLongestName = 255;

/// What names one filter on a hook.
struct FilterKey {
  uint32_t priority;
  uint32_t handle;

  static FilterKey From(const Napi::Object& options) {
    const FilterKey key{Uint32(options.Get("priority"), "priority"), Uint32(options.Get("handle"), "handle")};
    // Zero would mean "any": a delete would then take others' filters along.
    if (key.priority < 1 || key.priority > 65535) throw RangeFailure{"priority: expected 1 to 65535"};
    if (key.handle < 1) throw RangeFailure{"handle: expected 1 to 4294967295"};
    return key;
  }
};

tcmsg Message(uint32_t ifindex, uint32_t parent) {
  tcmsg message = {};
  message.tcm_family = AF_UNSPEC;
  message.tcm_ifindex = static_cast<int>(ifindex);
  message.tcm_parent = parent;
  return message;
}

tcmsg FilterMessage(const HookTarget& target) {
  return Message(target.ifindex,
                 TC_H_MAKE(TC_H_CLSACT, target.hook == Hook::ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS));
}

tcmsg FilterMessage(const HookTarget& target, const FilterKey& key) {
  tcmsg message = FilterMessage(target);
  message.tcm_handle = key.handle;
  message.tcm_info = TC_H_MAKE(key.priority << 16, htons(ETH_P_ALL));
  return message;
}

NetlinkRequest ClsactRequest(uint16_t type, uint16_t flags, const DeviceTarget& device) {
  tcmsg message = Message(device.ifindex, TC_H_CLSACT);
  message.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  NetlinkRequest request(type, flags, message);
  request.PutText(TCA_KIND, "clsact");
  return request;
}

/// Dumps of qdiscs and filters are silent about a device that is not there.
void RequireDevice(Netlink* netlink, const DeviceTarget& device, const std::string& operation) {
  ifinfomsg message = {};
  message.ifi_index = static_cast<int>(device.ifindex);
  netlink->Request(NetlinkRequest(RTM_GETLINK, 0, message), operation);
}

bool FindClsact(Netlink* netlink, const DeviceTarget& device) {
  const std::string operation = "list qdiscs " + device.Words();
  for (const NetlinkAnswer& answer :
       netlink->Dump(NetlinkRequest(RTM_GETQDISC, 0, Message(device.ifindex, 0)), operation)) {
    if (answer.Type() == RTM_NEWQDISC && answer.Read<tcmsg>().tcm_ifindex == static_cast<int>(device.ifindex) &&
        answer.Attributes<tcmsg>().FindText(TCA_KIND) == "clsact") {
      return true;
    }
  }
  return false;
}

/// In the order in which the kernel runs them.
std::vector<NetlinkAnswer> DumpFilters(Netlink* netlink, const HookTarget& target) {
  std::vector<NetlinkAnswer> answers =
      netlink->Dump(NetlinkRequest(RTM_GETTFILTER, 0, FilterMessage(target)), "list filters on " + target.Words());
  answers.erase(std::remove_if(answers.begin(), answers.end(),
                               [](const NetlinkAnswer& answer) { return answer.Type() != RTM_NEWTFILTER; }),
                answers.end());
  return answers;
}

Napi::Object Describe(Napi::Env env, const tcmsg& message, const NetlinkAttributes& attributes) {
  const std::string kind = attributes.FindText(TCA_KIND).value_or("");
  Napi::Object filter = Napi::Object::New(env);
  filter.Set("kind", kind);
  filter.Set("priority", TC_H_MAJ(message.tcm_info) >> 16);
  filter.Set("handle", message.tcm_handle);
  filter.Set("protocol", static_cast<uint32_t>(ntohs(static_cast<uint16_t>(TC_H_MIN(message.tcm_info)))));
  filter.Set("chain", attributes.FindUint32(TCA_CHAIN).value_or(0));
  if (kind != "bpf") return filter;
  const NetlinkAttributes bpf(attributes.Find(TCA_OPTIONS).value_or(Bytes{}));
  if (const auto id = bpf.FindUint32(TCA_BPF_ID)) filter.Set("programId", *id);
  if (const auto name = bpf.FindText(TCA_BPF_NAME)) filter.Set("name", *name);
  filter.Set("directAction", (bpf.FindUint32(TCA_BPF_FLAGS).value_or(0) & TCA_BPF_FLAG_ACT_DIRECT) != 0);
  return filter;
}

}  // namespace

Napi::Value AddClsact(const Napi::CallbackInfo& info) {
  const DeviceTarget device = DeviceTarget::From(info[0]);
  const std::string operation = "add a clsact qdisc " + device.Words();
  Netlink netlink(device.netns);
  std::string words;
  const int error = netlink.Try(ClsactRequest(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, device), operation, &words);
  // An old `ingress` qdisc sits in the same place, and has no egress hook.
  if (error != 0 && (error != EEXIST || !FindClsact(&netlink, device))) throw KernelFailure{operation, error, words};
  return Napi::Boolean::New(info.Env(), error == 0);
}

Napi::Value HasClsact(const Napi::CallbackInfo& info) {
  const DeviceTarget device = DeviceTarget::From(info[0]);
  Netlink netlink(device.netns);
  RequireDevice(&netlink, device, "look for a clsact qdisc " + device.Words());
  return Napi::Boolean::New(info.Env(), FindClsact(&netlink, device));
}

Napi::Value RemoveClsactIfEmpty(const Napi::CallbackInfo& info) {
  const DeviceTarget device = DeviceTarget::From(info[0]);
  Netlink netlink(device.netns);
  bool empty = FindClsact(&netlink, device);
  for (const Hook hook : {Hook::ingress, Hook::egress}) {
    HookTarget target;
    static_cast<DeviceTarget&>(target) = device;
    target.hook = hook;
    empty = empty && DumpFilters(&netlink, target).empty();
  }
  if (!empty) return Napi::Boolean::New(info.Env(), false);
  netlink.Request(ClsactRequest(RTM_DELQDISC, 0, device), "remove the clsact qdisc " + device.Words());
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value AttachTc(const Napi::CallbackInfo& info) {
  const Program* program = Program::From(info[0], "program");
  const HookTarget target = HookTarget::From(info[1]);
  const auto options = info[1].As<Napi::Object>();
  const FilterKey key = FilterKey::From(options);
  const std::string name = Text(options.Get("name"), "name");
  if (name.empty() || name.size() > kLongestName || name.find('\0') != std::string::npos) {
    throw RangeFailure{"name: expected 1 to 255 bytes"};
  }
  NetlinkRequest request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, FilterMessage(target, key));
  request.PutText(TCA_KIND, "bpf");
  const size_t nest = request.BeginNest(TCA_OPTIONS);
  request.PutUint32(TCA_BPF_FD, static_cast<uint32_t>(program->Fd()));
  request.PutText(TCA_BPF_NAME, name);
  request.PutUint32(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  request.EndNest(nest);
  Netlink(target.netns).Request(std::move(request), "attach program " + program->Name() + " to tc " + target.Words());
  return info.Env().Undefined();
}

Napi::Value DetachTc(const Napi::CallbackInfo& info) {
  const HookTarget target = HookTarget::From(info[0]);
  const FilterKey key = FilterKey::From(info[0].As<Napi::Object>());
  Netlink netlink(target.netns);
  const std::vector<NetlinkAnswer> filters = DumpFilters(&netlink, target);
  const bool present = std::any_of(filters.begin(), filters.end(), [&](const NetlinkAnswer& answer) {
    const auto message = answer.Read<tcmsg>();
    const NetlinkAttributes attributes = answer.Attributes<tcmsg>();
    return message.tcm_handle == key.handle && TC_H_MAJ(message.tcm_info) >> 16 == key.priority &&
           attributes.FindText(TCA_KIND) == "bpf" && attributes.FindUint32(TCA_CHAIN).value_or(0) == 0;
  });
  if (!present) return Napi::Boolean::New(info.Env(), false);
  NetlinkRequest request(RTM_DELTFILTER, 0, FilterMessage(target, key));
  request.PutText(TCA_KIND, "bpf");
  const std::string operation =
      "detach the filter of priority " + std::to_string(key.priority) + " from tc " + target.Words();
  std::string words;
  const int error = netlink.Try(std::move(request), operation, &words);
  if (error != 0 && error != ENOENT && error != ENODEV) throw KernelFailure{operation, error, words};
  return Napi::Boolean::New(info.Env(), error == 0);
}

Napi::Value ListTc(const Napi::CallbackInfo& info) {
  const HookTarget target = HookTarget::From(info[0]);
  Netlink netlink(target.netns);
  RequireDevice(&netlink, target, "list filters on " + target.Words());
  Napi::Array filters = Napi::Array::New(info.Env());
  for (const NetlinkAnswer& answer : DumpFilters(&netlink, target)) {
    const auto message = answer.Read<tcmsg>();
    // Handle 0 is the head that the kernel puts before the filters of one priority.
    if (message.tcm_handle == 0) continue;
    filters.Set(filters.Length(), Describe(info.Env(), message, answer.Attributes<tcmsg>()));
  }
  return filters;
}

}  // namespace snatkit
