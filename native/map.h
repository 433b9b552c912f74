// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>
#include <napi.h>

#include "handle.h"
#include "map_dump.h"

namespace snatkit {

class Map : public Handle<Map> {
 public:
  static constexpr napi_type_tag kTag = {0x736e61746b697401, 0x6d61700000000000};
  static constexpr const char* kKind = "map";

  using Handle::Handle;
  static Napi::Function Define(Napi::Env env);
  /// Takes the descriptor; reads the map's geometry from the kernel.
  static Napi::Object Create(Napi::Env env, UniqueFd fd);

  const MapGeometry& Geometry() const { return geometry_; }

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value Get(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Delete(const Napi::CallbackInfo& info);
  Napi::Value NextKey(const Napi::CallbackInfo& info);
  Napi::Value Dump(const Napi::CallbackInfo& info);
  Napi::Value UpdateBatch(const Napi::CallbackInfo& info);
  Napi::Value DeleteBatch(const Napi::CallbackInfo& info);
  const uint8_t* Key(Napi::Value value) const;

  MapGeometry geometry_;

  friend class Handle<Map>;
  friend class Wrapped<Map>;
};

}  // namespace snatkit
