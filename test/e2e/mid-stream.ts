// SPDX-License-Identifier: Apache-2.0
/** Connections that are alive at the first `up`: inbound, outbound, and the node's own. */
import t from 'tap';
import { requires } from '../helpers/requires.js';
import { KINDS, NODE, POD, SERVER, World } from '../helpers/world.js';

/** Connection tracking runs in a namespace only where a rule asks for it. */
const TRACK =
  'add table ip track; add chain ip track f { type filter hook forward priority 0; }; add rule ip track f ct state new accept';
/** What a node had before snatkit, the kernel's own masquerade, for one connection. */
const MASQUERADE =
  'add table ip masq; add chain ip masq post { type nat hook postrouting priority 100; }; add rule ip masq post ip saddr 10.20.30.0/24 tcp sport 40000 masquerade';

for (const attach of KINDS)
  for (const tracked of [true, false])
    t.test(
      `attached with ${attach}, ${tracked ? 'with' : 'without'} connection tracking`,
      requires(attach),
      async (t) => {
        const world = await World.make(t);
        const { pod, server, node, topology } = world;
        if (tracked) await topology.run('node', ['nft', TRACK]);
        await Promise.all([
          server.do('listen', { port: 80 }),
          pod.do('listen', { port: 8080 }),
          node.do('listen', { port: 45000 }),
        ]);
        t.match(await pod.do('open', { id: 'out', host: SERVER, port: 80, localPort: 40000 }), { address: POD });
        await server.do('open', { id: 'in', host: POD, port: 8080 });
        await node.do('open', { id: 'own', host: SERVER, port: 80, localPort: 40001 });
        await server.do('open', { id: 'service', host: NODE, port: 45000, localPort: 50000 });

        const notices: string[] = [];
        const snat = await world.start(t, { attach }, { onNotice: (m) => notices.push(m) });
        t.equal(
          notices.some((n) => /connection tracking/.test(n)),
          tracked,
        );
        const all = () =>
          Promise.all([
            pod.do('exchange', { id: 'out', bytes: 100_000 }),
            server.do('exchange', { id: 'in', bytes: 100_000 }),
            node.do('exchange', { id: 'own', bytes: 100_000 }),
            server.do('exchange', { id: 'service', bytes: 100_000 }),
          ]);
        await all();
        t.pass('all four go on');
        const clash = await pod.do('open', { id: 'clash', host: SERVER, port: 80, localPort: 40001 });
        t.equal(clash.address, NODE, 'a new connection is translated');
        t.not(clash.port, 40001, 'and does not get the port of the node’s connection');
        await all();
        await pod.do('exchange', { id: 'clash', bytes: 1000 });
        t.ok(World.count(snat, 'egress', 'mid-stream') > 0);
      },
    );

t.test('connections that netfilter masquerades go on, and their ports are not handed out', async (t) => {
  const world = await World.make(t);
  const { pod, server, topology } = world;
  await topology.run('node', ['nft', MASQUERADE]);
  await server.do('listen', { port: 80 });
  t.strictSame(await pod.do('open', { id: 'old', host: SERVER, port: 80, localPort: 40000 }), {
    address: NODE,
    port: 40000,
  });
  const snat = await world.start(t);
  await pod.do('exchange', { id: 'old', bytes: 100_000 });
  t.ok(
    (await snat.mappings.all()).some((m) => m.node && m.outside.port === 40000),
    'its port is reserved',
  );
  const fresh = await pod.do('open', { id: 'new', host: SERVER, port: 80, localPort: 40002 });
  t.strictSame(fresh, { address: NODE, port: 40002 });
  await pod.do('exchange', { id: 'old', bytes: 100_000 });
});
