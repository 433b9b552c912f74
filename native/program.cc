// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <memory>
#include <vector>

#include "arguments.h"

namespace snatkit {
namespace {

// struct __sk_buff; newer kernels have not grown it.
constexpr size_t kContextBytes = 192;
// More than a tc program can add to a packet: asking twice would run the program (and its map writes) twice.
constexpr size_t kHeadroom = 64 * 1024;

struct ProgramDescription {
  bpf_prog_info info = {};
  std::vector<uint32_t> map_ids;
};

ProgramDescription Describe(int fd, const std::string& subject) {
  ProgramDescription description;
  uint32_t length = sizeof(description.info);
  Check(bpf_obj_get_info_by_fd(fd, &description.info, &length), "describe " + subject);
  description.map_ids.resize(description.info.nr_map_ids);
  if (description.map_ids.empty()) return description;
  bpf_prog_info with_maps = {};
  with_maps.nr_map_ids = description.info.nr_map_ids;
  with_maps.map_ids = reinterpret_cast<uintptr_t>(description.map_ids.data());
  length = sizeof(with_maps);
  Check(bpf_obj_get_info_by_fd(fd, &with_maps, &length), "describe " + subject);
  return description;
}

std::string Hex(const uint8_t* bytes, size_t count) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; i++) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

Napi::Function Program::Define(Napi::Env env) {
  return DefineClass(env, "BpfProgram",
                     {
                         Wrapped::DefineGetter<&Program::Info>("info"),
                         Wrapped::Define<&Program::TestRun>("testRun"),
                         Wrapped::Define<&Program::Pin>("pin"),
                         Wrapped::Define<&Program::Close>("close"),
                     });
}

Napi::Object Program::Create(Napi::Env env, UniqueFd fd) {
  const ProgramDescription description = Describe(fd.get(), "program");
  return Construct(Environment::Of(env).program, std::move(fd), description.info.name);
}

Napi::Value Program::Info(const Napi::CallbackInfo& info) {
  const ProgramDescription description = Describe(Fd(), Subject());
  const bpf_prog_info& program = description.info;
  Napi::Env env = info.Env();
  Napi::Array map_ids = Napi::Array::New(env, description.map_ids.size());
  for (uint32_t i = 0; i < description.map_ids.size(); i++) map_ids.Set(i, description.map_ids[i]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("id", program.id);
  result.Set("name", program.name);
  result.Set("type", program.type);
  result.Set("tag", Hex(program.tag, sizeof(program.tag)));
  result.Set("jitedBytes", program.jited_prog_len);
  result.Set("translatedBytes", program.xlated_prog_len);
  result.Set("verifiedInstructions", program.verified_insns);
  result.Set("mapIds", map_ids);
  return result;
}

Napi::Value Program::TestRun(const Napi::CallbackInfo& info) {
  const int fd = Fd();
  Napi::Object options = Options(info[0], "options");
  const Bytes packet = ByteView(options.Get("packet"), "packet");
  const Napi::Value context_value = options.Get("context");
  const Bytes context = context_value.IsUndefined() ? Bytes{} : ByteView(context_value, "context");
  if (context.size > kContextBytes) {
    throw RangeFailure{"context: expected at most 192 bytes, received " + std::to_string(context.size)};
  }
  const Napi::Value repeat_value = options.Get("repeat");
  const uint32_t repeat = repeat_value.IsUndefined() ? 1 : Uint32(repeat_value, "repeat");
  if (repeat < 1 || repeat > INT32_MAX) throw RangeFailure{"repeat: expected 1 to 2147483647"};

  const size_t room = packet.size + kHeadroom;
  const auto packet_out = std::make_unique<uint8_t[]>(room);
  uint8_t context_out[kContextBytes] = {};
  auto run = LibbpfOptions<bpf_test_run_opts>();
  run.data_in = packet.data;
  run.data_size_in = static_cast<uint32_t>(packet.size);
  run.data_out = packet_out.get();
  run.data_size_out = static_cast<uint32_t>(room);
  run.ctx_in = context.size > 0 ? context.data : nullptr;
  run.ctx_size_in = static_cast<uint32_t>(context.size);
  run.ctx_out = context_out;
  run.ctx_size_out = sizeof(context_out);
  run.repeat = static_cast<int>(repeat);
  Check(bpf_prog_test_run_opts(fd, &run), "test run of " + Subject());

  Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result.Set("returnValue", static_cast<int32_t>(run.retval));
  result.Set("packet", Napi::Buffer<uint8_t>::Copy(env, packet_out.get(), run.data_size_out));
  result.Set("context", Napi::Buffer<uint8_t>::Copy(env, context_out, run.ctx_size_out));
  result.Set("duration", run.duration);
  return result;
}

}  // namespace snatkit
