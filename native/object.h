// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>

#include "handle.h"
#include "object_state.h"

namespace snatkit {

class Object : public Wrapped<Object> {
 public:
  static constexpr napi_type_tag kTag = {0x736e61746b697405, 0x6f626a6563740000};
  static constexpr const char* kKind = "object";

  using Wrapped::Wrapped;
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Open(const Napi::CallbackInfo& info);

 private:
  using Handles = std::map<std::string, Napi::ObjectReference>;

  Napi::Value MapNames(const Napi::CallbackInfo& info);
  Napi::Value ProgramNames(const Napi::CallbackInfo& info);
  Napi::Value Variables(const Napi::CallbackInfo& info);
  Napi::Value Struct(const Napi::CallbackInfo& info);
  Napi::Value SetVariable(const Napi::CallbackInfo& info);
  Napi::Value ReuseMap(const Napi::CallbackInfo& info);
  Napi::Value SetMaxEntries(const Napi::CallbackInfo& info);
  Napi::Value SetAutoload(const Napi::CallbackInfo& info);
  Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value MapOf(const Napi::CallbackInfo& info);
  Napi::Value ProgramOf(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  /// Neither closed nor in a worker's hands.
  ObjectState& Idle() const;
  ObjectState& BeforeLoad(const char* action) const;
  ObjectState& AfterLoad(const char* action) const;
  bpf_map* FindMap(const ObjectState& state, const std::string& name) const;
  bpf_program* FindProgram(const ObjectState& state, const std::string& name) const;

  std::shared_ptr<ObjectState> state_;
  std::string name_;
  Handles maps_;
  Handles programs_;

  friend class Wrapped<Object>;
};

}  // namespace snatkit
