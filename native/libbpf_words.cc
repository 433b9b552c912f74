// SPDX-License-Identifier: Apache-2.0
#include "libbpf_words.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <utility>

namespace snatkit {
namespace {

constexpr size_t kLongest = 4096;

// libbpf's callback has no context argument; a thread's own pointer is what keeps environments apart.
thread_local std::string* listening = nullptr;

int Print(libbpf_print_level level, const char* format, va_list arguments) {
  if (listening == nullptr || level != LIBBPF_WARN || listening->size() > kLongest) return 0;
  char line[1024];
  const int length = vsnprintf(line, sizeof(line), format, arguments);
  if (length > 0) *listening += line;
  return length;
}

}  // namespace

LibbpfWords::LibbpfWords() : outer_(std::exchange(listening, &text_)) {}

LibbpfWords::~LibbpfWords() { listening = outer_; }

std::string LibbpfWords::Text() const {
  std::string text;
  for (size_t begin = 0; begin < text_.size();) {
    size_t end = text_.find('\n', begin);
    if (end == std::string::npos) end = text_.size();
    std::string line = text_.substr(begin, end - begin);
    if (line.rfind("libbpf: ", 0) == 0) line.erase(0, 8);
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
    begin = end + 1;
  }
  return text;
}

void LibbpfWords::Install() { libbpf_set_print(Print); }

}  // namespace snatkit
