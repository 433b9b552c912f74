// SPDX-License-Identifier: Apache-2.0
#include "object.h"

#include <bpf/bpf.h>

#include <cstring>
#include <vector>

#include "arguments.h"
#include "btf_view.h"
#include "libbpf_words.h"
#include "map.h"
#include "program.h"

namespace snatkit {
namespace {

constexpr const char* kConstants = ".rodata";

/// libbpf puts the object's name before the section's in its own maps; the section alone is what C authors know.
std::string MapName(const bpf_map* map) {
  const std::string name = bpf_map__name(map);
  if (!bpf_map__is_internal(map) || name[0] == '.') return name;
  const size_t dot = name.rfind('.');
  return dot == std::string::npos ? name : name.substr(dot);
}

std::vector<std::string> MapNamesOf(const bpf_object* object) {
  std::vector<std::string> names;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) names.push_back(MapName(map));
  return names;
}

std::vector<std::string> ProgramNamesOf(bpf_object* object) {
  std::vector<std::string> names;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) names.emplace_back(bpf_program__name(program));
  return names;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

Napi::Array Strings(Napi::Env env, const std::vector<std::string>& words) {
  Napi::Array array = Napi::Array::New(env, words.size());
  for (uint32_t i = 0; i < words.size(); i++) array.Set(i, words[i]);
  return array;
}

[[noreturn]] void RefuseUnknown(const std::string& object, const char* kind, const std::string& name,
                                const std::vector<std::string>& known) {
  throw RangeFailure{"object " + object + " has no " + kind + " " + name + "; it has: " + Joined(known)};
}

/// The handle handed out before, or a new one on a descriptor of its own.
template <class T>
Napi::Value HandOut(Napi::Env env, std::map<std::string, Napi::ObjectReference>* handles, const std::string& name,
                    int fd) {
  const auto found = handles->find(name);
  if (found != handles->end() && T::From(found->second.Value(), T::kKind)->IsOpen()) return found->second.Value();
  UniqueFd own(UniqueFd::Duplicate(fd));
  Check(own.get(), std::string("take ") + T::kKind + " " + name);
  Napi::Object handle = T::Create(env, std::move(own));
  (*handles)[name] = Napi::Persistent(handle);
  return handle;
}

template <class T>
void ReleaseAll(std::map<std::string, Napi::ObjectReference>* handles) {
  for (const auto& handle : *handles) T::From(handle.second.Value(), T::kKind)->Release();
  handles->clear();
}

}  // namespace

Napi::Function Object::Define(Napi::Env env) {
  return DefineClass(env, "BpfObject",
                     {
                         Wrapped::DefineGetter<&Object::MapNames>("mapNames"),
                         Wrapped::DefineGetter<&Object::ProgramNames>("programNames"),
                         Wrapped::DefineGetter<&Object::Variables>("variables"),
                         Wrapped::Define<&Object::Struct>("struct"),
                         Wrapped::Define<&Object::SetVariable>("setVariable"),
                         Wrapped::Define<&Object::ReuseMap>("reuseMap"),
                         Wrapped::Define<&Object::SetMaxEntries>("setMaxEntries"),
                         Wrapped::Define<&Object::SetAutoload>("setAutoload"),
                         Wrapped::Define<&Object::Load>("load"),
                         Wrapped::Define<&Object::MapOf>("map"),
                         Wrapped::Define<&Object::ProgramOf>("program"),
                         Wrapped::Define<&Object::Close>("close"),
                     });
}

