// SPDX-License-Identifier: Apache-2.0
/** Datagrams larger than the MTU, both ways and in both families. */
import t from 'tap';
import { requires } from '../helpers/requires.js';
import { BOTH, FAMILIES, KINDS, World } from '../helpers/world.js';

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, server, topology } = world;
    const snat = await world.start(t, { attach, ...BOTH });
    for (const f of FAMILIES) {
      await server.do('answer', { port: 53, host: f.family === 4 ? '0.0.0.0' : f.server });
      await pod.do('answer', { port: 5353, host: f.pod });
    }

    for (const f of FAMILIES)
      t.test(f.name, async (t) => {
        for (const localPort of [40000, 2000]) {
          const seen = await pod.do('ask', { host: f.server, port: 53, payload: 'x'.repeat(4000), localPort });
          t.equal(seen.address, f.node, `4000 bytes of UDP from port ${localPort}, and as many back`);
          t.equal(seen.port === localPort, localPort === 40000);
        }
        const two = await pod.do('ask', {
          host: f.server,
          port: 53,
          payload: 'y'.repeat(4000),
          localPort: 40000,
          localAddress: f.pod2,
        });
        t.not(two.port, 40000, 'another pod with the same port');

        const { stdout } = await topology.run('pod', [
          ...f.ping,
          ...['-c', '3', '-i', '0.1', '-W', '2', '-s', '4000', f.server],
        ]);
        t.match(stdout, /3 received/);

        t.match(
          await server.do('ask', { host: f.pod, port: 5353, payload: 'z'.repeat(4000), localPort: 40001 }),
          { address: f.server, port: 40001 },
          'asked from outside, answered from the pod’s address in as many pieces',
        );
      });

    t.test('nothing was guessed', async (t) => {
      for (const reason of ['fragment', 'fragment-early', 'rewrite-failed'])
        for (const direction of ['egress', 'ingress'] as const)
          t.equal(World.count(snat, direction, reason), 0, `${direction} ${reason}`);
    });
  });
