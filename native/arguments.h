// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

namespace snatkit {

/// Borrowed bytes: of a typed array (valid during the call) or of a received message.
struct Bytes {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

/// Each throws a TypeError that says which argument was wrong.
uint32_t Uint32(Napi::Value value, const char* what);
std::string Text(Napi::Value value, const char* what);
/// Text without NUL that fits a system call's path.
std::string Path(Napi::Value value, const char* what);
bool Boolean(Napi::Value value, const char* what);
Bytes ByteView(Napi::Value value, const char* what);
Napi::Object Options(Napi::Value value, const char* what);
/// The `netns` property of an options object.
std::optional<std::string> NetnsOption(Napi::Value options);

/// Bytes whose count must be right; `subject` begins the sentence ("map nat: key").
Bytes ExactBytes(Napi::Value value, const char* what, size_t size, const std::string& subject);

}  // namespace snatkit
