// SPDX-License-Identifier: Apache-2.0
#include "btf_view.h"

namespace snatkit {
namespace {

const char* NameOf(const btf* types, const btf_type* type) { return btf__name_by_offset(types, type->name_off); }

/// Tags on a variable itself, not on a component of it; clang lists them in source order.
std::vector<std::string> TagsOf(const btf* types, uint32_t id) {
  std::vector<std::string> tags;
  for (uint32_t tag = 1; tag < btf__type_cnt(types); tag++) {
    const btf_type* type = btf__type_by_id(types, tag);
    if (btf_is_decl_tag(type) && type->type == id && btf_decl_tag(type)->component_idx == -1) {
      tags.emplace_back(NameOf(types, type));
    }
  }
  return tags;
}

uint32_t SizeOf(const btf* types, uint32_t id) {
  const int64_t size = btf__resolve_size(types, id);
  return size < 0 ? 0 : static_cast<uint32_t>(size);
}

/// Without typedefs, const and volatile.
const btf_type* Bare(const btf* types, uint32_t id) {
  const btf_type* type = btf__type_by_id(types, id);
  while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type))) type = btf__type_by_id(types, type->type);
  return type;
}

void AddMembers(const btf* types, const btf_type* type, uint32_t base, std::vector<BtfMember>* members) {
  const btf_member* member = ::btf_members(type);
  for (uint16_t i = 0; i < btf_vlen(type); i++, member++) {
    const std::string name = btf__name_by_offset(types, member->name_off);
    const uint32_t offset = base + btf_member_bit_offset(type, i) / 8;
    const btf_type* bare = Bare(types, member->type);
    if (name.empty() && bare != nullptr && btf_is_composite(bare)) {
      AddMembers(types, bare, offset, members);
    } else {
      members->push_back({name, offset, SizeOf(types, member->type)});
    }
  }
}

}  // namespace

std::vector<BtfVariable> SectionVariables(const btf* types, const char* section) {
  std::vector<BtfVariable> variables;
  const int32_t id = types == nullptr ? -1 : btf__find_by_name_kind(types, section, BTF_KIND_DATASEC);
  if (id < 0) return variables;
  const btf_type* type = btf__type_by_id(types, static_cast<uint32_t>(id));
  const btf_var_secinfo* info = btf_var_secinfos(type);
  for (uint16_t i = 0; i < btf_vlen(type); i++, info++) {
    const btf_type* variable = btf__type_by_id(types, info->type);
    variables.push_back({NameOf(types, variable), info->size, info->offset, TagsOf(types, info->type)});
  }
  return variables;
}

std::optional<BtfLayout> StructLayout(const btf* types, const std::string& name) {
  if (types == nullptr) return std::nullopt;
  for (const uint32_t kind : {BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF}) {
    const int32_t id = btf__find_by_name_kind(types, name.c_str(), kind);
    const btf_type* type = id < 0 ? nullptr : Bare(types, static_cast<uint32_t>(id));
    if (type == nullptr || !btf_is_composite(type)) continue;
    BtfLayout layout{type->size, {}};
    AddMembers(types, type, 0, &layout.members);
    return layout;
  }
  return std::nullopt;
}

}  // namespace snatkit
