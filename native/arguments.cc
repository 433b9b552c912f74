// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <cmath>

#include "failure.h"

namespace snatkit {
namespace {

[[noreturn]] void Refuse(Napi::Env env, const char* what, const char* expected) {
  throw Napi::TypeError::New(env, std::string(what) + ": expected " + expected);
}

}  // namespace

uint32_t Uint32(Napi::Value value, const char* what) {
  constexpr const char* kExpected = "an integer from 0 to 4294967295";
  if (!value.IsNumber()) Refuse(value.Env(), what, kExpected);
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= UINT32_MAX) || std::trunc(number) != number) Refuse(value.Env(), what, kExpected);
  return static_cast<uint32_t>(number);
}

std::string Text(Napi::Value value, const char* what) {
  if (!value.IsString()) Refuse(value.Env(), what, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::string Path(Napi::Value value, const char* what) {
  std::string path = Text(value, what);
  if (path.empty() || path.find('\0') != std::string::npos) Refuse(value.Env(), what, "a path");
  return path;
}

bool Boolean(Napi::Value value, const char* what) {
  if (!value.IsBoolean()) Refuse(value.Env(), what, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

Bytes ByteView(Napi::Value value, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    Refuse(value.Env(), what, "a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Napi::Object Options(Napi::Value value, const char* what) {
  if (!value.IsObject()) Refuse(value.Env(), what, "an object");
  return value.As<Napi::Object>();
}

std::optional<std::string> NetnsOption(Napi::Value options) {
  if (options.IsUndefined()) return std::nullopt;
  Napi::Value netns = Options(options, "options").Get("netns");
  if (netns.IsUndefined()) return std::nullopt;
  return Path(netns, "netns");
}

Bytes ExactBytes(Napi::Value value, const char* what, size_t size, const std::string& subject) {
  const Bytes bytes = ByteView(value, what);
  if (bytes.size != size) {
    throw RangeFailure{subject + " " + what + ": expected " + std::to_string(size) + " bytes, received " +
                       std::to_string(bytes.size)};
  }
  return bytes;
}

}  // namespace snatkit
