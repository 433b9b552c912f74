// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "environment.h"
#include "libbpf_words.h"
#include "object_state.h"

namespace snatkit {
namespace {

constexpr size_t kLogBytes = 64 * 1024 * 1024;

/// Room for a whole verifier log. Pages that nobody writes cost nothing, so it need not grow in steps: libbpf cannot
/// load an object twice, and a log that did not fit would be lost.
class LogBuffer {
 public:
  explicit LogBuffer(bpf_program* program)
      : program_(program),
        data_(mmap(nullptr, kLogBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (data_ == MAP_FAILED) throw KernelFailure{"allocate a verifier log", errno, {}};
    bpf_program__set_log_buf(program, static_cast<char*>(data_), kLogBytes);
  }
  LogBuffer(LogBuffer&& other) noexcept : program_(other.program_), data_(std::exchange(other.data_, MAP_FAILED)) {}
  LogBuffer(const LogBuffer&) = delete;
  ~LogBuffer() {
    if (data_ != MAP_FAILED) munmap(data_, kLogBytes);
  }
  const bpf_program* Program() const { return program_; }
  std::string Text() const { return {static_cast<char*>(data_), strnlen(static_cast<char*>(data_), kLogBytes)}; }

 private:
  bpf_program* program_;
  void* data_;
};

class LoadWorker : public Napi::AsyncWorker {
 public:
  LoadWorker(Napi::Env env, std::shared_ptr<ObjectState> state)
      : AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), state_(std::move(state)) {}
  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      Load();
    } catch (const KernelFailure& failure) {
      failure_ = failure;
    } catch (const std::bad_alloc&) {
      failure_.error = ENOMEM;
    }
  }

  void OnOK() override {
    state_->phase = failure_.error == 0 ? ObjectState::Phase::loaded : ObjectState::Phase::failed;
    if (state_->closed) {
      const StateFailure closed{"closed", "object " + state_->name + " was closed while it was being loaded"};
      deferred_.Reject(StateError(Env(), closed).Value());
    } else if (!log_.empty()) {
      deferred_.Reject(VerifierError(Env(), refused_, log_, failure_.error == ENOSPC).Value());
    } else if (failure_.error != 0) {
      deferred_.Reject(KernelError(Env(), failure_).Value());
    } else {
      deferred_.Resolve(Env().Undefined());
    }
  }

 private:
  void Load() {
    failure_.operation = "load object " + state_->name;
    std::vector<LogBuffer> logs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, state_->object) {
      if (bpf_program__autoload(program)) logs.emplace_back(program);
    }
    const LibbpfWords words;
    const int result = bpf_object__load(state_->object);
    if (result == 0) return;
    failure_.error = -result;
    failure_.detail = words.Text();
    // libbpf asks for a log only after a program was refused; a missing privilege leaves it empty.
    for (const LogBuffer& log : logs) {
      log_ = log.Text();
      if (log_.empty()) continue;
      refused_ = bpf_program__name(log.Program());
      return;
    }
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<ObjectState> state_;
  KernelFailure failure_ = {{}, 0, {}};
  std::string refused_;
  std::string log_;
};

}  // namespace

Napi::Promise QueueLoad(Napi::Env env, std::shared_ptr<ObjectState> state) {
  state->phase = ObjectState::Phase::loading;
  auto* worker = new LoadWorker(env, std::move(state));
  Napi::Promise promise = worker->Promise();
  worker->Queue();
  return promise;
}

}  // namespace snatkit
