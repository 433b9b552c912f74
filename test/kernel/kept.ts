// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { at, Datapath, frame, NODE, POD, ping, REMOTE, sportOf, tcp, udp } from '../helpers/datapath.js';

const service = at(POD, 8080);
const client = at(REMOTE, 51000);
const HOUR = 3600n * 1_000_000_000n;

t.test('a pod’s replies to a connection from outside are not rewritten', async (t) => {
  const d = await Datapath.load(t);
  t.equal(d.ingress(tcp(client, service)).reason, 'to-pod');
  for (const flags of [
    ['SYN', 'ACK'],
    ['ACK', 'PSH'],
    ['FIN', 'ACK'],
  ] as const) {
    const reply = tcp(service, client, { flags });
    const out = d.egress(reply);
    t.equal(out.reason, 'reply');
    t.strictSame(out.bytes, frame(reply));
  }
  t.equal(d.ingress(udp(client, at(POD, 53))).reason, 'to-pod');
  t.equal(d.egress(udp(at(POD, 53), client)).reason, 'reply');
  t.strictSame(await d.mappings(), []);
});

t.test('the pod’s own connection to a former client is translated', async (t) => {
  const d = await Datapath.load(t);
  d.ingress(tcp(client, service));
  t.equal(d.egress(tcp(service, client, { flags: ['SYN'] })).reason, 'new');
});

t.test('a note of a connection from outside ages', async (t) => {
  const d = await Datapath.load(t, { timeouts: { udp: '1ms' } });
  d.ingress(udp(client, at(POD, 53)));
  const until = process.hrtime.bigint() + 3_000_000n;
  while (process.hrtime.bigint() < until);
  t.equal(d.egress(udp(at(POD, 53), client)).reason, 'new');
});

t.test('midStream: adopt leaves a connection older than the program as it was', async (t) => {
  const d = await Datapath.load(t, {}, { midStreamFor: HOUR });
  const outbound = tcp(at(POD, 40000), at(REMOTE, 3306), { flags: ['ACK', 'PSH'], payload: 'query' });
  const out = d.egress(outbound);
  t.equal(out.reason, 'mid-stream');
  t.strictSame(out.bytes, frame(outbound));
  t.ok(d.has('kept', 'tcp', at(REMOTE, 3306), at(POD, 40000)));
  t.equal(d.ingress(tcp(client, service, { flags: ['ACK'] })).reason, 'to-pod');
  t.ok(d.has('kept', 'tcp', client, service), 'inbound ones are learned from the outside’s packets too');
  t.equal(d.egress(tcp(at(POD, 40001), at(REMOTE, 3306))).reason, 'new', 'a new connection is translated');
});

t.test(
  'midStream: once the window is over, such a packet is translated: the pod’s address must not leak for ever',
  async (t) => {
    const d = await Datapath.load(t);
    t.equal(d.egress(tcp(at(POD, 40000), at(REMOTE, 3306), { flags: ['ACK'] })).reason, 'new');
  },
);

t.test('midStream: translate', async (t) => {
  const d = await Datapath.load(t, { midStream: 'translate' }, { midStreamFor: HOUR });
  const out = d.egress(tcp(at(POD, 40000), at(REMOTE, 3306), { flags: ['ACK'] }));
  t.equal(out.reason, 'new');
  t.equal(sportOf(out.packet), 40000);
});

t.test('midStream: drop', async (t) => {
  const d = await Datapath.load(t, { midStream: 'drop' }, { midStreamFor: HOUR });
  const packet = tcp(at(POD, 40000), at(REMOTE, 3306), { flags: ['ACK'] });
  const out = d.egress(packet);
  t.equal(out.reason, 'mid-stream-refused');
  t.equal(out.verdict, 'drop');
  t.equal(d.egress(tcp(at(POD, 40000), at(REMOTE, 3306))).reason, 'new');
});

t.test('a scan of the pods pushes out notes, never translations', async (t) => {
  const d = await Datapath.load(t);
  d.egress(tcp(at(POD, 40000), at(REMOTE, 3306)));
  d.egress(ping(POD, REMOTE, 40000));
  for (let i = 0; i < 5000; i++) d.quick('ingress', frame(tcp(at('198.51.100.9', 1024 + i), at(POD, 80))));
  t.equal(d.egress(tcp(at(POD, 40000), at(REMOTE, 3306), { flags: ['ACK'] })).reason, 'established');
  t.equal(d.ingress(ping(REMOTE, NODE, 40000, true)).reason, 'reverse');
});
