// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { V4 } from '../../src/abi/structs.js';
import { encodeTuple } from '../../src/maps/tuple.js';
import { at, Datapath, NODE, POD, POD2, ping, REMOTE, sportOf, tcp, udp } from '../helpers/datapath.js';

const server = at(REMOTE, 3306);
const pod = at(POD, 40000);
const outside = at(NODE, 40000);
const state = async (d: Datapath) => (await d.mappings())[0]?.state;

t.test('TCP: opening, established by the answer, closing by both FINs', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(pod, server));
  t.equal(await state(d), 'opening');
  d.egress(tcp(pod, server, { flags: ['ACK'] }));
  t.equal(await state(d), 'opening', 'the inside alone cannot establish it');
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  t.equal(await state(d), 'established');
  d.egress(tcp(pod, server, { flags: ['FIN', 'ACK'] }));
  t.equal(await state(d), 'established', 'half closed is still alive');
  d.ingress(tcp(server, outside, { flags: ['FIN', 'ACK'] }));
  t.equal(await state(d), 'closing');
  d.egress(tcp(pod, server));
  t.equal(await state(d), 'opening', 'the same ports used again');
});

t.test('TCP: a reset closes, and traffic after a forged one opens again', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(pod, server));
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  d.ingress(tcp(server, outside, { flags: ['RST'] }));
  t.equal(await state(d), 'closing');
  d.ingress(tcp(server, outside, { flags: ['ACK'], payload: 'x' }));
  t.equal(await state(d), 'established');
});

t.test('both halves carry the state', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(pod, server));
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  const egress = d.map('snat_v4_egress').get(encodeTuple('tcp', server, pod));
  const ingress = d.map('snat_v4_ingress').get(encodeTuple('tcp', server, outside));
  for (const half of [egress, ingress]) t.equal(V4.MAPPING.decode(half as Buffer).state, 1);
});

t.test('the port of an expired flow is taken, of a silent live one is not', async (t) => {
  for (const [minutes, reason] of [
    [3, 'no-port'],
    [5, 'new'],
  ] as const) {
    const d = await Datapath.load(t, { portRange: '40000' });
    d.egress(tcp(pod, server));
    d.age('egress', 'tcp', server, pod, minutes * 60);
    d.age('ingress', 'tcp', server, outside, minutes * 60);
    t.equal(d.egress(tcp(at(POD2, 1), server)).reason, reason, `an opening flow silent for ${minutes} minutes`);
    t.equal(d.has('egress', 'tcp', server, pod), reason === 'no-port');
  }
});

t.test('an established connection silent for two hours keeps its port', async (t) => {
  const d = await Datapath.load(t, { portRange: '40000' });
  d.egress(tcp(pod, server));
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  d.age('egress', 'tcp', server, pod, 7200);
  d.age('ingress', 'tcp', server, outside, 7200);
  t.equal(d.egress(tcp(at(POD2, 1), server)).reason, 'no-port');
});

t.test('a flow of which one direction only was seen lately is alive', async (t) => {
  const d = await Datapath.load(t, { portRange: '40000' });
  d.egress(udp(pod, server));
  d.age('ingress', 'udp', server, outside, 3600);
  t.equal(d.egress(udp(at(POD2, 1), server)).reason, 'no-port');
});

t.test('traffic one way refreshes the other half within a second', async (t) => {
  const d = await Datapath.load(t, { portRange: '40000' });
  d.egress(udp(pod, server));
  d.age('ingress', 'udp', server, outside, 3600);
  d.age('egress', 'udp', server, pod, 2);
  d.egress(udp(pod, server));
  t.ok((await d.mappings()).every((m) => m.idleMs < 1000));
  d.age('egress', 'udp', server, pod, 3600);
  t.equal(d.egress(udp(at(POD2, 1), server)).reason, 'no-port', 'judged by the refreshed half');
});

t.test('a lost egress half is rebuilt from the ingress half, by either direction', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(pod, server));
  d.map('snat_v4_egress').delete(encodeTuple('tcp', server, pod));
  t.equal(sportOf(d.egress(tcp(pod, server)).packet), 40000, 'the same port');
  t.equal((await d.mappings()).length, 1);
  d.map('snat_v4_egress').delete(encodeTuple('tcp', server, pod));
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  t.match(await d.mappings(), [{ halves: 'both', state: 'established' }]);
});

t.test('a lost ingress half is rebuilt from the egress half', async (t) => {
  const d = await Datapath.load(t);
  d.egress(ping(POD, REMOTE, 40000));
  d.map('snat_v4_ingress').delete(encodeTuple('icmp', at(REMOTE, 0), outside));
  d.age('egress', 'icmp', at(REMOTE, 0), pod, 2);
  d.egress(ping(POD, REMOTE, 40000));
  t.match(await d.mappings(), [{ halves: 'both' }]);
});

t.test('a flow whose port went to another while it was half dead gets a new one', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(pod, server));
  d.map('snat_v4_ingress').delete(encodeTuple('tcp', server, outside));
  t.equal(sportOf(d.egress(tcp(at(POD2, 40000), server)).packet), 40000);
  d.age('egress', 'tcp', server, pod, 2);
  const port = sportOf(d.egress(tcp(pod, server)).packet);
  t.not(port, 40000, 'it never sends from what now is another’s port');
  t.equal(d.ingress(tcp(server, at(NODE, port), { flags: ['SYN', 'ACK'] })).packet.ip?.dst, POD);
  t.equal(d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] })).packet.ip?.dst, POD2);
});

t.test('a table full of dead flows makes room by itself, a live flow among them stays', async (t) => {
  const d = await Datapath.load(t, {}, { shape: { natEntries: 64 } });
  d.egress(tcp(pod, server));
  d.ingress(tcp(server, outside, { flags: ['SYN', 'ACK'] }));
  const remote = (i: number) => at(REMOTE, 10_000 + i);
  let made = 0;
  while (d.egress(udp(at(POD, 50_000), remote(made))).reason === 'new') made++;
  t.ok(made >= 63, `${made} flows fill it`);
  for (let i = 0; i < made; i++) {
    d.age('egress', 'udp', remote(i), at(POD, 50_000), 600);
    d.age('ingress', 'udp', remote(i), at(NODE, 50_000), 600);
  }
  let dropped = 0;
  for (let i = 0; i < 640; i++) {
    const out = d.egress(udp(at(POD2, 51_000), at(REMOTE, 20_000 + i)));
    if (out.verdict === 'drop') dropped++;
    d.age('egress', 'udp', at(REMOTE, 20_000 + i), at(POD2, 51_000), 600);
    d.age('ingress', 'udp', at(REMOTE, 20_000 + i), at(NODE, 51_000), 600);
  }
  t.ok(dropped < 64, `${dropped} of 640 new flows found no room at first`);
  t.equal(d.egress(tcp(pod, server, { flags: ['ACK'] })).reason, 'established');
});

t.test('an expired mapping lets nothing in until the inside speaks again', async (t) => {
  const d = await Datapath.load(t);
  d.egress(udp(pod, server));
  d.age('egress', 'udp', server, pod, 600);
  d.age('ingress', 'udp', server, outside, 600);
  t.equal(d.ingress(udp(server, outside)).reason, 'no-mapping');
  t.equal(d.egress(udp(pod, server)).reason, 'established');
  t.equal(d.ingress(udp(server, outside)).reason, 'reverse');
});
