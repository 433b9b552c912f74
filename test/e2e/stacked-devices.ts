// SPDX-License-Identifier: Apache-2.0
/** Devices on top of others: a bridge and its port, a VLAN; and a tun device, which has no Ethernet header. */
import { once } from 'node:events';
import t from 'tap';
import type { Topology } from '../../src/lab/topology.js';
import { requires } from '../helpers/requires.js';
import { KINDS, NODE, POD, ROUTER, SERVER, World } from '../helpers/world.js';

type Assertions = Pick<typeof t, 'equal' | 'match' | 'ok' | 'strictSame'>;
const OTHER_NODE = '192.168.11.2';
const OTHER_ROUTER = '192.168.11.1';
const ip = (topology: Topology, host: string, ...lines: string[]) =>
  topology.run(host, ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });

/** Moves the way between node and router to devices made for it. */
async function overOthers(topology: Topology, nodeDevice: string, routerDevice: string) {
  await ip(
    topology,
    'router',
    `addr add ${OTHER_ROUTER}/24 dev ${routerDevice}`,
    `link set ${routerDevice} up`,
    `route replace 10.20.30.0/24 via ${OTHER_NODE}`,
  );
  await ip(
    topology,
    'node',
    `addr add ${OTHER_NODE}/24 dev ${nodeDevice}`,
    `link set ${nodeDevice} up`,
    `route replace default via ${OTHER_ROUTER}`,
  );
}

/** TCP, UDP, ping, and what is opened from outside. */
async function traffic(t: Assertions, world: World, outside: string) {
  const { pod, server, topology } = world;
  await pod.do('listen', { port: 8080 });
  await server.do('listen', { port: 80 });
  await server.do('answer', { port: 53 });
  t.strictSame(await pod.do('open', { id: 'a', host: SERVER, port: 80, localPort: 40000 }), {
    address: outside,
    port: 40000,
  });
  await pod.do('exchange', { id: 'a', bytes: 1 << 20 });
  t.match(await pod.do('ask', { host: SERVER, port: 53, payload: 'name?', localPort: 40001 }), { address: outside });
  const changed = await pod.do('ask', { host: SERVER, port: 53, payload: 'x'.repeat(4000), localPort: 2000 });
  t.equal(changed.address, outside);
  t.ok(changed.port >= 32768);
  t.match((await topology.run('pod', ['ping', '-c', '1', '-W', '2', SERVER])).stdout, /1 received/);
  await server.do('open', { id: 'in', host: POD, port: 8080 });
  await server.do('exchange', { id: 'in', bytes: 100_000 });
}

for (const attach of KINDS) {
  t.test(`a bridge and its port, both with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { pod, topology } = world;
    await ip(
      topology,
      'node',
      'link add br0 type bridge',
      `addr del ${NODE}/24 dev eth0`,
      'link set eth0 master br0',
      `addr add ${NODE}/24 dev br0`,
      'link set br0 up',
      `route add default via ${ROUTER}`,
    );
    const snat = await world.start(t, { attach, devices: ['br0', 'eth0'], masqueradeAddress: NODE });
    await traffic(t, world, NODE);
    const rows = await snat.mappings.all();
    t.strictSame(
      rows.filter((m) => m.inside.address !== POD),
      [],
      'no mapping was made of what had been translated',
    );
    const twice = World.count(snat, 'egress', 'already-translated');
    t.equal(twice, World.count(snat, 'egress', 'established') + World.count(snat, 'egress', 'new'));

    // The answers passed the bridge as packets to the pod: that must not look like something opened from outside.
    await snat.mappings.flush();
    t.match(
      await pod.do('ask', { host: SERVER, port: 53, payload: 'again?', localPort: 40001 }),
      { address: NODE },
      'a flow whose mapping is gone is translated anew',
    );
  });

  t.test(`a VLAN on top of the device, with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const add = ['ip', 'link', 'add', 'link', 'eth0', 'name', 'eth0.100', 'type', 'vlan', 'id', '100'];
    const { status, stderr } = await world.topology.run('node', add, { allowFailure: true });
    if (/Unknown device type/.test(stderr)) {
      t.pass('VLAN device', { skip: 'this kernel was built without' });
      return;
    }
    t.equal(status, 0, stderr);
    await world.topology.run('router', add);
    await overOthers(world.topology, 'eth0.100', 'eth0.100');
    await world.start(t, { attach, devices: ['eth0.100'] });
    await traffic(t, world, OTHER_NODE);
  });

  t.test(`a tun device with ${attach}`, requires(attach), async (t) => {
    const world = await World.make(t);
    const { topology } = world;
    await tunnel(topology);
    await overOthers(topology, 'tun0', 'tun1');
    await world.start(t, { attach, devices: ['tun0', 'eth0'] });
    await traffic(t, world, OTHER_NODE);
  });
}

/** Two tun devices in the node's namespace, and a process that carries packets between them; one moves to the router. */
const CARRY = `
import fcntl, os, select, struct, sys
def tun(name):
    fd = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', name, 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
    return fd
a, b = tun(b'tun0'), tun(b'tun1')
print('ready', flush=True)
other = {a: b, b: a}
while True:
    for fd in select.select([a, b], [], [])[0]:
        packet = os.read(fd, 65535)
        try:
            os.write(other[fd], packet)
        except OSError:
            pass  # the other is not up yet
`;

async function tunnel(topology: Topology) {
  const child = topology.spawn('node', ['python3', '-c', CARRY], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout) await once(child.stdout, 'data');
  await topology.run('node', ['ip', 'link', 'set', 'tun1', 'netns', topology.namespace('router')]);
}
