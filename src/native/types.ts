// SPDX-License-Identifier: Apache-2.0
/**
 * The addon's interface. TypeScript validates, C++ asserts: only bytes, integers, strings and opaque handles cross.
 * Every method throws `KernelError` for a failed system call (with the operation and errno name) and
 * `StateError('closed')` after `close()`; `TypeError` and `RangeError` mean wrong arguments. Element operations are
 * synchronous (one system call); `load` and full dumps run on a libuv worker.
 *
 * A handle that is forgotten is closed by the garbage collector: an unpinned link is then detached, a lock released.
 * Keep the ones that matter.
 */

/** A variable of the object's `.rodata`, from its BTF. */
export interface RodataVariable {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Byte offset inside `.rodata`. */
  readonly offset: number;
  /** BTF decl tags on the variable, in order. */
  readonly tags: readonly string[];
}

/** A struct or union member from the object's BTF. */
export interface BtfMember {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}
export interface BtfStruct {
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface MapInfo {
  readonly id: number;
  readonly name: string;
  /** `enum bpf_map_type`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}

export interface ProgramInfo {
  readonly id: number;
  readonly name: string;
  /** `enum bpf_prog_type`. */
  readonly type: number;
  /** Eight bytes as 16 hex digits. */
  readonly tag: string;
  readonly jitedBytes: number;
  readonly translatedBytes: number;
  /** Instructions the verifier processed (kernel ≥ 5.16, else 0). */
  readonly verifiedInstructions: number;
  readonly mapIds: readonly number[];
}

export interface LinkInfo {
  readonly id: number;
  /** `enum bpf_link_type`; 11 is tcx. */
  readonly type: number;
  readonly programId: number;
  /** 0 when the device is gone. */
  readonly ifindex: number;
  /** 46 tcx ingress, 47 tcx egress. */
  readonly attachType: number;
}

export interface TestRunOptions {
  /** Frame bytes, from the Ethernet header (at least 14). */
  readonly packet: Uint8Array;
  /**
   * `struct __sk_buff` input as raw bytes (kernel rules: only mark, priority, ifindex, cb, tstamp, wire_len, gso_* may
   * be set).
   */
  readonly context?: Uint8Array;
  /** Default 1. */
  readonly repeat?: number;
}
export interface TestRunResult {
  /** The program's return value, e.g. -1 TC_ACT_UNSPEC, 2 TC_ACT_SHOT (as a signed 32-bit integer). */
  readonly returnValue: number;
  readonly packet: Buffer;
  readonly context: Buffer;
  /** Nanoseconds per run. */
  readonly duration: number;
}

export interface BatchResult {
  /** `count` keys, one after another. */
  readonly keys: Buffer;
  readonly values: Buffer;
  readonly count: number;
  /** False when the kernel reported that the iteration was cut (table changed under it). */
  readonly complete: boolean;
}

export const UpdateFlag = { any: 0, noExist: 1, exist: 2 } as const;

export interface BpfMap {
  readonly info: MapInfo;
  /** Undefined when the key is absent. Per-CPU maps return one value a possible CPU, each rounded up to 8 bytes. */
  get(key: Uint8Array): Buffer | undefined;
  /** `value` as `get` returns it. Returns false for EEXIST with `noExist` and ENOENT with `exist`; throws otherwise. */
  update(key: Uint8Array, value: Uint8Array, flags?: number): boolean;
  /** False when the key was absent. */
  delete(key: Uint8Array): boolean;
  /** Next key after `key`, or the first. */
  nextKey(key?: Uint8Array): Buffer | undefined;
  /** The whole map by batch lookups (get-next-key where the map type has no batch), on a worker. */
  dump(): Promise<BatchResult>;
  /**
   * Keys and values one after another; how many were written. With `noExist` and `exist` the others are left out;
   * after any other error a part may have been written.
   */
  updateBatch(keys: Uint8Array, values: Uint8Array, count: number, flags?: number): number;
  /** How many existed and were removed. */
  deleteBatch(keys: Uint8Array, count: number): number;
  pin(path: string): void;
  close(): void;
}

export interface BpfProgram {
  readonly info: ProgramInfo;
  /** BPF_PROG_TEST_RUN: real map writes, no real packet. Packets may grow by up to 64 KiB. */
  testRun(options: TestRunOptions): TestRunResult;
  pin(path: string): void;
  close(): void;
}

export interface BpfLink {
  readonly info: LinkInfo;
  /**
   * Swaps the program atomically (BPF_LINK_UPDATE; with `expected`, only if that is the current one: BPF_F_REPLACE).
   */
  update(program: BpfProgram, expected?: BpfProgram): void;
  /** Detaches from the device although pins may remain; at once, which removing the last pin is not. */
  detach(): void;
  pin(path: string): void;
  /** Lets go: an unpinned link is then detached by the kernel. */
  close(): void;
}

export interface BpfObject {
  /** Data sections by their section's name: `.rodata`, `.bss`. */
  readonly mapNames: readonly string[];
  readonly programNames: readonly string[];
  /** Variables of `.rodata`; empty when there are none. */
  readonly variables: readonly RodataVariable[];
  /**
   * Layout of a struct, union or typedef by name from the object's BTF; undefined when absent. Members of anonymous
   * members are listed as its own.
   */
  struct(name: string): BtfStruct | undefined;
  /** Before load. Throws when the name is unknown or the size differs. */
  setVariable(name: string, bytes: Uint8Array): void;
  /**
   * Before load. Uses an existing map in place of the object's own (bpf_map__reuse_fd).
   * StateError 'incompatible' when type, key size, value size or flags differ; the number of entries may.
   */
  reuseMap(name: string, map: BpfMap): void;
  /** Before load. */
  setMaxEntries(name: string, entries: number): void;
  /** Before load: a program that is not to be loaded. */
  setAutoload(program: string, autoload: boolean): void;
  /**
   * Loads on a worker, once. Rejects with VerifierError (whole log) or KernelError (in libbpf's words). Until then
   * every other method throws StateError 'busy'; a `close()` takes effect at its end, and it rejects with 'closed'.
   */
  load(): Promise<void>;
  /** After load. The object owns what it hands out, the same handle each time: its close() closes them. */
  map(name: string): BpfMap;
  program(name: string): BpfProgram;
  close(): void;
}

/** A netns is named by path (`/run/netns/x`, `/proc/PID/ns/net`); undefined means the caller's own. */
export interface NetnsOption {
  readonly netns?: string | undefined;
}

export type Hook = 'ingress' | 'egress';

export interface InterfaceAddress {
  readonly family: 4 | 6;
  /** Text form. */
  readonly address: string;
  readonly prefixLength: number;
  /** RT_SCOPE_*: 0 universe, 200 site, 253 link, 254 host. */
  readonly scope: number;
  readonly secondary: boolean;
  /** IFA_F_* bits (deprecated 0x20, tentative 0x40, …). */
  readonly flags: number;
}
export interface Interface {
  readonly index: number;
  readonly name: string;
  /** IFF_* bits. */
  readonly flags: number;
  /** ARPHRD_*: 1 Ethernet, 65534 none (tun). */
  readonly type: number;
  readonly mtu: number;
  /** Lower-case colon form; empty where there is none. */
  readonly mac: string;
  /** In the kernel's order. */
  readonly addresses: readonly InterfaceAddress[];
}

export interface TcFilter {
  readonly kind: string;
  readonly priority: number;
  readonly handle: number;
  readonly protocol: number;
  readonly chain: number;
  /** For kind bpf. */
  readonly programId?: number;
  readonly name?: string;
  readonly directAction?: boolean;
}
export interface TcAttachOptions extends NetnsOption {
  readonly ifindex: number;
  readonly hook: Hook;
  /** 1..65535. */
  readonly priority: number;
  readonly handle: number;
  /** What `tc filter show` prints, at most 255 bytes. */
  readonly name: string;
}

/** State of one tcx hook, from BPF_PROG_QUERY. */
export interface TcxEntry {
  readonly programId: number;
  readonly linkId: number;
}

export interface Lock {
  release(): void;
}

export interface Native {
  readonly libbpfVersion: string;
  /**
   * Parses an ELF object; nothing reaches the kernel before load(). Throws KernelError with libbpf's words when it is
   * no BPF object.
   */
  openObject(bytes: Uint8Array, name: string): BpfObject;
  createMap(options: {
    name: string;
    type: number;
    keySize: number;
    valueSize: number;
    maxEntries: number;
    flags?: number;
  }): BpfMap;
  mapFromPin(path: string): BpfMap;
  mapFromId(id: number): BpfMap;
  programFromPin(path: string): BpfProgram;
  programFromId(id: number): BpfProgram;
  linkFromPin(path: string): BpfLink;
  linkFromId(id: number): BpfLink;

