// SPDX-License-Identifier: Apache-2.0
#include "link.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <vector>

#include "arguments.h"
#include "hook.h"
#include "netns.h"
#include "program.h"

namespace snatkit {
namespace {

// Declared here because the headers of the oldest supported system (Linux 6.1) end before tcx and netkit.
constexpr uint32_t kTcxIngress = 46;
constexpr uint32_t kTcxEgress = 47;
constexpr uint32_t kLinkTypeXdp = 6;
constexpr uint32_t kLinkTypeTcx = 11;
constexpr uint32_t kLinkTypeNetkit = 13;
constexpr int kCommandProgQuery = 16;

/// The front of struct bpf_link_info; in links to devices the union begins with the ifindex.
struct LinkDescription {
  uint32_t type;
  uint32_t id;
  uint32_t program_id;
  uint32_t reserved;
  uint32_t ifindex;
  uint32_t attach_type;
  uint32_t rest[26];
};

/// The BPF_PROG_QUERY member of union bpf_attr as of Linux 6.6.
struct QueryAttributes {
  uint32_t target_ifindex;
  uint32_t attach_type;
  uint32_t query_flags;
  uint32_t attach_flags;
  uint64_t program_ids;
  uint32_t count;
  uint32_t reserved;
  uint64_t program_attach_flags;
  uint64_t link_ids;
  uint64_t link_attach_flags;
  uint64_t revision;
};

LinkDescription Describe(int fd, const std::string& subject) {
  LinkDescription description = {};
  uint32_t length = sizeof(description);
  Check(bpf_obj_get_info_by_fd(fd, reinterpret_cast<bpf_link_info*>(&description), &length), "describe " + subject);
  return description;
}

uint32_t AttachType(Hook hook) { return hook == Hook::ingress ? kTcxIngress : kTcxEgress; }

}  // namespace

Napi::Function Link::Define(Napi::Env env) {
  return DefineClass(env, "BpfLink",
                     {
                         Wrapped::DefineGetter<&Link::Info>("info"),
                         Wrapped::Define<&Link::Update>("update"),
                         Wrapped::Define<&Link::Detach>("detach"),
                         Wrapped::Define<&Link::Pin>("pin"),
                         Wrapped::Define<&Link::Close>("close"),
                     });
}

Napi::Object Link::Create(Napi::Env env, UniqueFd fd) {
  const uint32_t id = Describe(fd.get(), "link").id;
  return Construct(Environment::Of(env).link, std::move(fd), std::to_string(id));
}

Napi::Value Link::Info(const Napi::CallbackInfo& info) {
  const LinkDescription link = Describe(Fd(), Subject());
  const bool has_attach_type = link.type == kLinkTypeTcx || link.type == kLinkTypeNetkit;
  const bool has_ifindex = has_attach_type || link.type == kLinkTypeXdp;
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", link.id);
  result.Set("type", link.type);
  result.Set("programId", link.program_id);
  result.Set("ifindex", has_ifindex ? link.ifindex : 0);
  result.Set("attachType", has_attach_type ? link.attach_type : 0);
  return result;
}

Napi::Value Link::Update(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const Program* program = Program::From(info[0], "program");
  auto options = LibbpfOptions<bpf_link_update_opts>();
  if (!info[1].IsUndefined()) {
    options.flags = BPF_F_REPLACE;
    options.old_prog_fd = static_cast<uint32_t>(Program::From(info[1], "expected")->Fd());
  }
  Check(bpf_link_update(fd, program->Fd(), &options), "update " + Subject() + " to program " + program->Name());
  return info.Env().Undefined();
}

Napi::Value Link::Detach(const Napi::CallbackInfo& info) {
  Check(bpf_link_detach(Fd()), "detach " + Subject());
  return info.Env().Undefined();
}

Napi::Value AttachTcx(const Napi::CallbackInfo& info) {
  const Program* program = Program::From(info[0], "program");
  const HookTarget target = HookTarget::From(info[1]);
  const int program_fd = program->Fd();
  const std::string operation = "attach program " + program->Name() + " to tcx " + target.Words();
  UniqueFd fd(InNetns(target.netns, [&] {
    const auto type = static_cast<bpf_attach_type>(AttachType(target.hook));
    return Check(bpf_link_create(program_fd, static_cast<int>(target.ifindex), type, nullptr), operation);
  }));
  return Link::Create(info.Env(), std::move(fd));
}

Napi::Value QueryTcx(const Napi::CallbackInfo& info) {
  const HookTarget target = HookTarget::From(info[0]);
  std::vector<uint32_t> programs(64);
  std::vector<uint32_t> links(64);
  QueryAttributes query = {};
  InNetns(target.netns, [&] {
    for (;;) {
      query = {};
      query.target_ifindex = target.ifindex;
      query.attach_type = AttachType(target.hook);
      query.program_ids = reinterpret_cast<uintptr_t>(programs.data());
      query.link_ids = reinterpret_cast<uintptr_t>(links.data());
      query.count = static_cast<uint32_t>(programs.size());
      if (syscall(SYS_bpf, kCommandProgQuery, &query, sizeof(query)) == 0) return 0;
      if (errno != ENOSPC) throw KernelFailure{"query tcx " + target.Words(), errno, {}};
      programs.resize(programs.size() * 2);
      links.resize(programs.size());
    }
  });
  Napi::Array result = Napi::Array::New(info.Env(), query.count);
  for (uint32_t i = 0; i < query.count; i++) {
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("programId", programs[i]);
    entry.Set("linkId", links[i]);
    result.Set(i, entry);
  }
  return result;
}

}  // namespace snatkit
