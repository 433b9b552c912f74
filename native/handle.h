// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <string>

#include "arguments.h"
#include "bpf_fd.h"
#include "environment.h"
#include "fd.h"

namespace snatkit {

/// A class of this addon in JavaScript: instances are tagged, so that no other object can pass for one.
template <class T>
class Wrapped : public Napi::ObjectWrap<T> {
 public:
  explicit Wrapped(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    info.This().As<Napi::Object>().TypeTag(&T::kTag);
  }

  /// TypeError when the value is something else than an instance of this class.
  static T* From(Napi::Value value, const char* what) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&T::kTag)) {
      throw Napi::TypeError::New(value.Env(), std::string(what) + ": expected a " + T::kKind + " of this addon");
    }
    return Napi::ObjectWrap<T>::Unwrap(value.As<Napi::Object>());
  }

 protected:
  using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

  template <auto M>
  static Napi::ClassPropertyDescriptor<T> Define(const char* name) {
    return Napi::InstanceWrap<T>::InstanceMethod(name, static_cast<Method>(&Wrapped::template Guarded<M>),
                                                 napi_default_method);
  }
  template <auto M>
  static Napi::ClassPropertyDescriptor<T> DefineGetter(const char* name) {
    return Napi::InstanceWrap<T>::InstanceAccessor(name, static_cast<Method>(&Wrapped::template Guarded<M>), nullptr,
                                                   napi_enumerable);
  }

 private:
  template <auto M>
  Napi::Value Guarded(const Napi::CallbackInfo& info) {
    return Guard(info.Env(), [&] { return (static_cast<T*>(this)->*M)(info); });
  }
};

[[noreturn]] inline void RefuseClosed(const std::string& subject) {
  throw StateFailure{"closed", subject + " is closed; after close() it cannot be used"};
}

/// A JavaScript object that owns one descriptor. It is born closed; a factory gives it its descriptor, so that
/// `new handle.constructor()` makes nothing but a closed handle.
template <class T>
class Handle : public Wrapped<T> {
 public:
  using Wrapped<T>::Wrapped;

  /// The descriptor, as long as the handle is open.
  int Fd() const {
    if (!fd_) RefuseClosed(Subject());
    return fd_.get();
  }
  bool IsOpen() const { return static_cast<bool>(fd_); }
  void Release() { fd_.Reset(); }
  const std::string& Name() const { return name_; }
  std::string Subject() const { return name_.empty() ? T::kKind : std::string(T::kKind) + " " + name_; }

 protected:
  static Napi::Object Construct(const Napi::FunctionReference& constructor, UniqueFd fd, std::string name) {
    Napi::Object instance = constructor.New({});
    T* self = Napi::ObjectWrap<T>::Unwrap(instance);
    self->fd_ = std::move(fd);
    self->name_ = std::move(name);
    return instance;
  }

  Napi::Value Pin(const Napi::CallbackInfo& info) {
    const int fd = Fd();
    PinAt(fd, Path(info[0], "path"), Subject());
    return info.Env().Undefined();
  }
  Napi::Value Close(const Napi::CallbackInfo& info) {
    Release();
    return info.Env().Undefined();
  }

 private:
  UniqueFd fd_;
  std::string name_;
};

}  // namespace snatkit
