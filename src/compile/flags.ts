// SPDX-License-Identifier: Apache-2.0
/** clang's arguments, each with its reason. `headers` is the folder that holds `snat/`. */
export function clangFlags(headers: string): string[] {
  return [
    '-target',
    'bpf',
    '-mcpu=v3', // 32-bit registers and jumps: kernel 5.1
    '-std=gnu11',
    '-O2',
    '-g', // BTF: map types, line info in the verifier's log
    '-Wall',
    '-Wextra',
    '-Werror',
    '-nostdinc', // our own declarations only: no kernel headers are needed, and none can interfere
    '-fno-jump-tables', // the kernel refuses computed jumps
    '-fno-ident', // these three make the object byte-identical in every folder
    `-ffile-prefix-map=${headers}=bpf`,
    '-fdebug-compilation-dir=.',
    `-I${headers}`,
  ];
}
