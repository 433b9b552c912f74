// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { parseConfig } from '../../../src/config/parse.js';
import { ConfigError, type ConfigIssue } from '../../../src/errors.js';
import { formatCidr } from '../../../src/net/cidr.js';

const minimal = { devices: ['eth0'], podCIDRs: ['10.20.30.0/24'] };

function issuesOf(input: unknown): readonly ConfigIssue[] {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}
const withField = (field: string, value: unknown) => issuesOf({ ...minimal, [field]: value });

t.test('defaults', async (t) => {
  const config = parseConfig(minimal);
  t.same(
    { ...config, podCIDRs: config.podCIDRs.map(formatCidr) },
    {
      devices: ['eth0'],
      podCIDRs: ['10.20.30.0/24'],
      nativeRoutingCIDRs: [],
      nonMasqueradeCIDRs: [],
      remoteNodes: [],
      masquerade: { ipv4: true, ipv6: false },
      masqueradeAddress: { kind: 'auto' },
      portRange: { min: 32768, max: 65535 },
      reservedPorts: [],
      natTableSize: 524288,
      allocator: 'complete',
      otherProtocols: 'pass',
      midStream: 'adopt',
      timeouts: { tcpEstablished: 7_440_000, tcpTransitory: 240_000, udp: 300_000, icmp: 60_000, fragment: 30_000 },
      attach: 'auto',
    },
  );
  t.same(parseConfig({ ...minimal, timeouts: { udp: '1s' } }).timeouts, { ...config.timeouts, udp: 1000 });
});

t.test('a config is frozen all the way down, and parsing it again gives itself', async (t) => {
  const config = parseConfig({ ...minimal, masqueradeAddress: { eth0: '192.0.2.1' } });
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  t.ok(frozen(config));
  t.equal(parseConfig(config), config);
  t.ok(issuesOf({ ...config }).length > 0, 'a copy is no longer known to be checked');
});

t.test('the input is left as it was', async (t) => {
  const input = { ...minimal, devices: ['eth0'] };
  parseConfig(input);
  input.devices.push('eth1');
  t.same(parseConfig(input).devices, ['eth0', 'eth1']);
});

t.test('values that only the default may have yet', async (t) => {
  const defaults = {
    ...{ pools: {}, mapping: 'endpoint-dependent', rules: [], egressPolicies: [] },
    ...{ compat: 'none', path: 'stack', events: { sample: 0 } },
  };
  t.same(issuesOf({ ...minimal, ...defaults }), []);
  t.same(withField('mapping', 'endpoint-independent'), [
    {
      path: 'mapping',
      expected: '"endpoint-dependent" (the others are not built yet)',
      received: '"endpoint-independent"',
    },
  ]);
  const others: [string, unknown, string][] = [
    ['pools', { a: ['192.0.2.1'] }, 'pools'],
    ['pools', [], 'pools'],
    ['rules', './egress.rules.ts', 'rules'],
    ['rules', [{}], 'rules'],
    ['egressPolicies', [{}], 'egressPolicies'],
    ['compat', 'cilium-1.18', 'compat'],
    ['path', 'redirect', 'path'],
    ['events', { sample: 1 }, 'events.sample'],
  ];
  for (const [field, value, path] of others) {
    const [issue, more] = withField(field, value);
    t.equal(more, undefined, `${path}: one issue`);
    t.match(issue, { path, expected: /not built yet/ });
  }
});

t.test('words and numbers that choose how translation is done', async (t) => {
  for (const allocator of ['complete', 'random', 'cilium-1.11', 'cilium-1.18'] as const) {
    t.equal(parseConfig({ ...minimal, allocator }).allocator, allocator);
  }
  for (const otherProtocols of ['pass', 'drop', 'address-only'] as const) {
    t.equal(parseConfig({ ...minimal, otherProtocols }).otherProtocols, otherProtocols);
  }
  parseConfig({ ...minimal, maxPortsPerSource: 0 });
  for (const value of [-1, 1, '100', null]) {
    t.match(withField('maxPortsPerSource', value), [{ path: 'maxPortsPerSource', expected: /^0 .*not built yet/ }]);
  }
  t.match(withField('allocator', 'cilium-1.8'), [
    { path: 'allocator', expected: '"complete", "random", "cilium-1.11" or "cilium-1.18"' },
  ]);
  t.match(withField('otherProtocols', 'adress-only'), [
    { expected: '"pass", "drop" or "address-only"', hint: 'did you mean address-only?' },
  ]);
});

