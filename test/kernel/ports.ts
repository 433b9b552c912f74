// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { at, Datapath, frame, NODE, POD, POD2, ping, REMOTE, sportOf, tcp, udp } from '../helpers/datapath.js';
import { requires } from '../helpers/requires.js';

const server = at(REMOTE, 3306);

t.test(
  'a range is handed out to its last port, 65535 included, each port once; then the packet is dropped',
  async (t) => {
    const d = await Datapath.load(t, { portRange: '65436-65535' });
    const ports = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const out = d.egress(tcp(at(POD, 1000 + i), server));
      t.equal(out.reason, 'new');
      ports.add(sportOf(out.packet));
    }
    t.equal(ports.size, 100);
    t.ok(ports.has(65436) && ports.has(65535));
    const packet = tcp(at(POD, 2000), server);
    for (const attempt of ['after a walk', 'without one']) {
      const out = d.egress(packet);
      t.equal(out.verdict, 'drop', attempt);
      t.equal(out.reason, 'no-port');
      t.strictSame(out.bytes, frame(packet), 'never half translated');
    }
    t.equal(d.egress(tcp(at(POD, 2000), at(REMOTE, 3307))).reason, 'new', 'another endpoint has its own ports');
    t.equal(d.egress(tcp(at(POD, 1000), server)).reason, 'established', 'and who has a port keeps it');
  },
);

t.test('the default range offers 32768 ports and no fewer', requires('bpf_loop'), async (t) => {
  const d = await Datapath.load(t, { natTableSize: 40_000 });
  const seen = new Set<number>();
  let failed = 0;
  for (let i = 0; i < 32768; i++) {
    const out = d.quick('egress', frame(udp(at(i & 1 ? POD : POD2, 1 + (i >> 1)), server)));
    if (out.dropped) failed++;
    seen.add(out.bytes.readUInt16BE(14 + 20));
  }
  t.equal(failed, 0);
  t.equal(d.count('egress', 'new'), 32768);
  t.equal(seen.size, 32768);
  t.equal(d.egress(udp(at(POD, 50_000), server)).reason, 'no-port');
});

t.test('reserved ports are never handed out, not even to a pod that has that very port', async (t) => {
  const d = await Datapath.load(t, { portRange: '40000-40009', reservedPorts: [40000, '40002-40007'] });
  const got = [40000, 40003, 40009].map((port) => sportOf(d.egress(tcp(at(POD, port), server)).packet));
  t.strictSame([...got].sort(), [40001, 40008, 40009]);
  t.equal(d.egress(tcp(at(POD, 40001), server)).reason, 'no-port');
});

t.test('a port on which the node listens is not handed out', async (t) => {
  const listener = createServer().listen(0, '0.0.0.0');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  const { port } = listener.address() as { port: number };
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const bound = socket.address().port;
  const d = await Datapath.load(t, { portRange: '1024-65535' });
  t.not(sportOf(d.egress(tcp(at(POD, port), server)).packet), port);
  t.equal(
    sportOf(d.egress(udp(at(POD, port === bound ? port - 1 : port), server)).packet),
    port === bound ? port - 1 : port,
  );
  t.not(sportOf(d.egress(udp(at(POD, bound), server)).packet), bound);
});

t.test('the node’s own connection keeps its port and is not rewritten', async (t) => {
  const d = await Datapath.load(t);
  for (const spec of [tcp(at(NODE, 40000), server), udp(at(NODE, 40000), server), ping(NODE, REMOTE, 40000)]) {
    for (const _ of ['first', 'second']) {
      const out = d.egress(spec);
      t.equal(out.reason, 'node');
      t.strictSame(out.bytes, frame(spec));
    }
  }
  t.not(sportOf(d.egress(tcp(at(POD, 40000), server)).packet), 40000, 'so a pod has to take another');
  const back = tcp(server, at(NODE, 40000), { flags: ['SYN', 'ACK'] });
  const out = d.ingress(back);
  t.equal(out.reason, 'node');
  t.strictSame(out.bytes, frame(back));
});

t.test('the node’s connection moves when a pod has its port, and both work', async (t) => {
  const d = await Datapath.load(t);
  t.equal(sportOf(d.egress(tcp(at(POD, 40000), server)).packet), 40000);
  const out = d.egress(tcp(at(NODE, 40000), server));
  t.equal(out.reason, 'new');
  t.strictSame(out.wrong, []);
  const moved = sportOf(out.packet);
  t.not(moved, 40000);
  const answer = (port: number) => d.ingress(tcp(server, at(NODE, port), { flags: ['SYN', 'ACK'] })).packet;
  t.match(answer(moved), { ip: { dst: NODE }, tcp: { dport: 40000 } });
  t.match(answer(40000), { ip: { dst: POD }, tcp: { dport: 40000 } });
});

t.test('the node’s older connections pass without an entry', async (t) => {
  const d = await Datapath.load(t);
  const spec = tcp(at(NODE, 40000), server, { flags: ['ACK', 'PSH'], payload: 'x' });
  t.equal(d.egress(spec).reason, 'node');
  t.strictSame(await d.mappings(), []);
});

t.test('a full table drops new flows and serves the old ones', async (t) => {
  const d = await Datapath.load(t, {}, { shape: { natEntries: 16 } });
  let made = 0;
  let dropped = 0;
  for (let i = 0; i < 40; i++) {
    const packet = udp(at(POD, 40000 + i), at(REMOTE, 1000 + i));
    const out = d.egress(packet);
    if (out.reason === 'new') made++;
    else {
      dropped++;
      t.equal(out.reason, 'table-full');
      t.equal(out.verdict, 'drop');
      t.strictSame(out.bytes, frame(packet));
    }
  }
  t.ok(made >= 16 && dropped > 0, `${made} made, ${dropped} dropped`);
  t.equal(d.egress(udp(at(POD, 40000), at(REMOTE, 1000))).reason, 'established');
  const rows = await d.mappings();
  t.ok(
    rows.every((r) => r.halves === 'both'),
    'no half was left of a flow that did not fit',
  );
  t.equal(d.egress(udp(at(NODE, 50000), at(REMOTE, 1))).reason, 'node', 'the node is never cut off by it');
});