Napi::Value Object::Open(const Napi::CallbackInfo& info) {
  const Bytes bytes = ByteView(info[0], "bytes");
  const std::string name = Text(info[1], "name");
  // libelf wants aligned memory that nobody changes meanwhile.
  const std::vector<uint8_t> elf(bytes.data, bytes.data + bytes.size);
  auto options = LibbpfOptions<bpf_object_open_opts>();
  options.object_name = name.c_str();
  const LibbpfWords words;
  bpf_object* opened = bpf_object__open_mem(elf.data(), elf.size(), &options);
  if (opened == nullptr) throw KernelFailure{"open object " + name, errno, words.Text()};
  auto state = std::make_shared<ObjectState>(opened, name);
  Napi::Object instance = Environment::Of(info.Env()).object.New({});
  Object* self = Unwrap(instance);
  self->state_ = std::move(state);
  self->name_ = name;
  return instance;
}

ObjectState& Object::Idle() const {
  if (!state_) RefuseClosed("object " + name_);
  if (state_->phase == ObjectState::Phase::loading) {
    throw StateFailure{"busy", "object " + state_->name + " is being loaded; await load() first"};
  }
  return *state_;
}

ObjectState& Object::BeforeLoad(const char* action) const {
  ObjectState& state = Idle();
  if (state.phase != ObjectState::Phase::open) {
    throw StateFailure{"conflict", "object " + state.name + " cannot " + action + " after load()"};
  }
  return state;
}

ObjectState& Object::AfterLoad(const char* action) const {
  ObjectState& state = Idle();
  if (state.phase != ObjectState::Phase::loaded) {
    throw StateFailure{"conflict", "object " + state.name + " cannot " + action + " before load() has succeeded"};
  }
  return state;
}

bpf_map* Object::FindMap(const ObjectState& state, const std::string& name) const {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.object) {
    if (MapName(map) == name) return map;
  }
  RefuseUnknown(state.name, "map", name, MapNamesOf(state.object));
}

bpf_program* Object::FindProgram(const ObjectState& state, const std::string& name) const {
  bpf_program* program = bpf_object__find_program_by_name(state.object, name.c_str());
  if (program == nullptr) RefuseUnknown(state.name, "program", name, ProgramNamesOf(state.object));
  return program;
}

Napi::Value Object::MapNames(const Napi::CallbackInfo& info) { return Strings(info.Env(), MapNamesOf(Idle().object)); }

Napi::Value Object::ProgramNames(const Napi::CallbackInfo& info) {
  return Strings(info.Env(), ProgramNamesOf(Idle().object));
}

Napi::Value Object::Variables(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Array variables = Napi::Array::New(env);
  for (const BtfVariable& variable : SectionVariables(bpf_object__btf(Idle().object), kConstants)) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("name", variable.name);
    result.Set("size", variable.size);
    result.Set("offset", variable.offset);
    result.Set("tags", Strings(env, variable.tags));
    variables.Set(variables.Length(), result);
  }
  return variables;
}

