// SPDX-License-Identifier: Apache-2.0
#include "interfaces.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/stat.h>

#include <cstdio>
#include <map>

#include "arguments.h"
#include "environment.h"
#include "netlink.h"
#include "netns.h"

namespace snatkit {
namespace {

std::string Colons(Bytes bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size; i++) {
    char digits[4];
    snprintf(digits, sizeof(digits), i == 0 ? "%02x" : ":%02x", bytes.data[i]);
    text += digits;
  }
  return text;
}

Napi::Object Interface(Napi::Env env, const NetlinkAnswer& answer) {
  const auto message = answer.Read<ifinfomsg>();
  const NetlinkAttributes attributes = answer.Attributes<ifinfomsg>();
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", message.ifi_index);
  result.Set("name", attributes.FindText(IFLA_IFNAME).value_or(""));
  result.Set("flags", message.ifi_flags);
  result.Set("type", static_cast<uint32_t>(message.ifi_type));
  result.Set("mtu", attributes.FindUint32(IFLA_MTU).value_or(0));
  result.Set("mac", Colons(attributes.Find(IFLA_ADDRESS).value_or(Bytes{})));
  result.Set("addresses", Napi::Array::New(env));
  return result;
}

/// Undefined for a family that has no text form here.
Napi::Value Address(Napi::Env env, const NetlinkAnswer& answer) {
  const auto message = answer.Read<ifaddrmsg>();
  const NetlinkAttributes attributes = answer.Attributes<ifaddrmsg>();
  const bool v4 = message.ifa_family == AF_INET;
  // On a point-to-point device IFA_ADDRESS is the other end.
  const std::optional<Bytes> local = attributes.Find(IFA_LOCAL);
  const Bytes bytes = local ? *local : attributes.Find(IFA_ADDRESS).value_or(Bytes{});
  char text[INET6_ADDRSTRLEN];
  if ((!v4 && message.ifa_family != AF_INET6) || bytes.size != (v4 ? 4 : 16) ||
      inet_ntop(message.ifa_family, bytes.data, text, sizeof(text)) == nullptr) {
    return env.Undefined();
  }
  const uint32_t flags = attributes.FindUint32(IFA_FLAGS).value_or(message.ifa_flags);
  Napi::Object result = Napi::Object::New(env);
  result.Set("family", v4 ? 4 : 6);
  result.Set("address", text);
  result.Set("prefixLength", static_cast<uint32_t>(message.ifa_prefixlen));
  result.Set("scope", static_cast<uint32_t>(message.ifa_scope));
  // The same bit means "temporary" in IPv6.
  result.Set("secondary", v4 && (flags & IFA_F_SECONDARY) != 0);
  result.Set("flags", flags);
  return result;
}

}  // namespace

Napi::Value Interfaces(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const std::optional<std::string> netns = NetnsOption(info[0]);
  const std::string where = netns ? " in " + *netns : "";
  Netlink netlink(netns);
  Napi::Array interfaces = Napi::Array::New(env);
  std::map<int, Napi::Array> addresses;
  for (const NetlinkAnswer& answer :
       netlink.Dump(NetlinkRequest(RTM_GETLINK, 0, ifinfomsg{}), "list interfaces" + where)) {
    Napi::Object interface = Interface(env, answer);
    addresses[answer.Read<ifinfomsg>().ifi_index] = interface.Get("addresses").As<Napi::Array>();
    interfaces.Set(interfaces.Length(), interface);
  }
  for (const NetlinkAnswer& answer :
       netlink.Dump(NetlinkRequest(RTM_GETADDR, 0, ifaddrmsg{}), "list addresses" + where)) {
    const auto list = addresses.find(static_cast<int>(answer.Read<ifaddrmsg>().ifa_index));
    const Napi::Value address = Address(env, answer);
    if (list != addresses.end() && !address.IsUndefined()) list->second.Set(list->second.Length(), address);
  }
  return interfaces;
}

Napi::Value NetnsIdentity(const Napi::CallbackInfo& info) {
  const UniqueFd fd = OpenNetns(NetnsOption(info[0]));
  struct stat status = {};
  Check(fstat(fd.get(), &status), "identify a network namespace");
  return Napi::String::New(info.Env(), std::to_string(status.st_ino));
}

}  // namespace snatkit
