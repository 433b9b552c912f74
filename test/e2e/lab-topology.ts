// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import t from 'tap';
import { listLabs } from '../../src/lab/registry.js';
import { createTopology, type TopologySpec } from '../../src/lab/topology.js';
import { leftBehind, NOTHING } from '../helpers/netns.js';

const spec: TopologySpec = {
  hosts: {
    left: {
      routes: [
        { to: 'default', via: '10.1.0.1' },
        { to: 'default', via: 'fd00:1::1' },
      ],
      sysctls: { 'net.ipv4.ip_local_port_range': '40000 40001' },
    },
    middle: { forwards: true },
    right: {
      routes: [
        { to: 'default', via: '10.2.0.1' },
        { to: 'default', via: 'fd00:2::1' },
      ],
    },
  },
  links: [
    [
      { host: 'left', device: 'eth0', addresses: ['10.1.0.2/24', 'fd00:1::2/64'], mtu: 1400 },
      { host: 'middle', device: 'eth0', addresses: ['10.1.0.1/24', 'fd00:1::1/64'] },
    ],
    [
      { host: 'middle', device: 'eth1', addresses: ['10.2.0.1/24', 'fd00:2::1/64'] },
      { host: 'right', device: 'eth0', addresses: ['10.2.0.2/24', 'fd00:2::2/64'] },
    ],
  ],
};

const server = `require('node:net').createServer((s) => s.end(s.remoteAddress + ' ' + s.remotePort)).listen(7, '::', () => console.log('up'))`;
const client = (address: string) => [
  process.execPath,
  '-e',
  `require('node:net').connect(7, '${address}').pipe(process.stdout)`,
];

t.test('packets pass at once, in both families, and destroy leaves nothing', async (t) => {
  const topology = await createTopology(spec);
  t.teardown(() => topology.destroy());
  const child = topology.spawn('right', [process.execPath, '-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout) await once(child.stdout, 'data');
  t.match((await topology.run('left', client('10.2.0.2'))).stdout, /10\.1\.0\.2 4000[01]$/);
  t.match((await topology.run('left', client('fd00:2::2'))).stdout, 'fd00:1::2 ');
  t.match((await topology.run('left', ['ip', 'link', 'show', 'eth0'])).stdout, 'mtu 1400');
  t.not(leftBehind(topology.id).namespaces.length, 0, 'what is looked for below can be found');
  t.equal(leftBehind(topology.id).processes.length, 1);

  const gone = once(child, 'exit');
  await topology.destroy();
  await gone;
  t.same(leftBehind(topology.id), NOTHING);
  await topology.destroy();
});

t.test('a topology that the kernel refuses leaves nothing', async (t) => {
  const before = new Set(listLabs().map((lab) => lab.id));
  const wrong: TopologySpec = {
    ...spec,
    hosts: { ...spec.hosts, right: { routes: [{ to: 'default', via: '10.99.0.1' }] } },
  };
  await t.rejects(createTopology(wrong), { name: 'CommandError', message: /Nexthop has invalid gateway/ });
  const own = listLabs().filter((lab) => !before.has(lab.id) && lab.journal.owner.pid === process.pid);
  t.same(own, []);
});

t.test('what could be read as something else is refused before anything is made', async (t) => {
  const link = (device: string) =>
    ({
      hosts: { a: {} },
      links: [
        [
          { host: 'a', device },
          { host: 'a', device: 'y' },
        ],
      ],
    }) as const;
  await t.rejects(createTopology(link('x\nnetns delete all')), RangeError);
  await t.rejects(createTopology({ hosts: {}, links: link('x').links }), { message: /no host "a"/ });
  await t.rejects(createTopology({ hosts: { a: { sysctls: { 'net.x': "'; reboot" } } }, links: [] }), RangeError);
});
