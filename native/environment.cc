// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include <bpf/libbpf.h>

#include <cstring>

namespace snatkit {
namespace {

constexpr int kENOTSUPP = 524;

Napi::Error Make(const Napi::FunctionReference& factory, std::initializer_list<napi_value> arguments) {
  Napi::Env env = factory.Env();
  if (factory.IsEmpty()) return Napi::Error::New(env, "the snatkit addon was not initialized");
  return Napi::Error(env, factory.Call(arguments));
}

}  // namespace

std::string ErrnoName(int error) {
  if (error == kENOTSUPP) return "ENOTSUPP";
  switch (error) {
    case LIBBPF_ERRNO__LIBELF: return "LIBBPF_ERRNO__LIBELF";
    case LIBBPF_ERRNO__FORMAT: return "LIBBPF_ERRNO__FORMAT";
    case LIBBPF_ERRNO__KVERSION: return "LIBBPF_ERRNO__KVERSION";
    case LIBBPF_ERRNO__ENDIAN: return "LIBBPF_ERRNO__ENDIAN";
    case LIBBPF_ERRNO__INTERNAL: return "LIBBPF_ERRNO__INTERNAL";
    case LIBBPF_ERRNO__RELOC: return "LIBBPF_ERRNO__RELOC";
    case LIBBPF_ERRNO__LOAD: return "LIBBPF_ERRNO__LOAD";
    case LIBBPF_ERRNO__VERIFY: return "LIBBPF_ERRNO__VERIFY";
    case LIBBPF_ERRNO__PROG2BIG: return "LIBBPF_ERRNO__PROG2BIG";
    case LIBBPF_ERRNO__KVER: return "LIBBPF_ERRNO__KVER";
    case LIBBPF_ERRNO__PROGTYPE: return "LIBBPF_ERRNO__PROGTYPE";
    default: break;
  }
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "E" + std::to_string(error);
}

Napi::Error KernelError(Napi::Env env, const KernelFailure& failure) {
  std::string detail = failure.detail;
  if (detail.empty()) {
    char words[128] = {};
    libbpf_strerror(failure.error, words, sizeof(words));
    detail = words;
  }
  return Make(Environment::Of(env).kernel_error,
              {Napi::String::New(env, failure.operation), Napi::String::New(env, ErrnoName(failure.error)),
               Napi::String::New(env, detail)});
}

Napi::Error StateError(Napi::Env env, const StateFailure& failure) {
  return Make(Environment::Of(env).state_error,
              {Napi::String::New(env, failure.reason), Napi::String::New(env, failure.message)});
}

Napi::Error VerifierError(Napi::Env env, const std::string& program, const std::string& log, bool cut) {
  return Make(Environment::Of(env).verifier_error,
              {Napi::String::New(env, program), Napi::String::New(env, log), Napi::Boolean::New(env, cut)});
}

}  // namespace snatkit