t.test('every problem is told at once, with the fix', async (t) => {
  const issues = issuesOf({
    podCidrs: ['10.20.30.0/24'],
    devices: 'eth0',
    podCIDRs: ['10.20.30.1/24', '10.0.0.0/33', 5, '10.0.0.0/8'],
    remoteNodes: ['192.168.1.1/24'],
    portRange: '65535-32768',
    reservedPorts: [0, '99999'],
    natTableSize: '524288',
    masquerade: true,
    midStream: 'adpot',
    timeouts: { udp: 60, icmp: '60', fragment: '0s', tcp: '1m' },
    masqueradeAddress: '224.0.0.1',
  });
  const lines = issues.map((i) => `${i.path} | ${i.expected} | ${i.received} | ${i.hint ?? ''}`).sort();
  t.matchOnly(lines, [
    /^devices \| a list of device names \| "eth0" \| write a list: \[eth0\]$/,
    /^masquerade \| an object such as \{ ipv4: true \} \| true \| did you mean \{ ipv4: true \}\?$/,
    /^masqueradeAddress \| "auto", an address, .* \| "224\.0\.0\.1" \| .*multicast/,
    /^midStream \| "adopt", "translate" or "drop" \| "adpot" \| did you mean adopt\?$/,
    /^natTableSize \| a whole number from 1024 to 4194304 \| "524288" \| write it without quotes$/,
    /^podCIDRs\[0\] \| an IPv4 or IPv6 CIDR such as 10\.20\.30\.0\/24 or fd00:10:20::\/64 \| "10\.20\.30\.1\/24" \| host bits are set: did you mean 10\.20\.30\.0\/24\?$/,
    /^podCIDRs\[1\] \| .* \| "10\.0\.0\.0\/33" \| .*at most 32$/,
    /^podCIDRs\[2\] \| .* \| 5 \| put it in quotes: "5"$/,
    /^podCidrs \| no such field \| \["10\.20\.30\.0\/24"\] \| did you mean podCIDRs\?$/,
    /^portRange \| .* \| "65535-32768" \| the range is reversed: did you mean 32768-65535\?$/,
    /^remoteNodes\[0\] \| .* \| "192\.168\.1\.1\/24" \| one address, without a prefix length: 192\.168\.1\.1$/,
    /^reservedPorts\[0\] \| .* from 1 to 65535 \| 0 \| port 0 cannot be used$/,
    /^reservedPorts\[1\] \| .* \| "99999" \| $/,
    /^timeouts\.fragment \| a duration above 0 .* \| "0s" \| $/,
    /^timeouts\.icmp \| .* \| "60" \| the unit is missing: did you mean "60s"\?$/,
    /^timeouts\.tcp \| no such field \| "1m" \| /,
    /^timeouts\.udp \| .* \| 60 \| the unit is missing: did you mean "60s"\?$/,
  ]);
  t.match(new ConfigError(issues).message, /17 problems/);
});

t.test('required fields', async (t) => {
  t.same(
    issuesOf({}).map((issue) => [issue.path, issue.received]),
    [
      ['devices', 'nothing'],
      ['podCIDRs', 'nothing'],
    ],
  );
  t.match(issuesOf({ devices: [], podCIDRs: [] }), [
    { path: 'devices', expected: 'at least one device name', received: '[]' },
    { path: 'podCIDRs', expected: 'at least one IPv4 or IPv6 CIDR' },
  ]);
  for (const input of [undefined, null, 5, 'x', [], () => 1]) t.equal(issuesOf(input).length, 1);
});

t.test('device names', async (t) => {
  for (const name of [
    'eth0',
    'eth+',
    'bond0.100',
    'a',
    'abcdefghijklmno',
    'wlp3s0',
    'abcdefghijklmno+',
    'veth@x',
    'ö',
  ]) {
    t.same(withField('devices', [name]), [], name);
  }
  const refused = [
    '',
    '+',
    '.',
    '..',
    'a/b',
    'a b',
    'a:1',
    'abcdefghijklmnop',
    'a\n',
    '\u0000',
    'öööööööö',
    'x'.repeat(1e6),
  ];
  for (const name of refused) t.equal(withField('devices', [name]).length, 1, JSON.stringify(name.slice(0, 20)));
});

t.test('numbers at their limits', async (t) => {
  const sizes: [unknown, number][] = [
    [1024, 0],
    [4194304, 0],
    [1023, 1],
    [4194305, 1],
    [0, 1],
    [-1, 1],
    [2048.5, 1],
  ];
  const odd: [unknown, number][] = [
    [Number.NaN, 1],
    [JSON.parse('1e999'), 1],
    [2048n, 1],
    ['2048', 1],
    [null, 1],
    [[2048], 1],
  ];
  for (const [value, count] of [...sizes, ...odd])
    t.equal(withField('natTableSize', value).length, count, String(value));
  for (const range of ['1-65535', '1', 65535, '40000-40000']) t.same(withField('portRange', range), []);
  for (const range of ['0-5', '0', 0, '5-4', '1-65536', '', '1-', 1.5, Number.POSITIVE_INFINITY, null, [1, 2]]) {
    t.equal(withField('portRange', range).length, 1, String(range));
  }
  for (const [timeout, count] of [
    ['1ms', 0],
    ['365d', 0],
    ['365d1ms', 1],
    ['0ms', 1],
    ['', 1],
    ['-1s', 1],
    [Number.POSITIVE_INFINITY, 1],
  ] as const) {
    t.equal(withField('timeouts', { udp: timeout }).length, count, String(timeout));
  }
});

t.test('reserved ports must leave some', async (t) => {
  t.same(issuesOf({ ...minimal, portRange: '5-10', reservedPorts: ['1-7', 9, '10-20'] }), [], '8 is left');
  t.match(issuesOf({ ...minimal, portRange: '5-10', reservedPorts: ['1-7', 8, '9-10'] }), [
    { path: 'reservedPorts', expected: /at least one of portRange \(5-10\) free/ },
  ]);
  t.equal(issuesOf({ devices: [], portRange: '5', reservedPorts: [5] }).length, 3, 'also beside other problems');
});
