// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <new>
#include <string>

#include "failure.h"

namespace snatkit {

/// Everything that belongs to one JavaScript environment; a worker thread has its own.
struct Environment {
  Napi::FunctionReference kernel_error;
  Napi::FunctionReference state_error;
  Napi::FunctionReference verifier_error;
  Napi::FunctionReference map;
  Napi::FunctionReference program;
  Napi::FunctionReference link;
  Napi::FunctionReference object;
  Napi::FunctionReference lock;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

Napi::Error KernelError(Napi::Env env, const KernelFailure& failure);
Napi::Error StateError(Napi::Env env, const StateFailure& failure);
/// `program` is the one that was refused, `log` what the verifier wrote; `cut` when it would have written more.
Napi::Error VerifierError(Napi::Env env, const std::string& program, const std::string& log, bool cut);
/// `ENOENT`; libbpf's own numbers get libbpf's names.
std::string ErrnoName(int error);

template <class F>
Napi::Value Guard(Napi::Env env, F&& call) {
  try {
    return call();
  } catch (const KernelFailure& failure) {
    throw KernelError(env, failure);
  } catch (const StateFailure& failure) {
    throw StateError(env, failure);
  } catch (const RangeFailure& failure) {
    throw Napi::RangeError::New(env, failure.message);
  } catch (const std::bad_alloc&) {
    throw KernelError(env, {"allocate memory", ENOMEM, {}});
  }
}

/// The same for a method that answers with a promise: failures reject it.
template <class F>
Napi::Value Promised(Napi::Env env, F&& call) {
  try {
    return Guard(env, call);
  } catch (const Napi::Error& error) {
    auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Reject(error.Value());
    return deferred.Promise();
  }
}

}  // namespace snatkit
