// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * What a guest loads, as far as its kernel has it as a module: the way to the host's files first, then what a node
 * that masquerades may use. crc32c goes first: libcrc32c asks for it by an alias that only modprobe could resolve.
 */
export const GUEST_MODULES: readonly string[] = [
  ...['crc32c_generic', 'crc32c_intel', 'virtio_pci', 'virtio_console', 'fuse', 'virtiofs', 'overlay'],
  ...[
    'veth',
    'bridge',
    'br_netfilter',
    '8021q',
    'dummy',
    'macvlan',
    'ipvlan',
    'vxlan',
    'geneve',
    'tun',
    'ifb',
    'ipip',
    'sit',
    'ip_gre',
  ],
  ...[
    'sch_ingress',
    'sch_netem',
    'sch_fq_codel',
    'cls_bpf',
    'cls_u32',
    'cls_matchall',
    'cls_flower',
    'act_bpf',
    'act_mirred',
    'act_gact',
  ],
  ...[
    'nf_conntrack',
    'nf_conntrack_netlink',
    'nfnetlink',
    'nf_nat',
    'nf_tables',
    'nft_chain_nat',
    'nft_nat',
    'nft_masq',
    'nft_redir',
  ],
  ...[
    'nft_ct',
    'nft_counter',
    'nft_limit',
    'nft_log',
    'nft_reject_inet',
    'nft_compat',
    'nft_fib_inet',
    'nft_numgen',
    'nft_hash',
  ],
  ...[
    'ip_tables',
    'ip6_tables',
    'iptable_nat',
    'iptable_filter',
    'xt_MASQUERADE',
    'xt_nat',
    'xt_conntrack',
    'xt_set',
    'xt_comment',
    'xt_mark',
  ],
  ...['ip_set', 'ip_set_hash_net', 'ip_set_hash_ip', 'xt_addrtype'],
];

/** What a module file says of itself (its `.modinfo`): the modules it needs, comma-separated. */
export function dependenciesOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  const found = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  return found.split(',').filter(Boolean).map(canonical);
}

/** Module names are equal whether they are written with `-` or `_`. */
export const canonical = (name: string): string => name.replaceAll('-', '_');

/** The wanted modules that exist and all they need, each after what it needs. */
export function insertionOrder(
  wanted: readonly string[],
  dependencies: (name: string) => readonly string[] | undefined,
): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const needs = dependencies(name);
    if (needs === undefined) return; // Built in, or not there at all.
    for (const need of needs) visit(need);
    order.push(name);
  };
  for (const name of wanted) visit(canonical(name));
  return order;
}

/** Modules as they lie in an unpacked kernel package. */
export class ModuleTree {
  private readonly files: ReadonlyMap<string, string>;
  private readonly contents = new Map<string, Buffer>();

  /** @param folder `…/lib/modules/RELEASE`. */
  constructor(folder: string) {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((p) => /\.ko(\.xz)?$/.test(p));
    this.files = new Map(paths.map((p) => [canonical(basename(p).replace(/\.ko(\.xz)?$/, '')), join(folder, p)]));
  }

  /** A module's bytes, decompressed; undefined when the kernel has no such module. */
  read(name: string): Buffer | undefined {
    const known = this.contents.get(name);
    const file = this.files.get(name);
    if (known || !file) return known;
    const bytes = file.endsWith('.xz')
      ? execFileSync('xz', ['--decompress', '--stdout', file], { maxBuffer: 1 << 28 })
      : readFileSync(file);
    this.contents.set(name, bytes);
    return bytes;
  }

  order(wanted: readonly string[]): string[] {
    return insertionOrder(wanted, (name) => {
      const bytes = this.read(name);
      return bytes && dependenciesOf(bytes);
    });
  }
}
