// SPDX-License-Identifier: Apache-2.0
/** An instance's life as commands, held against what bpftool and tc say. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import type { OutputName } from '../../src/cli/output/schemas.js';
import { native } from '../../src/native/index.js';
import { answerOf, environmentOf, invoke } from '../helpers/cli.js';
import { KINDS, NODE, POD, SERVER, World } from '../helpers/world.js';

type Status = ReturnType<typeof answerOf<'status'>>;
const HOOKS = ['ingress', 'egress'] as const;

const files = (folder: string) => (existsSync(folder) ? readdirSync(folder, { recursive: true }).sort() : []);

/** All that an instance could leave behind, except in the kernel's list of programs and maps. */
async function machine({ paths, topology }: World) {
  const tc = async (...args: string[]) => (await topology.run('node', ['tc', ...args])).stdout;
  const netns = topology.netnsPath('node');
  const devices = native().interfaces({ netns });
  const on = { netns, ifindex: devices.find((d) => d.name === 'eth0')?.index ?? 0 };
  return {
    pins: files(paths.bpffs),
    state: files(paths.state),
    run: files(paths.run),
    qdiscs: await tc('qdisc', 'show'),
    filters:
      (await tc('filter', 'show', 'dev', 'eth0', 'ingress')) + (await tc('filter', 'show', 'dev', 'eth0', 'egress')),
    tcx: HOOKS.flatMap((hook) => native().queryTcx({ ...on, hook })),
  };
}

const bpftool = (...args: string[]): unknown =>
  JSON.parse(execFileSync('bpftool', ['-j', ...args], { encoding: 'utf8' }));