  /**
   * bpf_link_create with BPF_TCX_*; EINVAL on kernels before 6.6 surfaces as KernelError. Appended after the programs
   * already there.
   */
  attachTcx(program: BpfProgram, options: NetnsOption & { ifindex: number; hook: Hook }): BpfLink;
  queryTcx(options: NetnsOption & { ifindex: number; hook: Hook }): TcxEntry[];

  /** Adds a clsact qdisc; false when one was there. KernelError EEXIST when an `ingress` qdisc takes its place. */
  addClsact(options: NetnsOption & { ifindex: number }): boolean;
  hasClsact(options: NetnsOption & { ifindex: number }): boolean;
  /** Removes the clsact qdisc only when neither hook holds a filter; false when it was absent or is in use. */
  removeClsactIfEmpty(options: NetnsOption & { ifindex: number }): boolean;
  /**
   * Creates the filter, or replaces the one of the same priority and handle atomically, whoever made it: look with
   * `listTc` first. Within one priority the kernel runs the newest filter first.
   */
  attachTc(program: BpfProgram, options: TcAttachOptions): void;
  /** False when there was none, the device included. */
  detachTc(options: NetnsOption & { ifindex: number; hook: Hook; priority: number; handle: number }): boolean;
  /** In the order in which the kernel runs them. */
  listTc(options: NetnsOption & { ifindex: number; hook: Hook }): TcFilter[];

  interfaces(options?: NetnsOption): Interface[];
  /** Inode number of the namespace, decimal: its identity. */
  netnsIdentity(options?: NetnsOption): string;

  /**
   * flock(LOCK_EX | LOCK_NB) on a file that is created when absent; undefined when it is held, by this process too. The
   * kernel lets go when the process dies.
   */
  tryLock(path: string): Lock | undefined;
  isBpffs(path: string): boolean;
  mountBpffs(path: string): void;
  /** Nanoseconds of CLOCK_MONOTONIC: what bpf_ktime_get_ns reads. */
  monotonicNow(): bigint;
  possibleCpus(): number;
  /** Whether a tc program may call the helper of this number (`enum bpf_func_id`): asked of the running kernel. */
  hasHelper(helper: number): boolean;
  /** Whether the running kernel's BTF has an enumerator of this name, e.g. `BPF_F_IPV6`: false without BTF. */
  hasEnumerator(name: string): boolean;
  /** A file of /proc/net as the namespace sees it, e.g. `nf_conntrack`; undefined when the kernel has none. */
  readProcNet(name: string, options?: NetnsOption): string | undefined;
  /** Effective capabilities of this process as a bit mask. */
  capabilities(): bigint;
}
