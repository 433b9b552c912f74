// SPDX-License-Identifier: Apache-2.0
/**
 * A struct shared with the kernel, described once: `toC()` prints the declaration, `encode`/`decode` move the bytes, and
 * `layout` is what the loaded object's BTF is checked against. Host byte order is little-endian or big-endian as the
 * machine is; the `be*` kinds are network order and read as plain numbers.
 */
const BIG_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

export interface Kind<T> {
  readonly ctype: string;
  readonly size: number;
  readonly count?: number;
  /** Default: the size. */
  readonly alignment?: number;
  read(view: DataView, offset: number): T;
  write(view: DataView, offset: number, value: T): void;
}

const host = !BIG_ENDIAN_HOST;
export const u8: Kind<number> = {
  ctype: '__u8',
  size: 1,
  read: (v, o) => v.getUint8(o),
  write: (v, o, x) => v.setUint8(o, x),
};
export const u16: Kind<number> = {
  ctype: '__u16',
  size: 2,
  read: (v, o) => v.getUint16(o, host),
  write: (v, o, x) => v.setUint16(o, x, host),
};
export const u32: Kind<number> = {
  ctype: '__u32',
  size: 4,
  read: (v, o) => v.getUint32(o, host),
  write: (v, o, x) => v.setUint32(o, x, host),
};
export const u64: Kind<bigint> = {
  ctype: '__u64',
  size: 8,
  read: (v, o) => v.getBigUint64(o, host),
  write: (v, o, x) => v.setBigUint64(o, x, host),
};
export const be16: Kind<number> = {
  ctype: '__be16',
  size: 2,
  read: (v, o) => v.getUint16(o, false),
  write: (v, o, x) => v.setUint16(o, x, false),
};
export const be32: Kind<number> = {
  ctype: '__be32',
  size: 4,
  read: (v, o) => v.getUint32(o, false),
  write: (v, o, x) => v.setUint32(o, x, false),
};
/** An IPv6 address; aligned as four words. */
export const be128: Kind<bigint> = {
  ctype: 'struct snat_v6_address',
  size: 16,
  alignment: 4,
  read: (v, o) => (v.getBigUint64(o, false) << 64n) | v.getBigUint64(o + 8, false),
  write: (v, o, x) => {
    v.setBigUint64(o, x >> 64n, false);
    v.setBigUint64(o + 8, x & 0xffff_ffff_ffff_ffffn, false);
  },
};
/** `struct bpf_spin_lock`: the kernel neither copies it out nor in. */
export const spinLock: Kind<number> = { ...u32, ctype: 'struct bpf_spin_lock' };
/** Explicit padding: written as zero, so that keys compare equal. */
export const pad = (count: number): Kind<null> => ({
  ctype: '__u8',
  size: count,
  count,
  read: () => null,
  write: (v, o) => {
    for (let i = 0; i < count; i++) v.setUint8(o + i, 0);
  },
});

export type Fields = Record<string, Kind<number> | Kind<bigint> | Kind<null>>;
export type Value<F extends Fields> = { [K in keyof F]: F[K] extends Kind<infer T> ? T : never };
/** What `encode` takes: padding and locks may be left out. */
export type Input<F extends Fields> = {
  [K in keyof F as F[K] extends Kind<null> ? never : K]?: Value<F>[K];
};

export interface Member {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export interface Layout<F extends Fields = Fields> {
  readonly name: string;
  readonly size: number;
  readonly members: readonly Member[];
  decode(bytes: Uint8Array, offset?: number): Value<F>;
  encode(value: Input<F>): Buffer;
  toC(): string;
}

export type Decoded<L> = L extends Layout<infer F> ? Value<F> : never;

/** Lays fields out as C does; a hole that the compiler would insert is an error here, so that every byte is named. */
export function struct<F extends Fields>(name: string, comment: string, fields: F): Layout<F> {
  const entries = Object.entries(fields) as [string, Kind<unknown>][];
  const members: Member[] = [];
  let offset = 0;
  let alignment = 1;
  for (const [field, kind] of entries) {
    const align = kind.alignment ?? (kind.count === undefined ? kind.size : 1);
    if (offset % align !== 0) throw new Error(`struct ${name}: ${field} at ${offset} needs explicit padding`);
    members.push({ name: field, offset, size: kind.size });
    offset += kind.size;
    alignment = Math.max(alignment, align);
  }
  if (offset % alignment !== 0) throw new Error(`struct ${name}: size ${offset} needs trailing padding`);
  const size = offset;
  const view = (b: Uint8Array) => new DataView(b.buffer, b.byteOffset, b.byteLength);
  return {
    name,
    size,
    members,
    decode(bytes, at = 0) {
      const v = view(bytes);
      const out: Record<string, unknown> = {};
      entries.forEach(([field, kind], i) => {
        out[field] = kind.read(v, at + (members[i] as Member).offset);
      });
      return out as Value<F>;
    },
    encode(value) {
      const bytes = Buffer.alloc(size);
      const v = view(bytes);
      entries.forEach(([field, kind], i) => {
        const x = (value as Record<string, unknown>)[field];
        if (x !== undefined) kind.write(v, (members[i] as Member).offset, x);
      });
      return bytes;
    },
    toC() {
      const lines = entries.map(([field, k]) => `\t${k.ctype} ${field}${k.count === undefined ? '' : `[${k.count}]`};`);
      return `/* ${comment} */\nstruct ${name} {\n${lines.join('\n')}\n};\n`;
    },
  };
}