Napi::Value Object::Struct(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const btf* types = bpf_object__btf(Idle().object);
  const std::optional<BtfLayout> layout = StructLayout(types, Text(info[0], "name"));
  if (!layout) return env.Undefined();
  Napi::Array members = Napi::Array::New(env, layout->members.size());
  for (uint32_t i = 0; i < layout->members.size(); i++) {
    Napi::Object member = Napi::Object::New(env);
    member.Set("name", layout->members[i].name);
    member.Set("offset", layout->members[i].offset);
    member.Set("size", layout->members[i].size);
    members.Set(i, member);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("size", layout->size);
  result.Set("members", members);
  return result;
}

Napi::Value Object::SetVariable(const Napi::CallbackInfo& info) {
  const ObjectState& state = BeforeLoad("set a variable");
  const std::string name = Text(info[0], "name");
  std::vector<std::string> known;
  for (const BtfVariable& variable : SectionVariables(bpf_object__btf(state.object), kConstants)) {
    known.push_back(variable.name);
    if (variable.name != name) continue;
    const Bytes value = ExactBytes(info[1], "value", variable.size, "variable " + name);
    bpf_map* map = FindMap(state, kConstants);
    size_t size = 0;
    const auto* initial = static_cast<const uint8_t*>(bpf_map__initial_value(map, &size));
    if (initial == nullptr || variable.offset + value.size > size) {
      throw KernelFailure{"set variable " + name, EINVAL, "it lies outside of .rodata"};
    }
    std::vector<uint8_t> changed(initial, initial + size);
    memcpy(changed.data() + variable.offset, value.data, value.size);
    const int result = bpf_map__set_initial_value(map, changed.data(), changed.size());
    if (result < 0) throw KernelFailure{"set variable " + name, -result, {}};
    return info.Env().Undefined();
  }
  RefuseUnknown(state.name, "variable", name, known);
}

Napi::Value Object::ReuseMap(const Napi::CallbackInfo& info) {
  const ObjectState& state = BeforeLoad("take another map");
  const std::string name = Text(info[0], "name");
  bpf_map* own = FindMap(state, name);
  const Map* other = Map::From(info[1], "map");
  const int fd = other->Fd();
  const MapGeometry& geometry = other->Geometry();
  const auto words = [](uint32_t type, uint32_t key, uint32_t value, uint32_t flags) {
    return "type " + std::to_string(type) + ", key " + std::to_string(key) + ", value " + std::to_string(value) +
           " bytes, flags " + std::to_string(flags);
  };
  const std::string wanted =
      words(bpf_map__type(own), bpf_map__key_size(own), bpf_map__value_size(own), bpf_map__map_flags(own));
  const std::string offered = words(geometry.type, geometry.key_size, geometry.value_size, geometry.flags);
  if (wanted != offered) {
    throw StateFailure{"incompatible", "map " + name + " of object " + state.name + " needs " + wanted +
                                           "; the map to be reused has " + offered};
  }
  const int result = bpf_map__reuse_fd(own, fd);
  if (result < 0) throw KernelFailure{"reuse map " + name, -result, {}};
  return info.Env().Undefined();
}

Napi::Value Object::SetMaxEntries(const Napi::CallbackInfo& info) {
  const ObjectState& state = BeforeLoad("resize a map");
  const std::string name = Text(info[0], "name");
  const int result = bpf_map__set_max_entries(FindMap(state, name), Uint32(info[1], "entries"));
  if (result < 0) throw KernelFailure{"resize map " + name, -result, {}};
  return info.Env().Undefined();
}

Napi::Value Object::SetAutoload(const Napi::CallbackInfo& info) {
  const ObjectState& state = BeforeLoad("choose its programs");
  const std::string name = Text(info[0], "program");
  const int result = bpf_program__set_autoload(FindProgram(state, name), Boolean(info[1], "autoload"));
  if (result < 0) throw KernelFailure{"choose program " + name, -result, {}};
  return info.Env().Undefined();
}

Napi::Value Object::Load(const Napi::CallbackInfo& info) {
  return Promised(info.Env(), [&]() -> Napi::Value {
    BeforeLoad("be loaded");
    return QueueLoad(info.Env(), state_);
  });
}

Napi::Value Object::MapOf(const Napi::CallbackInfo& info) {
  const ObjectState& state = AfterLoad("hand out a map");
  const std::string name = Text(info[0], "name");
  return HandOut<Map>(info.Env(), &maps_, name, bpf_map__fd(FindMap(state, name)));
}

Napi::Value Object::ProgramOf(const Napi::CallbackInfo& info) {
  const ObjectState& state = AfterLoad("hand out a program");
  const std::string name = Text(info[0], "name");
  const int fd = bpf_program__fd(FindProgram(state, name));
  if (fd < 0) throw RangeFailure{"program " + name + " of object " + state.name + " was not to be loaded"};
  return HandOut<Program>(info.Env(), &programs_, name, fd);
}

Napi::Value Object::Close(const Napi::CallbackInfo& info) {
  ReleaseAll<Map>(&maps_);
  ReleaseAll<Program>(&programs_);
  if (state_) state_->closed = true;
  state_.reset();
  return info.Env().Undefined();
}

}  // namespace snatkit
