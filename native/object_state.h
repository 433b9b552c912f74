// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <memory>
#include <string>

namespace snatkit {

/// libbpf's object, shared between the handle and a worker that loads it: the last one closes it.
struct ObjectState {
  enum class Phase { open, loading, loaded, failed };

  explicit ObjectState(bpf_object* opened, std::string given) : object(opened), name(std::move(given)) {}
  ObjectState(const ObjectState&) = delete;
  ObjectState& operator=(const ObjectState&) = delete;
  ~ObjectState() { bpf_object__close(object); }

  bpf_object* object;
  std::string name;
  /// Written by the environment's own thread only.
  Phase phase = Phase::open;
  /// close() came while a worker loads.
  bool closed = false;
};

/// Queues the load; the promise settles on the environment's thread.
Napi::Promise QueueLoad(Napi::Env env, std::shared_ptr<ObjectState> state);

}  // namespace snatkit
