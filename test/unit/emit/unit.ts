// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import type { ConfigInput } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';
import { emitPortMatch, emitV4Match } from '../../../src/emit/match.js';
import { EMITTER_VERSION, emitUnit, shapeId } from '../../../src/emit/unit.js';
import { makeAddress } from '../../../src/net/address.js';
import { type Cidr, cidrContains, makeCidr, normalizeCidrs, parseCidr } from '../../../src/net/cidr.js';
import { packageVersion } from '../../../src/package.js';
import { plan } from '../../../src/plan/plan.js';

const unit = (config: Partial<ConfigInput> = {}) =>
  emitUnit(plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config })).shape);

t.test('the emitter is of this package', async (t) => {
  t.equal(EMITTER_VERSION, packageVersion);
});

t.test('equal shapes, equal units; what is no part of the shape changes nothing', async (t) => {
  t.equal(
    unit(),
    unit({ timeouts: { udp: '9s' }, portRange: '1024-2048', masqueradeAddress: '192.0.2.1', attach: 'tc' }),
  );
  t.not(unit(), unit({ natTableSize: 2048 }));
  const shape = plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] })).shape;
  t.match(shapeId(shape), /^[0-9a-f]{8}$/);
  t.match(emitUnit(shape), `shape ${shapeId(shape)}`);
});

t.test('what a configuration does not use is absent', async (t) => {
  t.notMatch(unit(), /native_routing|remote_node|non_masquerade/);
  t.notMatch(unit({ masquerade: { ipv4: false } }), /translate\.h|SNAT_NAT_ENTRIES|bpf_loop/);
  t.match(unit({ remoteNodes: ['192.0.2.1'] }), /remote_node/);
});

t.test('one switch a prefix length', async (t) => {
  const cidrs = ['10.0.0.0/8', '11.0.0.0/8', '192.0.2.1/32'].map((c) => parseCidr(c) as Cidr);
  t.equal(
    emitV4Match(cidrs, 'true'),
    '\tswitch (address & 0xff000000) {\n\tcase SNAT_IPV4(10, 0, 0, 0):\n\tcase SNAT_IPV4(11, 0, 0, 0):\n\t\treturn true;\n\t}\n' +
      '\tif (address == SNAT_IPV4(192, 0, 2, 1))\n\t\treturn true;\n',
  );
});

/** Runs emitted matching statements as JavaScript: their grammar is the common part of both languages. */
function evaluate(statements: string, address: number): boolean {
  const js = statements
    .replace(
      /SNAT_IPV4\((\d+), (\d+), (\d+), (\d+)\)/g,
      (_, a, b, c, d) => `${((a << 24) | (b << 16) | (c << 8) | d) >>> 0}`,
    )
    .replace(/address & (0x[0-9a-f]+)/g, '((address & $1) >>> 0)');
  return new Function('address', `${js} return false;`)(address) as boolean;
}

t.test('any set of CIDRs matches exactly its addresses', async () => {
  const cidr = fc
    .record({ value: fc.integer({ min: 0, max: 0xffffffff }), length: fc.integer({ min: 0, max: 32 }) })
    .map(({ value, length }) => {
      const mask = length === 0 ? 0n : (0xffffffffn << BigInt(32 - length)) & 0xffffffffn;
      return makeCidr(makeAddress(4, BigInt(value) & mask), length);
    });
  fc.assert(
    fc.property(
      fc.array(cidr, { maxLength: 12 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.nat(11),
      (list, random, pick) => {
        const cidrs = normalizeCidrs(list);
        const statements = emitV4Match(cidrs, 'true');
        const edge = list[pick]?.address.value ?? 0n;
        for (const a of [BigInt(random), edge, edge - 1n, edge + 1n]) {
          if (a < 0n || a > 0xffffffffn) continue;
          const address = makeAddress(4, a);
          const expected = list.some((c) => cidrContains(c, address));
          if (evaluate(statements, Number(a)) !== expected) return false;
        }
        return true;
      },
    ),
    { numRuns: 500 },
  );
});

t.test('port ranges', async (t) => {
  t.equal(emitPortMatch([]), 'false');
  t.equal(emitPortMatch([{ min: 80, max: 80 }]), 'port == 80');
  t.match(
    emitPortMatch([
      { min: 80, max: 80 },
      { min: 90, max: 99 },
    ]),
    /port == 80 \|\|\s+\(port >= 90 && port <= 99\)/,
  );
});

t.test('nothing but what was parsed reaches the unit', async (t) => {
  t.throws(() => unit({ podCIDRs: ['10.0.0.0/8 */ #include "/etc/passwd"'] }));
  t.throws(() => unit({ devices: ['eth0"; evil'] }));
  t.notMatch(unit({ devices: ['x*y'] }), /x\*y/);
});
