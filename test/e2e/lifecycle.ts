// SPDX-License-Identifier: Apache-2.0
/** What start, status and stop leave, also when something goes wrong in between. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { native } from '../../src/native/index.js';
import type { BpfLink, Hook } from '../../src/native/types.js';
import { InstancePaths } from '../../src/runtime/paths.js';
import { Snat } from '../../src/runtime/snat.js';
import { loadSample } from '../helpers/native.js';
import { requires } from '../helpers/requires.js';
import { because, KINDS, NODE, POD, SERVER, World } from '../helpers/world.js';

const leftovers = (world: World) => ({
  pins: readdirSync(world.paths.bpffs).filter((n) => n === 'snatkit'),
  states: existsSync(world.paths.state) ? readdirSync(world.paths.state) : [],
});
const TC_ACT_UNSPEC = -1;
/** ifindex of the node's eth0: the second device that the topology makes there. */
const EGRESS = 3;
const LXC = 2;
/** One less than BPF_MPROG_MAX: what the kernel lets a hook hold. */
const MOST_PROGRAMS = 63;

/** What is attached with tcx; nothing where the kernel has none. */
const tcxOn = (topology: World['topology'], hook: Hook) =>
  requires('tcx').skip === undefined
    ? native().queryTcx({ netns: topology.netnsPath('node'), ifindex: EGRESS, hook })
    : [];
