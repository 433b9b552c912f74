// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <napi.h>

#include "arguments.h"
#include "bpf_fd.h"
#include "environment.h"
#include "interfaces.h"
#include "libbpf_words.h"
#include "link.h"
#include "lock.h"
#include "map.h"
#include "object.h"
#include "program.h"
#include "system.h"
#include "tc.h"

namespace snatkit {
namespace {

constexpr size_t kLongestMapName = BPF_OBJ_NAME_LEN - 1;

/// JavaScript's factories of the error classes; the addon throws nothing that they did not make.
Napi::Value Initialize(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::Of(info.Env());
  Napi::Object factories = Options(info[0], "factories");
  const auto take = [&](const char* name) { return Napi::Persistent(factories.Get(name).As<Napi::Function>()); };
  environment.kernel_error = take("kernel");
  environment.state_error = take("state");
  environment.verifier_error = take("verifier");
  return info.Env().Undefined();
}

Napi::Value CreateMap(const Napi::CallbackInfo& info) {
  Napi::Object options = Options(info[0], "options");
  const std::string name = Text(options.Get("name"), "name");
  if (name.size() > kLongestMapName) throw RangeFailure{"name: expected at most 15 bytes, received " + name};
  const Napi::Value flags = options.Get("flags");
  auto create = LibbpfOptions<bpf_map_create_opts>();
  create.map_flags = flags.IsUndefined() ? 0 : Uint32(flags, "flags");
  UniqueFd fd(
      Check(bpf_map_create(static_cast<bpf_map_type>(Uint32(options.Get("type"), "type")), name.c_str(),
                           Uint32(options.Get("keySize"), "keySize"), Uint32(options.Get("valueSize"), "valueSize"),
                           Uint32(options.Get("maxEntries"), "maxEntries"), &create),
            "create map " + name));
  return Map::Create(info.Env(), std::move(fd));
}

template <class T, BpfKind kKind>
Napi::Value FromPin(const Napi::CallbackInfo& info) {
  return T::Create(info.Env(), OpenPin(Path(info[0], "path"), kKind));
}

template <class T, BpfKind kKind>
Napi::Value FromId(const Napi::CallbackInfo& info) {
  return T::Create(info.Env(), OpenId(Uint32(info[0], "id"), kKind));
}

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

template <Function F>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&] { return F(info); });
}

template <Function F>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<Guarded<F>>(exports.Env(), name));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment();
  env.SetInstanceData(environment);
  environment->map = Napi::Persistent(Map::Define(env));
  environment->program = Napi::Persistent(Program::Define(env));
  environment->link = Napi::Persistent(Link::Define(env));
  environment->object = Napi::Persistent(Object::Define(env));
  environment->lock = Napi::Persistent(Lock::Define(env));
  LibbpfWords::Install();

  exports.Set("libbpfVersion", libbpf_version_string());
  Export<Initialize>(exports, "initialize");
  Export<Object::Open>(exports, "openObject");
  Export<CreateMap>(exports, "createMap");
  Export<FromPin<Map, BpfKind::map>>(exports, "mapFromPin");
  Export<FromId<Map, BpfKind::map>>(exports, "mapFromId");
  Export<FromPin<Program, BpfKind::program>>(exports, "programFromPin");
  Export<FromId<Program, BpfKind::program>>(exports, "programFromId");
  Export<FromPin<Link, BpfKind::link>>(exports, "linkFromPin");
  Export<FromId<Link, BpfKind::link>>(exports, "linkFromId");
  Export<AttachTcx>(exports, "attachTcx");
  Export<QueryTcx>(exports, "queryTcx");
  Export<AddClsact>(exports, "addClsact");
  Export<HasClsact>(exports, "hasClsact");
  Export<RemoveClsactIfEmpty>(exports, "removeClsactIfEmpty");
  Export<AttachTc>(exports, "attachTc");
  Export<DetachTc>(exports, "detachTc");
  Export<ListTc>(exports, "listTc");
  Export<Interfaces>(exports, "interfaces");
  Export<NetnsIdentity>(exports, "netnsIdentity");
  Export<Lock::Try>(exports, "tryLock");
  Export<IsBpffs>(exports, "isBpffs");
  Export<MountBpffs>(exports, "mountBpffs");
  Export<MonotonicNow>(exports, "monotonicNow");
  Export<PossibleCpus>(exports, "possibleCpus");
  Export<HasHelper>(exports, "hasHelper");
  Export<HasEnumerator>(exports, "hasEnumerator");
  Export<ReadProcNet>(exports, "readProcNet");
  Export<Capabilities>(exports, "capabilities");
  return exports;
}

}  // namespace
}  // namespace snatkit

static Napi::Object InitSnatkit(Napi::Env env, Napi::Object exports) { return snatkit::Init(env, exports); }
NODE_API_MODULE(snatkit, InitSnatkit)
