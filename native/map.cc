// SPDX-License-Identifier: Apache-2.0
#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <memory>

#include "arguments.h"

namespace snatkit {
namespace {

bool IsPerCpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bpf_map_info ReadInfo(int fd, const std::string& subject) {
  bpf_map_info info = {};
  uint32_t length = sizeof(info);
  Check(bpf_obj_get_info_by_fd(fd, &info, &length), "describe " + subject);
  return info;
}

/// With BPF_NOEXIST an existing key, with BPF_EXIST an absent one is an answer and no failure.
bool IsAnswer(int error, uint32_t flags) {
  return (error == EEXIST && (flags & BPF_NOEXIST) != 0) || (error == ENOENT && (flags & BPF_EXIST) != 0);
}

class DumpWorker : public Napi::AsyncWorker {
 public:
  DumpWorker(Napi::Env env, UniqueFd fd, const MapGeometry& geometry, std::string subject)
      : AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        fd_(std::move(fd)),
        geometry_(geometry),
        subject_(std::move(subject)) {}
  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      DumpMap(fd_.get(), geometry_, subject_, &contents_);
    } catch (const KernelFailure& failure) {
      failure_ = std::make_unique<KernelFailure>(failure);
    } catch (const std::bad_alloc&) {
      failure_ = std::make_unique<KernelFailure>(KernelFailure{"dump " + subject_, ENOMEM, {}});
    }
    fd_.Reset();
  }

  void OnOK() override {
    Napi::Env env = Env();
    if (failure_) {
      deferred_.Reject(KernelError(env, *failure_).Value());
      return;
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("keys", Take(&contents_.keys, contents_.count * geometry_.key_size));
    result.Set("values", Take(&contents_.values, contents_.count * geometry_.value_bytes));
    result.Set("count", static_cast<double>(contents_.count));
    result.Set("complete", contents_.complete);
    deferred_.Resolve(result);
  }

 private:
  Napi::Value Take(Slab* slab, size_t bytes) {
    if (bytes == 0) return Napi::Buffer<uint8_t>::New(Env(), 0);
    return Napi::Buffer<uint8_t>::New(Env(), slab->Surrender(), bytes, [](Napi::Env, uint8_t* data) { free(data); });
  }

  Napi::Promise::Deferred deferred_;
  UniqueFd fd_;
  MapGeometry geometry_;
  std::string subject_;
  MapContents contents_;
  std::unique_ptr<KernelFailure> failure_;
};

}  // namespace

Napi::Function Map::Define(Napi::Env env) {
  return DefineClass(env, "BpfMap",
                     {
                         Wrapped::DefineGetter<&Map::Info>("info"),
                         Wrapped::Define<&Map::Get>("get"),
                         Wrapped::Define<&Map::Update>("update"),
                         Wrapped::Define<&Map::Delete>("delete"),
                         Wrapped::Define<&Map::NextKey>("nextKey"),
                         Wrapped::Define<&Map::Dump>("dump"),
                         Wrapped::Define<&Map::UpdateBatch>("updateBatch"),
                         Wrapped::Define<&Map::DeleteBatch>("deleteBatch"),
                         Wrapped::Define<&Map::Pin>("pin"),
                         Wrapped::Define<&Map::Close>("close"),
                     });
}

Napi::Object Map::Create(Napi::Env env, UniqueFd fd) {
  const bpf_map_info info = ReadInfo(fd.get(), "map");
  MapGeometry geometry{info.type, info.key_size, info.value_size, info.max_entries, info.map_flags, info.value_size};
  if (IsPerCpu(info.type)) {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus < 0) throw KernelFailure{"count possible CPUs", -cpus, {}};
    geometry.value_bytes = (info.value_size + 7ULL) / 8 * 8 * static_cast<size_t>(cpus);
  }
  Napi::Object instance = Construct(Environment::Of(env).map, std::move(fd), info.name);
  Unwrap(instance)->geometry_ = geometry;
  return instance;
}

const uint8_t* Map::Key(Napi::Value value) const {
  return ExactBytes(value, "key", geometry_.key_size, Subject()).data;
}

Napi::Value Map::Info(const Napi::CallbackInfo& info) {
  const bpf_map_info map = ReadInfo(Fd(), Subject());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("id", map.id);
  result.Set("name", map.name);
  result.Set("type", map.type);
  result.Set("keySize", map.key_size);
  result.Set("valueSize", map.value_size);
  result.Set("maxEntries", map.max_entries);
  result.Set("flags", map.map_flags);
  return result;
}

