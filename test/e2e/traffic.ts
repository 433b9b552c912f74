// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { requires } from '../helpers/requires.js';
import { KINDS, NODE, POD, POD2, SERVER, World } from '../helpers/world.js';

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, server, node, topology } = world;
    await Promise.all([
      server.do('listen', { port: 80 }),
      server.do('answer', { port: 53 }),
      pod.do('listen', { port: 8080 }),
    ]);
    t.match(
      await pod.do('open', { id: 'before', host: SERVER, port: 80 }),
      { address: POD },
      'without snatkit the pod is seen',
    );
    const snat = await world.start(t, { attach });
    t.equal(snat.status().attachKind, attach);

    await t.test('TCP leaves with the node’s address, a megabyte there and back', async (t) => {
      t.strictSame(await pod.do('open', { id: 'a', host: SERVER, port: 80, localPort: 40000 }), {
        address: NODE,
        port: 40000,
      });
      await pod.do('exchange', { id: 'a', bytes: 1 << 20 });
      const rows = (await snat.mappings.all()).filter((m) => m.inside.port === 40000);
      t.match(rows, [
        {
          protocol: 'tcp',
          inside: { address: POD },
          outside: { address: NODE, port: 40000 },
          state: 'established',
          halves: 'both',
        },
      ]);
      await pod.do('end', { id: 'a' });
      t.match(
        (await snat.mappings.all()).filter((m) => m.inside.port === 40000),
        [{ state: 'closing' }],
      );
    });

    await t.test('UDP, and a port below the range', async (t) => {
      t.match(await pod.do('ask', { host: SERVER, port: 53, payload: 'name?', localPort: 40001 }), {
        address: NODE,
        port: 40001,
      });
      const seen = await pod.do('ask', { host: SERVER, port: 53, payload: 'x'.repeat(1400), localPort: 2000 });
      t.equal(seen.address, NODE);
      t.ok(seen.port >= 32768);
    });

    await t.test('ping', async (t) => {
      const { stdout } = await topology.run('pod', ['ping', '-c', '2', '-i', '0.1', '-W', '2', SERVER]);
      t.match(stdout, /2 received/);
      t.ok((await snat.mappings.all()).some((m) => m.protocol === 'icmp'));
    });

    await t.test('two pods with one source port', async (t) => {
      await pod.do('open', { id: 'one', host: SERVER, port: 80, localPort: 40010, localAddress: POD });
      const two = await pod.do('open', { id: 'two', host: SERVER, port: 80, localPort: 40010, localAddress: POD2 });
      t.not(two.port, 40010);
      await Promise.all(['one', 'two'].map((id) => pod.do('exchange', { id, bytes: 100_000 })));
      await Promise.all(['one', 'two'].map((id) => pod.do('end', { id })));
    });

    await t.test('a connection from outside to the pod is answered from the pod’s address', async (t) => {
      await server.do('open', { id: 'in', host: POD, port: 8080 });
      await server.do('exchange', { id: 'in', bytes: 200_000 });
      await server.do('end', { id: 'in' });
      t.ok(World.count(snat, 'egress', 'reply') > 0);
    });

    await t.test('the node’s own connection works beside the pod’s with the same port', async (t) => {
      await pod.do('open', { id: 'p', host: SERVER, port: 80, localPort: 40020 });
      const seen = await node.do('open', { id: 'n', host: SERVER, port: 80, localPort: 40020 });
      t.equal(seen.address, NODE);
      t.not(seen.port, 40020, 'the node’s is the one that moved');
      await Promise.all([
        pod.do('exchange', { id: 'p', bytes: 50_000 }),
        node.do('exchange', { id: 'n', bytes: 50_000 }),
      ]);
      await Promise.all([pod.do('end', { id: 'p' }), node.do('end', { id: 'n' })]);
      t.match(await node.do('open', { id: 'm', host: SERVER, port: 80, localPort: 40021 }), { port: 40021 });
      await node.do('end', { id: 'm' });
    });

    await t.test('checksums that a device still has to finish come out right', async (t) => {
      // The devices right behind ours finish what the senders left open: only then do the receivers look.
      await topology.run('router', ['ethtool', '-K', 'eth1', 'tx', 'off']);
      await topology.run('node', ['ethtool', '-K', 'lxc0', 'tx', 'off']);
      await pod.do('open', { id: 'sum', host: SERVER, port: 80, localPort: 40030 });
      await pod.do('exchange', { id: 'sum', bytes: 100_000 });
      await pod.do('end', { id: 'sum' });
      const moved = await pod.do('ask', { host: SERVER, port: 53, payload: 'odd', localPort: 2001 });
      t.equal(moved.address, NODE);
      await topology.run('router', ['ethtool', '-K', 'eth1', 'tx', 'on']);
      await topology.run('node', ['ethtool', '-K', 'lxc0', 'tx', 'on']);
    });

    await t.test('segmentation offload: iperf3 in both directions', async (t) => {
      // The receiver counts up to the word that the test is over, which may overtake the last megabytes.
      const arrived = ({ end }: { end: Record<'sum_sent' | 'sum_received', { bytes: number }> }) =>
        t.ok(end.sum_sent.bytes >= 64 * 2 ** 20 && end.sum_received.bytes > 32 * 2 ** 20);
      const listener = topology.spawn('server', ['iperf3', '-s', '-1', '--forceflush', '-p', '5201'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await ready(listener.stdout);
      const out = JSON.parse(
        (await topology.run('pod', ['iperf3', '-c', SERVER, '-p', '5201', '-n', '64M', '-J'])).stdout,
      );
      arrived(out);
      const back = topology.spawn('server', ['iperf3', '-s', '-1', '--forceflush', '-p', '5202'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await ready(back.stdout);
      const reverse = JSON.parse(
        (await topology.run('pod', ['iperf3', '-c', SERVER, '-p', '5202', '-n', '64M', '-R', '-J'])).stdout,
      );
      arrived(reverse);
      const row = snat.counters().find((c) => c.direction === 'egress' && c.reason === 'established');
      t.ok(Number(row?.bytes) / Number(row?.packets) > 3000, 'packets larger than the MTU went through whole');
    });

    t.equal(World.count(snat, 'egress', 'rewrite-failed'), 0);
    await snat.stop();
    t.match(
      await pod.do('open', { id: 'after', host: SERVER, port: 80 }),
      { address: POD },
      'after stop the pod is seen again',
    );
  });

/** Resolves once iperf3 listens: it says so on its second line. */
function ready(stream: NodeJS.ReadableStream | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream?.on('data', (b) => {
      text += b;
      if (text.includes('listening')) resolve();
    });
    stream?.on('end', () => reject(new Error(`iperf3 ended: ${text}`)));
  });
}
