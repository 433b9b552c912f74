// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace snatkit {

struct BtfVariable {
  std::string name;
  uint32_t size;
  uint32_t offset;
  std::vector<std::string> tags;
};

struct BtfMember {
  std::string name;
  uint32_t offset;
  uint32_t size;
};

struct BtfLayout {
  uint32_t size;
  std::vector<BtfMember> members;
};

/// The variables of a data section, e.g. `.rodata`; none without BTF.
std::vector<BtfVariable> SectionVariables(const btf* types, const char* section);
/// A struct, union or typedef of one, by name. Members of anonymous members count as its own, as in C.
std::optional<BtfLayout> StructLayout(const btf* types, const std::string& name);

}  // namespace snatkit