const NOTHING = { pins: [], states: [] };
const tcLines = async (world: World) => {
  const show = (hook: string) => world.topology.run('node', ['tc', 'filter', 'show', 'dev', 'eth0', hook]);
  return (await show('ingress')).stdout + (await show('egress')).stdout;
};

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { topology, pod, server } = world;
    const qdiscs = async () => (await topology.run('node', ['tc', 'qdisc', 'show'])).stdout;
    const before = await qdiscs();

    await t.test('stop leaves nothing', async (t) => {
      const snat = await world.start(t, { attach });
      await snat.stop();
      t.strictSame(leftovers(world), NOTHING);
      t.equal(await qdiscs(), before);
      t.equal(await tcLines(world), '');
      t.strictSame(tcxOn(topology, 'egress'), []);
      t.throws(() => snat.status(), because('closed'));
      await t.rejects(Snat.open({ name: snat.name, paths: world.paths }), because('not-running'));
    });

    await t.test('a second handle and a second process see the same', async (t) => {
      const snat = await world.start(t, { attach });
      await server.do('listen', { port: 81 });
      await pod.do('open', { id: 'x', host: SERVER, port: 81, localPort: 40000 });
      snat.close();
      const again = await Snat.open({ name: snat.name, paths: world.paths });
      t.match(await again.mappings.all(), [{ inside: { address: POD, port: 40000 }, outside: { address: NODE } }]);
      t.equal(await again.mappings.flush(), 1);
      t.strictSame(await again.mappings.all(), []);
      await t.rejects(world.start(t, { attach }), because('already-running'));
      await t.rejects(
        Snat.start(world.config({ attach }), { name: 'other', netns: topology.netnsPath('node'), paths: world.paths }),
        { reason: 'conflict', message: new RegExp(snat.name) },
      );
      await again.stop();
      t.strictSame(leftovers(world), NOTHING);
    });

    await t.test('foreign filters stay, before and after', async (t) => {
      const on = { netns: topology.netnsPath('node'), ifindex: EGRESS, hook: 'egress' as const };
      const foreign = (await loadSample(t, TC_ACT_UNSPEC)).program('sample_count');
      await topology.run('node', ['tc', 'qdisc', 'add', 'dev', 'eth0', 'clsact']);
      native().attachTc(foreign, { ...on, priority: 1, handle: 1, name: 'foreign' });
      const tcx = requires('tcx').skip === undefined ? native().attachTcx(foreign, on) : undefined;
      const lines = await tcLines(world);
      const snat = await world.start(t, { attach });
      await server.do('listen', { port: 82 });
      t.match(await pod.do('open', { id: 'f', host: SERVER, port: 82 }), { address: NODE });
      t.match(await tcLines(world), / pref 1 .* foreign /);
      await snat.stop();
      t.equal(await tcLines(world), lines);
      if (tcx) t.equal(native().queryTcx(on).length, 1);
      tcx?.close();
      await topology.run('node', ['tc', 'qdisc', 'del', 'dev', 'eth0', 'clsact']);
      t.equal(await qdiscs(), before);
    });

    await t.test('a start that fails at the last hook undoes all the others', async (t) => {
      // lxc0 carries an ingress qdisc of the old kind, so that its hooks cannot be taken with tc; with tcx its egress
      // already holds as many programs as the kernel allows.
      const config = world.config({ attach, devices: ['eth0', 'lxc0'] });
      const crowd: BpfLink[] = [];
      if (attach === 'tc') await topology.run('node', ['tc', 'qdisc', 'add', 'dev', 'lxc0', 'ingress']);
      else {
        const on = { netns: topology.netnsPath('node'), ifindex: LXC, hook: 'egress' as const };
        for (let i = 0; i < MOST_PROGRAMS; i++) {
          const foreign = await loadSample(t, TC_ACT_UNSPEC);
          crowd.push(native().attachTcx(foreign.program('sample_count'), on));
        }
      }
      await t.rejects(Snat.start(config, { name: world.name, netns: topology.netnsPath('node'), paths: world.paths }), {
        name: 'KernelError',
      });
      if (attach === 'tc') await topology.run('node', ['tc', 'qdisc', 'del', 'dev', 'lxc0', 'ingress']);
      for (const link of crowd) link.close();
      t.strictSame(leftovers(world), NOTHING);
      t.equal(await qdiscs(), before);
      t.equal(await tcLines(world), '');
      t.strictSame(tcxOn(topology, 'ingress'), []);
    });

    await t.test('what somebody removed is a problem that an upgrade mends', async (t) => {
      const snat = await world.start(t, { attach });
      const { tc } = JSON.parse(readFileSync(new InstancePaths(world.paths, world.name).stateFile, 'utf8')).devices[0];
      if (attach === 'tc')
        await topology.run('node', ['tc', 'filter', 'del', 'dev', 'eth0', 'egress', 'pref', String(tc.priority)]);
      else native().linkFromPin(new InstancePaths(world.paths, world.name).link('eth0', 'egress')).detach();
      t.match(snat.status(), { state: 'degraded', problems: [/nothing of ours on eth0 egress/] });
      await snat.upgrade(world.config({ attach }));
      t.match(snat.status(), { state: 'running', problems: [] });
      await snat.stop();
      t.equal(await qdiscs(), before);
    });

    await t.test('the device vanishes and comes back', async (t) => {
      const snat = await world.start(t, { attach, devices: ['eth0'] });
      await topology.run('node', ['ip', 'link', 'set', 'eth0', 'down']);
      await topology.run('node', ['ip', 'link', 'set', 'eth0', 'name', 'eth7']);
      t.match(snat.status(), { state: 'degraded', problems: [/eth0 is called eth7 now/] });
      await topology.run('node', ['ip', 'link', 'del', 'eth7']);
      t.match(snat.status(), { state: 'degraded', problems: [/eth0 .*is gone/] });
      await topology.run('node', [
        'sh',
        '-c',
        `ip link add eth0 type veth peer name other && ip addr add ${NODE}/24 dev eth0 && ip link set eth0 up`,
      ]);
      await snat.upgrade(world.config({ attach }));
      t.match(snat.status(), { state: 'running', problems: [] });
      await snat.stop();
      t.strictSame(leftovers(world), NOTHING);
    });
  });

t.test('the whole namespace vanishes: stop still cleans up', async (t) => {
  const world = await World.make(t);
  const snat = await world.start(t);
  await world.topology.destroy();
  t.match(snat.status(), { state: 'degraded', problems: [/namespace .* is gone/] });
  await snat.stop();
  t.strictSame(leftovers(world), NOTHING);
});

t.test('a start that was killed is cleaned up by the next', async (t) => {
  const world = await World.make(t);
  const snat = await world.start(t);
  const { stateFile } = new InstancePaths(world.paths, world.name);
  writeFileSync(stateFile, readFileSync(stateFile, 'utf8').replace('"phase": "running"', '"phase": "starting"'));
  const notices: string[] = [];
  snat.close();
  const again = await world.start(t, {}, { onNotice: (m) => notices.push(m) });
  t.match(notices, [/removed what an interrupted start had left/]);
  t.match(again.status(), { state: 'running', problems: [] });
});

t.test('two starts at once: one wins, the other says so', async (t) => {
  const world = await World.make(t);
  const results = await Promise.allSettled([world.start(t), world.start(t)]);
  t.equal(results.filter((r) => r.status === 'fulfilled').length, 1);
  const lost = results.find((r) => r.status === 'rejected');
  t.match((lost as PromiseRejectedResult).reason, { name: 'StateError', reason: /busy|already-running/ });
});
