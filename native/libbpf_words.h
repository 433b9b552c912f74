// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace snatkit {

/// Collects what libbpf says on this thread while it lives; otherwise libbpf is silent.
class LibbpfWords {
 public:
  LibbpfWords();
  LibbpfWords(const LibbpfWords&) = delete;
  LibbpfWords& operator=(const LibbpfWords&) = delete;
  ~LibbpfWords();
  /// One line; empty when libbpf said nothing.
  std::string Text() const;

  /// Process-wide, the same for every environment.
  static void Install();

 private:
  std::string text_;
  std::string* outer_;
};

}  // namespace snatkit
