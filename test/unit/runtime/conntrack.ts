// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { V4 } from '../../../src/abi/structs.js';
import type { ConfigInput } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';
import { plan } from '../../../src/plan/plan.js';
import { parseConntrack } from '../../../src/runtime/conntrack.js';
import { seeds } from '../../../src/runtime/seed.js';

const line = {
  outbound:
    'ipv4     2 tcp      6 431999 ESTABLISHED src=10.20.30.11 dst=192.168.20.5 sport=40000 dport=3306 src=192.168.20.5 dst=10.20.30.11 sport=3306 dport=40000 [ASSURED] mark=0 zone=0 use=2',
  inbound:
    'ipv4     2 udp      17 29 src=192.0.2.9 dst=10.20.30.11 sport=5000 dport=53 src=10.20.30.11 dst=192.0.2.9 sport=53 dport=5000 mark=0 use=1',
  masqueraded:
    'ipv4     2 tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=192.0.2.9 sport=40001 dport=443 src=192.0.2.9 dst=192.168.10.2 sport=443 dport=40001 [ASSURED] use=1',
  ping: 'ipv4     2 icmp     1 29 src=192.168.10.2 dst=192.0.2.9 type=8 code=0 id=40002 src=192.0.2.9 dst=192.168.10.2 type=0 code=0 id=40002 use=1',
  v6: 'ipv6     10 tcp      6 100 ESTABLISHED src=fd00::1 dst=fd00::2 sport=1 dport=2 src=fd00::2 dst=fd00::1 sport=2 dport=1 use=1',
  other: 'ipv4     2 unknown  50 599 src=10.20.30.11 dst=192.0.2.9 src=192.0.2.9 dst=10.20.30.11 use=1',
};

const planned = (config: Partial<ConfigInput> = {}) =>
  plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }));
const seeded = (text: string, config?: Partial<ConfigInput>) =>
  seeds(parseConntrack(text), planned(config), ['192.168.10.2'], 5_000_000_000n);

t.test('lines as the kernel prints them', async (t) => {
  const flows = parseConntrack(Object.values(line).join('\n'));
  t.strictSame(
    flows.map((f) => f.protocol),
    ['tcp', 'udp', 'tcp', 'icmp', 'tcp'],
  );
  t.strictSame(flows[0]?.original, { src: '10.20.30.11', dst: '192.168.20.5', sport: 40000, dport: 3306 });
  t.strictSame(flows[3]?.reply, { src: '192.0.2.9', dst: '192.168.10.2', sport: 40002, dport: 0 });
  t.strictSame(parseConntrack('nonsense\n\n'), []);
});

t.test('a pod’s untranslated connection stays so', async (t) => {
  const [seed, ...rest] = seeded(line.outbound);
  t.equal(rest.length, 0);
  t.equal(seed?.map, 'snat_v4_kept');
  t.match(V4.TUPLE.decode(seed?.key as Buffer), {
    remote: 0xc0a81405,
    local: 0x0a141e0b,
    remote_port: 3306,
    local_port: 40000,
    protocol: 6,
  });
  t.match(V4.KEPT.decode(seed?.value as Buffer), { origin: 1, last_seen: 5_000_000_000n });
});

t.test('a connection from outside to a pod stays so', async (t) => {
  const [seed] = seeded(line.inbound);
  t.equal(seed?.map, 'snat_v4_kept');
  t.match(V4.TUPLE.decode(seed?.key as Buffer), {
    remote: 0xc0000209,
    local: 0x0a141e0b,
    remote_port: 5000,
    local_port: 53,
    protocol: 17,
  });
  t.match(V4.KEPT.decode(seed?.value as Buffer), { origin: 0 });
});

t.test('a port that another translation or the node holds is reserved, both halves', async (t) => {
  for (const [text, port, protocol, remote_port] of [
    [line.masqueraded, 40001, 6, 443],
    [line.ping, 40002, 1, 0],
  ] as const) {
    const found = seeded(text);
    t.strictSame(
      found.map((s) => s.map),
      ['snat_v4_ingress', 'snat_v4_egress'],
    );
    for (const s of found) {
      t.match(V4.TUPLE.decode(s.key), {
        remote: 0xc0000209,
        local: 0xc0a80a02,
        local_port: port,
        protocol,
        remote_port,
      });
      t.match(V4.MAPPING.decode(s.value), { address: 0xc0a80a02, port, flags: 8 });
    }
  }
});

t.test('what needs no note gets none', async (t) => {
  t.strictSame(
    seeded(line.outbound, { nativeRoutingCIDRs: ['192.168.20.0/24'] }),
    [],
    'towards an excluded destination',
  );
  t.strictSame(seeded(line.outbound, { podCIDRs: ['10.99.0.0/16'] }), [], 'of somebody who is no pod');
  t.strictSame(seeded(line.masqueraded, { portRange: '50000-60000' }), [], 'a port outside the range');
});
