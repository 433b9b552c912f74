// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { emitUnit, parseConfigText, plan } from '../../../src/index.js';
import { answerOf, invoke } from '../../helpers/cli.js';

const text = `
devices: [eth0, eth1]
podCIDRs: [10.20.30.0/24]
nativeRoutingCIDRs: [10.20.0.0/17, 10.20.128.0/17]
remoteNodes: [192.168.10.3]
reservedPorts: [40000, 50000-50099]
natTableSize: 4096
attach: tc
`;
const folder = t.testdir({ 'snat.yaml': text, 'wrong.yaml': 'devices: [eth0]\npodCIDR: [10.0.0.0/8]\n', empty: {} });
const file = join(folder, 'snat.yaml');

t.test('plan: what a person reads', async (t) => {
  const { code, stdout, stderr } = await invoke(['plan', file]);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.equal(
    stdout.replace(/^shape [0-9a-f]{8}$/m, 'shape ID'),
    `shape ID
  egress          parse → pods(1) → native-routing(1) → remote-node(1) → translate
  ingress         parse → pods(1) → reverse
  pods            10.20.30.0/24
  native-routing  10.20.0.0/16
  remote-node     192.168.10.3/32
  other L4        pass
  devices         eth0, eth1, 2 slots, attach tc
  ports           32768-65535 without 40000, 50000-50099
  port search     complete
  table           4,096 flows
  mid-stream      adopt
  timeouts        tcpEstablished 2h4m, tcpTransitory 4m, udp 5m, icmp 1m, fragment 30s
`,
  );
});

t.test('plan: from stdin, in JSON, and with colour at a terminal', async (t) => {
  const json = answerOf('plan', await invoke(['plan', '-', '--json'], { stdin: text, tty: true }));
  t.strictSame(json.shape.families[0]?.exclusions, [
    { reason: 'native-routing', cidrs: ['10.20.0.0/16'] },
    { reason: 'remote-node', cidrs: ['192.168.10.3/32'] },
  ]);
  t.equal(json.knobs.timeouts.tcpEstablished, '2h4m');
  t.equal(json.shape.devices, 2);
  t.match((await invoke(['plan', file], { tty: true })).stdout, '\u001b[1mshape');
  t.notMatch((await invoke(['plan', file], { tty: true, env: { NO_COLOR: '1' } })).stdout, '\u001b[');
});

t.test('plan: for another machine', async (t) => {
  const argv = ['plan', file, '--json', '--devices', '5', '--kernel-without', 'bpf_loop'];
  const json = answerOf('plan', await invoke(argv));
  t.match(json, { shape: { devices: 5, walk: 'bounded' }, features: { bpfLoop: false } });
  t.match(json.fallbacks, [/bpf_loop/]);
});

t.test('plan: warnings are shown', async (t) => {
  const stdin = 'devices: [eth0]\npodCIDRs: [10.0.0.0/8]\nnativeRoutingCIDRs: [0.0.0.0/0]\n';
  t.match((await invoke(['plan', '-'], { stdin })).stdout, 'warning: native-routing covers every IPv4 destination');
});

t.test('source: the emitted unit, byte for byte', async (t) => {
  const { code, stdout } = await invoke(['source', file]);
  t.equal(code, 0);
  t.equal(stdout, emitUnit(plan(parseConfigText(text)).shape));
  const json = answerOf('source', await invoke(['source', file, '--json']));
  t.equal(json.source, stdout);
  t.match((await invoke(['source', file, '--kernel-without', 'bpf_loop'])).stdout, 'walk-bounded.h');
});

t.test('source -o: into a file, and with --dry-run into none', async (t) => {
  const out = join(folder, 'out.c');
  const dry = await invoke(['source', file, '-o', out, '--dry-run']);
  t.match(dry.stdout, `would write ${out}`);
  t.notOk(existsSync(out));
  t.equal((await invoke(['source', file, '-o', out])).code, 0);
  t.equal(readFileSync(out, 'utf8'), emitUnit(plan(parseConfigText(text)).shape));
});

t.test('a wrong configuration: every problem, exit 2', async (t) => {
  for (const verb of ['plan', 'source', 'up']) {
    const { code, stderr } = await invoke([verb, join(folder, 'wrong.yaml')]);
    t.equal(code, 2);
    t.match(stderr, /wrong.yaml: 2 problems/);
    t.match(stderr, 'did you mean podCIDRs?');
  }
  const { error } = answerOf('error', await invoke(['plan', join(folder, 'wrong.yaml'), '--json']));
  t.equal(error.issues?.length, 2);
});

t.test('what is no configuration', async (t) => {
  const cases = [
    [join(folder, 'absent.yaml'), 'no such file'],
    [join(folder, 'empty'), 'no bundle'],
  ] as const;
  for (const [path, words] of cases) {
    const { code, stderr } = await invoke(['plan', path]);
    t.equal(code, 2);
    t.match(stderr, words);
  }
});

t.test('build: a folder that holds other things is left alone', async (t) => {
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  writeFileSync(join(taken, 'precious'), 'x');
  const { code, stderr } = await invoke(['build', file, '-o', taken]);
  t.equal(code, 2);
  t.match(stderr, 'holds other things');
  t.equal((await invoke(['build', file, '-o', file])).code, 2, 'a file');
  t.equal(readFileSync(join(taken, 'precious'), 'utf8'), 'x');
});
