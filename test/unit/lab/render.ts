// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { renderIncident, wrap } from '../../../src/lab/mysql-incident-render.js';
import type { IncidentResult, IncidentRow } from '../../../src/lab/mysql-incident-result.js';

const connected: IncidentRow = {
  configuration: 'Cilium 1.8.1: the file',
  cilium: '1.8.1',
  document: { masquerade: 'true', 'enable-bpf-masquerade': 'true', 'native-routing-cidr': '10.20.30.0/24' },
  loadBalancerMode: { mode: 'dsr', inferred: true, because: 'of the fix' },
  config: { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] },
  destination: '10.20.40.5:3306',
  sourceSeen: '10.20.30.11',
  outcome: 'connected',
  why: 'A reason in many words, so many that they do not fit into one line of a hundred columns, let alone into sixty.',
  expected: { outcome: 'connected', sourceSeen: '10.20.30.11' },
  asExpected: true,
  attachment: {
    kind: 'tcx',
    device: 'eth0',
    program: 'snat_egress',
    programId: 7,
    tag: 'abcd',
    linkId: 9,
    instructions: 2,
  },
};

const refused: IncidentRow = {
  ...connected,
  configuration: 'Cilium 1.8.2: the file',
  outcome: 'refused',
  sourceSeen: '192.168.10.2',
  error: { code: 'ER_HOST_NOT_PRIVILEGED', errno: 1130, message: "Host '192.168.10.2' is not allowed to connect" },
  expected: { outcome: 'refused', sourceSeen: '192.168.10.2' },
  counter: { reason: 'new', before: 0, after: 1 },
  evidence: {
    tcFilterShow: { command: 'tc filter show dev eth0 egress', output: '' },
    mapping: {
      protocol: 'tcp',
      inside: { address: '10.20.30.11', port: 40000 },
      outside: { address: '192.168.10.2', port: 50000 },
      remote: { address: '10.20.40.5', port: 3306 },
      state: 'established',
      ageMs: 1,
      idleMs: 1,
      node: false,
      halves: 'both',
    },
    packet: { before: { device: 'lxc-pod', text: 'tcp the first' }, after: { device: 'eth0', text: 'tcp the second' } },
  },
};

const result = (...rows: IncidentRow[]): IncidentResult => ({
  scenario: 'mysql-incident',
  asExpected: rows.every((row) => row.asExpected),
  rows,
  server: '10.11',
  account: "'app'@'10.20.30.%'",
  kernel: '6.18',
  milliseconds: 1234,
});

t.test('says per row what was configured, what came out, and why', async (t) => {
  const text = renderIncident(result(connected, refused));
  for (const part of [
    '1  Cilium 1.8.1: the file',
    'masquerade: true   enable-bpf-masquerade: true',
    'load-balancer mode dsr is inferred: of the fix',
    '✓ connected  mariadbd at 10.20.40.5:3306 has the client as 10.20.30.11',
    '2 instructions verified',
    '2  Cilium 1.8.2: the file',
    "✗ refused    ERROR 1130: Host '192.168.10.2' is not allowed to connect",
    'new: 0 → 1 packet\n',
    'out tcp 10.20.30.11:40000 > 10.20.40.5:3306  source := 192.168.10.2:50000',
    'in  tcp 10.20.40.5:3306 > 192.168.10.2:50000  destination := 10.20.30.11:40000',
    'tcp the first  (lxc-pod)',
    'tcp the second  (eth0)',
    'link_id 9',
    '2 of 2 rows as expected, in 1.2 s',
  ]) {
    t.ok(text.includes(part), part);
  }
});

t.test('shows the filters themselves where tc was used', async (t) => {
  const evidence = refused.evidence && {
    ...refused.evidence,
    tcFilterShow: { command: 'tc filter show dev eth0 egress', output: 'filter pref 1\n  filter handle 0x1' },
  };
  const row = {
    ...refused,
    attachment: { ...refused.attachment, kind: 'tc' as const },
    ...(evidence ? { evidence } : {}),
  };
  const text = renderIncident(result(row));
  t.match(text, /\$ tc filter show dev eth0 egress\n +filter pref 1\n +filter handle 0x1\n/);
  t.notMatch(text, 'tcx links');
});

t.test('a row that came out otherwise says so', async (t) => {
  const wrong = { ...connected, asExpected: false, sourceSeen: '192.168.10.2' };
  const text = renderIncident(result(wrong, refused));
  t.match(text, 'connected as 10.20.30.11 was to come out, it was connected as 192.168.10.2');
  t.match(text, '1 of 2 rows as expected');
  t.match(renderIncident(result({ ...refused, asExpected: false })), 'no packet was counted as new');
});

t.test('keeps to the width, and colours only when asked', async (t) => {
  for (const width of [60, 80, 100]) {
    const prose = renderIncident(result(connected), { width })
      .split('\n')
      .filter((line) => !/[┐├┘]|egress/.test(line));
    t.ok(
      prose.every((line) => line.length <= width),
      `${width} columns`,
    );
  }
  const csi = '\u001b[';
  t.notOk(renderIncident(result(connected, refused)).includes(csi));
  t.ok(renderIncident(result(connected, refused), { color: true }).includes(`${csi}31m`));
});

t.test('says how to enter what was left up', async (t) => {
  const kept = {
    id: 'abc123',
    instance: 'lab-abc123',
    enter: [{ host: 'pod', command: 'nsenter --net=/run/netns/snatkit-abc123-pod bash' }],
    tryThere: [{ what: 'the NAT table', command: 'snatkit nat list' }],
    remove: 'snatkit lab clean',
  };
  const text = renderIncident({ ...result(refused), kept });
  for (const part of [
    'lab-abc123',
    '  pod       nsenter --net=/run/netns/snatkit-abc123-pod bash',
    '# the NAT table',
    'Remove it: snatkit lab clean',
  ]) {
    t.ok(text.includes(part), part);
  }
});

t.test('wrap breaks between parts only', async (t) => {
  t.same(wrap(['aa', 'bb', 'cc'], ' ', 5), ['aa bb', 'cc']);
  t.same(wrap(['a: 1', 'b: 2'], '   ', 10), ['a: 1', 'b: 2']);
  t.same(wrap(['longer than the width', 'x'], ' ', 5), ['longer than the width', 'x']);
});
