// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import type { ReasonName } from '../../src/abi/reasons.js';
import type { PacketSpec } from '../../src/net/packet.js';
import { at, Datapath, ETH, frame, NODE, POD, ping, REMOTE, tcp, udp } from '../helpers/datapath.js';

const pod = at(POD, 40000);
const remote = at(REMOTE, 3306);
const config = {
  nativeRoutingCIDRs: ['10.20.0.0/16', '10.99.0.0/16', '172.16.0.0/12'],
  nonMasqueradeCIDRs: ['198.51.100.0/24'],
  remoteNodes: ['203.0.113.7'],
};

const egress: { name: string; packet: PacketSpec; reason: ReasonName }[] = [
  { name: 'inside the native-routing CIDR', packet: tcp(pod, at('10.20.99.5', 80)), reason: 'native-routing' },
  { name: 'first address of a native-routing CIDR', packet: tcp(pod, at('172.16.0.0', 80)), reason: 'native-routing' },
  {
    name: 'last address of a native-routing CIDR',
    packet: tcp(pod, at('172.31.255.255', 80)),
    reason: 'native-routing',
  },
  { name: 'the second native-routing CIDR', packet: udp(pod, at('10.99.1.1', 80)), reason: 'native-routing' },
  { name: 'the ip-masq-agent list', packet: udp(pod, at('198.51.100.1', 53)), reason: 'non-masquerade' },
  { name: 'another node', packet: ping(POD, '203.0.113.7', 40000), reason: 'remote-node' },
  { name: 'a source that is no pod', packet: tcp(at('10.20.31.1', 40000), remote), reason: 'not-ours' },
  { name: 'the node below the range', packet: tcp(at(NODE, 22), remote), reason: 'node' },
  {
    name: 'GRE',
    packet: { ip: { src: POD, dst: REMOTE }, protocol: 47, payload: 'xxxxxxxx' },
    reason: 'other-protocol',
  },
  {
    name: 'ESP to an excluded address',
    packet: { ip: { src: POD, dst: '10.20.1.1' }, protocol: 50, payload: 'x' },
    reason: 'native-routing',
  },
  {
    name: 'ICMP redirect',
    packet: { ip: { src: POD, dst: REMOTE }, icmp: { type: 5, code: 1, payload: 'xxxxxxxxxxxx' } },
    reason: 'icmp-other',
  },
  { name: 'a pod’s answer to a ping', packet: ping(POD, REMOTE, 40000, true), reason: 'reply' },
  { name: 'ARP', packet: { eth: { ...ETH, type: 0x0806 }, payload: new Uint8Array(28) }, reason: 'not-ip' },
  { name: 'IPv6', packet: { ip: { src: 'fd00::1', dst: 'fd00::2' }, udp: { sport: 1, dport: 2 } }, reason: 'not-ip' },
];

const ingress: { name: string; packet: PacketSpec; reason: ReasonName }[] = [
  { name: 'to the node, nothing translated', packet: tcp(remote, at(NODE, 22)), reason: 'no-mapping' },
  { name: 'to somebody else', packet: tcp(remote, at('192.168.10.3', 22)), reason: 'not-ours' },
  { name: 'straight to a pod', packet: tcp(remote, at(POD, 80)), reason: 'to-pod' },
  { name: 'from a native-routing CIDR to a pod', packet: udp(at('10.20.99.5', 53), pod), reason: 'to-pod' },
  { name: 'a ping to the node', packet: ping(REMOTE, NODE, 40000), reason: 'no-mapping' },
  { name: 'an unasked ping answer', packet: ping(REMOTE, NODE, 40000, true), reason: 'no-mapping' },
  {
    name: 'a later fragment to the node',
    packet: { ip: { src: REMOTE, dst: NODE, fragmentOffset: 64 }, protocol: 17, payload: 'rest' },
    reason: 'fragment',
  },
  {
    name: 'GRE to the node',
    packet: { ip: { src: REMOTE, dst: NODE }, protocol: 47, payload: 'xxxx' },
    reason: 'other-protocol',
  },
];

t.test('what is not translated leaves bit for bit as it came, with its reason', async (t) => {
  const d = await Datapath.load(t, config);
  for (const [direction, rows] of [['egress', egress] as const, ['ingress', ingress] as const])
    for (const { name, packet, reason } of rows) {
      const out = d[direction](packet);
      t.equal(out.reason, reason, `${direction}: ${name}`);
      t.equal(out.verdict, 'next');
      t.strictSame(out.bytes, frame(packet));
    }
  t.strictSame(await d.mappings(), []);
});

t.test('a packet cut anywhere is left alone', async (t) => {
  const d = await Datapath.load(t);
  for (const spec of [tcp(pod, remote), udp(pod, remote, { payload: '' }), ping(POD, REMOTE, 40000)]) {
    const whole = frame(spec);
    const headers = 14 + 20 + (spec.tcp ? 20 : 8);
    for (let length = 34; length < headers; length++) {
      const cut = whole.subarray(0, length);
      const out = d.egress(cut);
      t.equal(out.reason, 'truncated', `${length} of ${whole.length} bytes`);
      t.strictSame(out.bytes, Buffer.from(cut));
    }
  }
  t.strictSame(await d.mappings(), []);
});

t.test('a header that lies about its length is left alone', async (t) => {
  const d = await Datapath.load(t);
  const short = frame(tcp(pod, remote));
  short[14] = 0x44; // four words of header
  const total = frame(tcp(pod, remote));
  total.writeUInt16BE(30, 16); // ends inside the TCP header
  const past = frame(tcp(pod, remote));
  past[14] = 0x4f; // options past the end
  for (const bytes of [short, total, past]) {
    const out = d.egress(bytes);
    t.equal(out.reason, 'truncated');
    t.strictSame(out.bytes, bytes);
  }
});

t.test('masquerading off: everything of the pods is kept', async (t) => {
  const d = await Datapath.load(t, { masquerade: { ipv4: false } });
  for (const packet of [tcp(pod, remote), udp(pod, remote), ping(POD, REMOTE, 7)]) {
    const out = d.egress(packet);
    t.equal(out.reason, 'masquerade-off');
    t.strictSame(out.bytes, frame(packet));
  }
});

t.test('compiled out, as in Cilium 1.8.1 with pure DSR: the egress program is two instructions', async (t) => {
  const d = await Datapath.load(t, {}, { shape: { egress: 'compiled-out' } });
  const out = d.egress(tcp(pod, remote));
  t.equal(out.verdict, 0, 'TC_ACT_OK');
  t.equal(out.reason, 'none');
  t.strictSame(out.bytes, frame(tcp(pod, remote)));
});