const exists = (kind: 'prog' | 'map', id: number) => {
  try {
    execFileSync('bpftool', [kind, 'show', 'id', `${id}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** The kernel frees programs and maps after their last user's grace period: there is no event to wait for. */
async function gone(kind: 'prog' | 'map', id: number): Promise<boolean> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(20)) if (!exists(kind, id)) return true;
  return false;
}

for (const attach of KINDS)
  t.test(`attached with ${attach}`, async (t) => {
    const world = await World.make(t);
    const { topology, pod, server, paths } = world;
    const netns = topology.netnsPath('node');
    // In this process, for speed; cli-bundle and cli-process have processes of their own.
    Object.assign(process.env, environmentOf(paths));
    const config = join(dirname(paths.bpffs), 'snat.yaml');
    writeFileSync(config, JSON.stringify(world.config()));
    const command = (...argv: string[]) => invoke(argv, { env: process.env });
    const answer = async <N extends OutputName>(name: N, argv: string[], code = 0) => {
      const ran = await command(...argv, '--json');
      t.equal(ran.code, code, `${argv.join(' ')}: exit ${code}`);
      return answerOf(name, ran);
    };
    const up = ['up', config, '--netns', topology.namespace('node'), '--attach', attach];
    t.teardown(() => command('down', '--all'));
    const before = await machine(world);

    await t.test('nothing runs', async (t) => {
      t.match(await answer('error', ['status'], 4), { error: { name: 'StateError', message: /default/ } });
      for (const argv of [['down'], ['nat', 'list'], ['nat', 'flush'], ['down', '--dry-run']])
        t.equal((await command(...argv)).code, 4, argv.join(' '));
      t.strictSame(await answer('down', ['down', '--all']), { version: 1, dryRun: false, instances: [] });
    });

    await t.test('up --dry-run says what and touches nothing', async (t) => {
      const dry = await answer('up', [...up, '--dry-run']);
      t.match(dry, {
        dryRun: true,
        action: 'start',
        steps: [/compile/, /4,096/, /pin/, /ingress on eth0/, /egress on eth0/, /state/],
      });
      t.match(dry, { steps: { 4: `pods leave with ${NODE}) by ${attach}` } });
      t.strictSame(await machine(world), before);
    });

    let first: Status;
    await t.test('up, and a packet goes through', async (t) => {
      const started = await answer('up', up);
      t.match(started, {
        dryRun: false,
        action: 'started',
        notices: [],
        instance: { state: 'running', attachKind: attach, netns },
      });
      await server.do('listen', { port: 81 });
      t.match(await pod.do('open', { id: 'a', host: SERVER, port: 81, localPort: 40000 }), { address: NODE });

      const flow = {
        protocol: 'tcp',
        inside: { address: POD, port: 40000 },
        outside: { address: NODE },
        remote: { address: SERVER, port: 81 },
      };
      t.match((await answer('nat-list', ['nat', 'list'])).mappings, [{ ...flow, halves: 'both', node: false }]);
      const text = await command('nat', 'list');
      t.match(text.stdout, /^PROTOCOL +INSIDE +OUTSIDE +REMOTE +STATE +AGE +IDLE\ntcp +10\.20\.30\.11:40000 /);

      first = await answer('status', ['status']);
      const packets = (reason: string) =>
        first.counters.find((c) => c.direction === 'egress' && c.reason === reason)?.packets;
      t.equal(packets('new'), 1);
      t.ok(Number(packets('established')) >= 1);
      t.match((await command('status')).stdout, /^default: running\n.*\n(.*\n)* {2}egress +translate +new +1 packets/);
    });

    await t.test('bpftool, tc and the kernel say the same as status', async (t) => {
      const device = first.devices[0];
      t.match(device, { name: 'eth0', addresses: [NODE] });
      const net = JSON.parse((await topology.run('node', ['bpftool', '-j', 'net'])).stdout)[0];
      for (const hook of HOOKS) {
        const program = first.programs[hook];
        const pinned = bpftool('prog', 'show', 'pinned', program?.pin ?? '') as {
          id: number;
          name: string;
          tag: string;
        };
        t.match(pinned, { id: program?.id, name: program?.name, tag: program?.tag }, `${hook}: pinned program`);
        t.equal(device?.[hook].programId, program?.id);
        const filters = JSON.parse(
          (await topology.run('node', ['tc', '-j', 'filter', 'show', 'dev', 'eth0', hook])).stdout,
        );
        const ours = filters.filter((f: { options?: object }) => f.options);
        const tcx = native().queryTcx({ netns, ifindex: device?.ifindex ?? 0, hook });
        if (attach === 'tc') {
          t.match(ours, [
            { kind: 'bpf', options: { 'direct-action': true, prog: { id: program?.id, tag: program?.tag } } },
          ]);
          t.match(
            net.tc.filter((n: { kind: string }) => n.kind === `clsact/${hook}`),
            [{ devname: 'eth0', id: program?.id }],
          );
          t.strictSame(tcx, []);
        } else {
          t.strictSame(ours, [], 'tcx is not seen by tc');
          t.strictSame(tcx, [{ programId: program?.id, linkId: device?.[hook].linkId }]);
          const links = bpftool('link', 'show') as { id: number; prog_id: number }[];
          t.equal(links.find((l) => l.id === device?.[hook].linkId)?.prog_id, program?.id);
          t.ok(existsSync(device?.[hook].pin ?? ''));
        }
      }
      for (const map of first.maps)
        t.match(bpftool('map', 'show', 'pinned', map.pin), { id: map.id, max_entries: map.maxEntries }, map.name);
    });

    await t.test('a second up upgrades: other programs, the same table, and the connection goes on', async (t) => {
      t.match(await answer('up', [...up, '--dry-run']), { action: 'upgrade' });
      const upgraded = await answer('up', ['up', config, '--attach', attach]);
      t.match(upgraded, { action: 'upgraded', instance: { state: 'running', netns } });
      const now = await answer('status', ['status']);
      t.not(now.programs.egress?.id, first.programs.egress?.id);
      t.strictSame(now.maps, first.maps);
      await pod.do('exchange', { id: 'a', bytes: 10_000 });
      t.equal((await answer('nat-list', ['nat', 'list'])).mappings.length, 1);
    });

    await t.test('an up for another namespace, or with another kind, is refused and changes nothing', async (t) => {
      const now = await machine(world);
      for (const dryRun of [[], ['--dry-run']]) {
        const elsewhere = ['up', config, '--netns', topology.netnsPath('router'), ...dryRun];
        t.match(await answer('error', elsewhere, 1), { error: { message: /runs in .*-node, not in .*-router/ } });
      }
      const other = attach === 'tc' ? 'tcx' : 'tc';
      t.match(await answer('error', ['up', config, '--attach', other], 1), {
        error: { message: `attached with ${attach}` },
      });
      t.equal((await command('up', config, '--netns', 'no-such-namespace')).code, 2);
      t.strictSame(await machine(world), now);
    });

    await t.test('what somebody removed makes it degraded, and up mends it', async (t) => {
      const { devices } = await answer('status', ['status']);
      if (attach === 'tc') await topology.run('node', ['tc', 'filter', 'del', 'dev', 'eth0', 'egress']);
      else
        native()
          .linkFromPin(devices[0]?.egress.pin ?? '')
          .detach();
      const degraded = await answer('status', ['status'], 5);
      t.match(degraded, { state: 'degraded', problems: [/nothing of ours on eth0 egress/] });
      t.match((await command('status')).stdout, /problem +nothing of ours on eth0 egress/);
      t.match(await answer('up', [...up, '--dry-run']), { action: 'mend' });
      t.match(await answer('status', ['status'], 5), { state: 'degraded' }, 'a dry run mends nothing');
      t.match(await answer('up', up), { action: 'mended', instance: { state: 'running', problems: [] } });
      await pod.do('exchange', { id: 'a', bytes: 10_000 });
    });

    await t.test('nat flush', async (t) => {
      t.match(await answer('nat-flush', ['nat', 'flush', '--dry-run']), { dryRun: true, flows: 1 });
      t.equal((await answer('nat-list', ['nat', 'list'])).mappings.length, 1);
      t.match(await answer('nat-flush', ['nat', 'flush']), { dryRun: false, flows: 1 });
      t.equal((await command('nat', 'list')).stdout, 'no mappings\n');
    });

    await t.test('down leaves everything as it was', async (t) => {
      const running = await machine(world);
      const last = await answer('status', ['status']);
      const programs = HOOKS.flatMap((hook) => last.programs[hook] ?? []);
      const dry = await answer('down', ['down', '--dry-run']);
      t.strictSame(await machine(world), running);
      const down = await answer('down', ['down']);
      t.strictSame(down.instances, dry.instances, 'the dry run named just that');
      const removed = down.instances[0]?.removed.join('\n') ?? '';
      for (const pin of [...programs, ...last.maps].map((p) => p.pin)) t.ok(removed.includes(pin), pin);
      t.strictSame(await machine(world), before);
      for (const { id } of programs) t.ok(await gone('prog', id), `program ${id} is gone`);
      for (const { id } of last.maps) t.ok(await gone('map', id), `map ${id} is gone`);
      t.equal((await command('status')).code, 4);
    });
  });