Napi::Value Map::Get(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const uint8_t* key = Key(info[0]);
  auto value = Napi::Buffer<uint8_t>::New(info.Env(), geometry_.value_bytes);
  if (bpf_map_lookup_elem(fd, key, value.Data()) == 0) return value;
  if (errno == ENOENT) return info.Env().Undefined();
  throw KernelFailure{"look up in " + Subject(), errno, {}};
}

Napi::Value Map::Update(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const uint8_t* key = Key(info[0]);
  const Bytes value = ExactBytes(info[1], "value", geometry_.value_bytes, Subject());
  const uint32_t flags = info[2].IsUndefined() ? 0 : Uint32(info[2], "flags");
  if (bpf_map_update_elem(fd, key, value.data, flags) == 0) return Napi::Boolean::New(info.Env(), true);
  if (IsAnswer(errno, flags)) return Napi::Boolean::New(info.Env(), false);
  throw KernelFailure{"update " + Subject(), errno, {}};
}

Napi::Value Map::Delete(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  if (bpf_map_delete_elem(fd, Key(info[0])) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == ENOENT) return Napi::Boolean::New(info.Env(), false);
  throw KernelFailure{"delete from " + Subject(), errno, {}};
}

Napi::Value Map::NextKey(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const uint8_t* key = info[0].IsUndefined() ? nullptr : Key(info[0]);
  auto next = Napi::Buffer<uint8_t>::New(info.Env(), geometry_.key_size);
  if (bpf_map_get_next_key(fd, key, next.Data()) == 0) return next;
  if (errno == ENOENT) return info.Env().Undefined();
  throw KernelFailure{"iterate " + Subject(), errno, {}};
}

Napi::Value Map::Dump(const Napi::CallbackInfo& info) {
  return Promised(info.Env(), [&]() -> Napi::Value {
    // Its own descriptor: close() may come while the worker reads.
    UniqueFd fd(UniqueFd::Duplicate(Fd()));
    Check(fd.get(), "dump " + Subject());
    auto* worker = new DumpWorker(info.Env(), std::move(fd), geometry_, Subject());
    Napi::Promise promise = worker->Promise();
    worker->Queue();
    return promise;
  });
}

Napi::Value Map::UpdateBatch(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const uint32_t count = Uint32(info[2], "count");
  const Bytes keys = ExactBytes(info[0], "keys", size_t{count} * geometry_.key_size, Subject());
  const Bytes values = ExactBytes(info[1], "values", size_t{count} * geometry_.value_bytes, Subject());
  const uint32_t flags = info[3].IsUndefined() ? 0 : Uint32(info[3], "flags");
  auto options = LibbpfOptions<bpf_map_batch_opts>();
  options.elem_flags = flags;
  bool batch = true;
  uint32_t written = 0;
  for (uint32_t at = 0; at < count;) {
    const uint8_t* key = keys.data + size_t{at} * geometry_.key_size;
    const uint8_t* value = values.data + size_t{at} * geometry_.value_bytes;
    uint32_t done = batch ? count - at : 1;
    const int failed =
        batch ? bpf_map_update_batch(fd, key, value, &done, &options) : bpf_map_update_elem(fd, key, value, flags);
    const int error = failed < 0 ? errno : 0;
    if (batch && at == 0 && LacksBatch(error)) {
      batch = false;
      continue;
    }
    if (error != 0 && !batch) done = 0;
    if (error != 0 && !IsAnswer(error, flags)) {
      throw KernelFailure{"update " + Subject(), error,
                          "a part of the " + std::to_string(count) + " entries may have been written"};
    }
    written += done;
    at += done + (error != 0 ? 1 : 0);
  }
  return Napi::Number::New(info.Env(), written);
}

Napi::Value Map::DeleteBatch(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  const uint32_t count = Uint32(info[1], "count");
  const Bytes keys = ExactBytes(info[0], "keys", size_t{count} * geometry_.key_size, Subject());
  bool batch = true;
  uint32_t removed = 0;
  for (uint32_t at = 0; at < count;) {
    const uint8_t* key = keys.data + size_t{at} * geometry_.key_size;
    uint32_t done = batch ? count - at : 1;
    const int failed = batch ? bpf_map_delete_batch(fd, key, &done, nullptr) : bpf_map_delete_elem(fd, key);
    const int error = failed < 0 ? errno : 0;
    if (batch && at == 0 && LacksBatch(error)) {
      batch = false;
      continue;
    }
    if (error != 0 && !batch) done = 0;
    if (error != 0 && error != ENOENT) throw KernelFailure{"delete from " + Subject(), error, {}};
    removed += done;
    at += done + (error != 0 ? 1 : 0);
  }
  return Napi::Number::New(info.Env(), removed);
}

}  // namespace snatkit
