// SPDX-License-Identifier: Apache-2.0
/** ICMP errors reach those they are for: refused ports, routers' hops, path MTUs. */
import t from 'tap';
import { requires } from '../helpers/requires.js';
import { BOTH, FAMILIES, KINDS, World } from '../helpers/world.js';

const LOWERED = 1400;

for (const attach of KINDS)
  t.test(`attached with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, server, topology } = world;
    // Every error counts here: none may be held back by a rate limit.
    for (const host of ['node', 'router', 'server', 'pod'])
      await topology.run(host, ['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
    await server.do('listen', { port: 80, host: '::' });
    const snat = await world.start(t, { attach, ...BOTH });
    const errors = (direction: 'egress' | 'ingress') => World.count(snat, direction, 'icmp-error');

    for (const f of FAMILIES)
      t.test(f.name, async (t) => {
        t.test('a closed UDP port is refused', async (t) => {
          const before = errors('ingress');
          t.equal(await pod.do('provoke', { host: f.server, port: 9, localPort: 40000 }), 'ECONNREFUSED', 'port kept');
          t.equal(
            await pod.do('provoke', { host: f.server, port: 9, localPort: 2000 }),
            'ECONNREFUSED',
            'port changed',
          );
          t.equal(errors('ingress') - before, 2);
          t.equal(await server.do('provoke', { host: f.pod, port: 9 }), 'ECONNREFUSED', 'the pod’s own error, outward');
        });

        for (const probes of ['-U', '-I', '-T'])
          t.test(`traceroute ${probes} shows every hop`, async (t) => {
            const { stdout } = await topology.run('pod', [
              ...['traceroute', `-${f.family}`, '-n', '-q', '1', '-w', '2', '-m', '5', probes, f.server],
            ]);
            const hops = stdout.split('\n').flatMap((line) => /^\s*\d+\s+([\da-f.:*]+)/.exec(line)?.slice(1) ?? []);
            t.strictSame(hops, [f.gateway, f.router, f.server]);
          });

        t.test('a ping that dies on the way says where', async (t) => {
          const argv = [...f.ping, '-n', '-c', '1', '-W', '2', '-t', '2', f.server];
          t.match((await topology.run('pod', argv, { allowFailure: true })).stdout, `From ${f.router}`);
        });

        t.test('a narrower link lowers the pod’s path MTU', async (t) => {
          const mtu = async () =>
            Number(/ mtu (\d+)/.exec((await topology.run('pod', ['ip', 'route', 'get', f.server])).stdout)?.[1] ?? 0);
          t.equal(await mtu(), 0);
          await topology.run('router', [
            ...['ip', 'route', 'add', f.server, 'dev', 'eth1', 'mtu', 'lock', `${LOWERED}`],
          ]);
          await pod.do('open', { id: `mtu${f.family}`, host: f.server, port: 80 });
          await pod.do('exchange', { id: `mtu${f.family}`, bytes: 1 << 20 });
          t.equal(await mtu(), LOWERED);
          const { stdout } = await topology.run('pod', [`tracepath`, `-${f.family}`, '-n', '-m', '4', f.server]);
          t.match(stdout, new RegExp(`Resume: pmtu ${LOWERED}`));
        });
      });

    t.test('none was lost or taken for another', async (t) => {
      t.ok(errors('ingress') > 0);
      for (const direction of ['egress', 'ingress'] as const)
        for (const reason of ['icmp-other', 'rewrite-failed', 'truncated'])
          t.equal(World.count(snat, direction, reason), 0, `${direction} ${reason}`);
    });
  });
