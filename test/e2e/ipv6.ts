// SPDX-License-Identifier: Apache-2.0
/** IPv6 masquerade on a running node, both families at once. */
import t from 'tap';
import { captureOne } from '../../src/lab/capture.js';
import { verifyChecksums } from '../../src/net/packet.js';
import { requires } from '../helpers/requires.js';
import { BOTH, KINDS, NODE, NODE6, POD, POD6, POD26, SERVER, SERVER6, World } from '../helpers/world.js';

const GLOBAL = '2001:db8:20::/64';

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, server, node, topology } = world;
    await Promise.all([
      server.do('listen', { port: 80, host: '::' }),
      server.do('answer', { port: 53, host: '::' }),
      pod.do('listen', { port: 8080, host: '::' }),
      pod.do('answer', { port: 8081, host: '::' }),
      node.do('listen', { port: 8082, host: '::' }),
    ]);
    t.match(await pod.do('open', { id: 'before', host: SERVER6, port: 80 }), { address: POD6 });
    const snat = await world.start(t, { attach, ...BOTH });
    await pod.do('exchange', { id: 'before', bytes: 10_000 });
    t.pass('a connection from before goes on');

    await t.test('TCP leaves with the node’s address, a megabyte there and back', async (t) => {
      t.strictSame(await pod.do('open', { id: 'a', host: SERVER6, port: 80, localPort: 40000 }), {
        address: NODE6,
        port: 40000,
      });
      await pod.do('exchange', { id: 'a', bytes: 1 << 20 });
      t.match(
        (await snat.mappings.all()).filter((m) => m.inside.port === 40000),
        [
          {
            protocol: 'tcp',
            inside: { address: POD6 },
            outside: { address: NODE6, port: 40000 },
            remote: { address: SERVER6, port: 80 },
            state: 'established',
            halves: 'both',
          },
        ],
      );
      await pod.do('end', { id: 'a' });
    });

    await t.test('UDP, port kept and changed', async (t) => {
      t.strictSame(await pod.do('ask', { host: SERVER6, port: 53, payload: 'name?', localPort: 40001 }), {
        address: NODE6,
        port: 40001,
      });
      const seen = await pod.do('ask', { host: SERVER6, port: 53, payload: 'x'.repeat(1400), localPort: 2000 });
      t.equal(seen.address, NODE6);
      t.ok(seen.port >= 32768);
    });

    await t.test('two pods with one source port', async (t) => {
      await pod.do('open', { id: 'one', host: SERVER6, port: 80, localPort: 40010, localAddress: POD6 });
      const two = await pod.do('open', { id: 'two', host: SERVER6, port: 80, localPort: 40010, localAddress: POD26 });
      t.equal(two.address, NODE6);
      t.not(two.port, 40010);
      await Promise.all(['one', 'two'].map((id) => pod.do('exchange', { id, bytes: 100_000 })));
    });

    await t.test('ping', async (t) => {
      const { stdout } = await topology.run('pod', ['ping', '-6', '-c', '2', '-i', '0.1', '-W', '2', SERVER6]);
      t.match(stdout, /2 received/);
      t.ok((await snat.mappings.all()).some((m) => m.protocol === 'icmp6' && m.outside.address === NODE6));
      t.match(
        (await topology.run('server', ['ping', '-6', '-c', '1', '-W', '2', POD6])).stdout,
        /1 received/,
        'a ping to the pod is answered from its own address',
      );
    });

    await t.test('what was opened from outside is answered from the pod’s address', async (t) => {
      await server.do('open', { id: 'in', host: POD6, port: 8080 });
      await server.do('exchange', { id: 'in', bytes: 200_000 });
      t.match(await server.do('ask', { host: POD6, port: 8081, payload: 'well?' }), { address: SERVER6 });
      t.ok(World.count(snat, 'egress', 'reply') > 0);
    });

    await t.test('the node’s own connections, out and in', async (t) => {
      t.match(await node.do('open', { id: 'n', host: SERVER6, port: 80, localPort: 40020 }), {
        address: NODE6,
        port: 40020,
      });
      await server.do('open', { id: 'service', host: NODE6, port: 8082 });
      await Promise.all([
        node.do('exchange', { id: 'n', bytes: 50_000 }),
        server.do('exchange', { id: 'service', bytes: 50_000 }),
      ]);
    });

    await t.test('IPv4 at the same time, with the same ports', async (t) => {
      await pod.do('open', { id: 'six', host: SERVER6, port: 80, localPort: 40030 });
      t.strictSame(await pod.do('open', { id: 'four', host: SERVER, port: 80, localPort: 40030 }), {
        address: `::ffff:${NODE}`,
        port: 40030,
      });
      await Promise.all(['six', 'four'].map((id) => pod.do('exchange', { id, bytes: 200_000 })));
      const both = (await snat.mappings.all()).filter((m) => m.inside.port === 40030).map((m) => m.inside.address);
      t.strictSame(both.sort(), [POD, POD6]);
    });

    await t.test('neighbour discovery goes on beneath', async (t) => {
      const solicitation = await captureOne(topology, 'router', 'eth0', 'ip6[40] == 135 and dst net ff02::/16');
      const advertisement = await captureOne(topology, 'node', 'eth0', 'ip6[40] == 136');
      await topology.run('node', ['ip', '-6', 'neigh', 'flush', 'dev', 'eth0']);
      await node.do('exchange', { id: 'n', bytes: 1000 });
      for (const capture of [solicitation, advertisement])
        t.strictSame(verifyChecksums((await capture.take()).bytes), []);
      const { stdout } = await topology.run('node', ['ip', '-6', 'neigh', 'show', 'dev', 'eth0']);
      t.match(stdout, /^(2001:db8:10::1|fe80:\S+) lladdr \S+ router/m);
    });

    await t.test('excluded destinations keep the pod’s address', async (t) => {
      await snat.upgrade(world.config({ attach, ...BOTH, nativeRoutingCIDRs: [GLOBAL] }));
      t.match(await pod.do('open', { id: 'x', host: SERVER6, port: 80 }), { address: POD6 });
      t.match(await pod.do('ask', { host: SERVER6, port: 53, payload: 'name?' }), { address: POD6 });
      t.match(
        await pod.do('open', { id: 'x4', host: SERVER, port: 80 }),
        { address: `::ffff:${NODE}` },
        'IPv4 is still masqueraded',
      );
    });

    for (const direction of ['egress', 'ingress'] as const)
      t.equal(World.count(snat, direction, 'rewrite-failed'), 0, `no rewrite failed on ${direction}`);
  });
