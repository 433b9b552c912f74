// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { requires } from '../helpers/requires.js';
import { because, KINDS, NODE, POD, SERVER, World } from '../helpers/world.js';

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, server } = world;
    await Promise.all([server.do('listen', { port: 80 }), server.do('answer', { port: 53 })]);
    const snat = await world.start(t, { attach });
    await pod.do('open', { id: 'long', host: SERVER, port: 80, localPort: 40000 });

    await t.test('twenty upgrades under a running transfer lose no connection', async (t) => {
      let going = true;
      const transfer = (async () => {
        let exchanged = 0;
        for (; going; exchanged++) await pod.do('exchange', { id: 'long', bytes: 50_000 });
        return exchanged;
      })();
      const programs = new Set([snat.status().programs.egress?.id]);
      for (let i = 0; i < 20; i++) {
        await snat.upgrade(world.config({ attach, remoteNodes: [`192.0.2.${i + 1}`] }));
        programs.add(snat.status().programs.egress?.id);
      }
      going = false;
      t.ok((await transfer) > 0);
      t.equal(programs.size, 21, 'each was another program');
      t.match(
        (await snat.mappings.all()).filter((m) => m.inside.port === 40000),
        [{ outside: { port: 40000 }, state: 'established' }],
      );
      t.strictSame(snat.status().problems, []);
    });

    await t.test('a policy change takes effect for what comes after', async (t) => {
      await snat.upgrade(world.config({ attach, nativeRoutingCIDRs: [`${SERVER}/32`] }));
      t.match(await pod.do('open', { id: 'kept', host: SERVER, port: 80 }), { address: POD });
      await snat.upgrade(world.config({ attach }));
      await pod.do('exchange', { id: 'kept', bytes: 10_000 });
      t.pass('a connection that began untranslated ends so');
      t.match(await pod.do('ask', { host: SERVER, port: 53, payload: 'x' }), { address: NODE });
    });

    await t.test('an upgrade that fails leaves what was there', async (t) => {
      const before = snat.status();
      await t.rejects(snat.upgrade(world.config({ attach, podCIDRs: ['nonsense'] })), { name: 'ConfigError' });
      await t.rejects(snat.upgrade(world.config({ attach, devices: ['eth9'] })), because('no-device'));
      await t.rejects(snat.upgrade(world.config({ attach, natTableSize: 8192 })), because('incompatible'));
      await t.rejects(snat.upgrade(world.config({ attach: attach === 'tc' ? 'tcx' : 'tc' })), because('incompatible'));
      t.strictSame(snat.status(), before);
      await pod.do('exchange', { id: 'long', bytes: 10_000 });
    });
  });
