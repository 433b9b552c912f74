// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { parseConfig } from '../../../src/config/parse.js';
import { ConfigError, type ConfigIssue } from '../../../src/errors.js';

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

t.test('hostile input', async (t) => {
  const poisoned = JSON.parse('{"__proto__": {"devices": ["evil"], "polluted": 1}, "podCIDRs": ["10.0.0.0/8"]}');
  t.same(
    issuesOf(poisoned).map((issue) => issue.path),
    ['devices', '__proto__'],
    'no field comes from a prototype',
  );
  t.equal(({} as Record<string, unknown>).polluted, undefined);
  const device = JSON.parse('{"__proto__": "192.0.2.1"}');
  const named = parseConfig({ ...minimal, devices: ['__proto__'], masqueradeAddress: device }).masqueradeAddress;
  t.match(named.kind === 'per-device' && Object.entries(named.devices), [
    ['__proto__', { ipv4: [{ family: 4 }], ipv6: [] }],
  ]);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  for (const value of [cyclic, 'x'.repeat(1e7), { toString: null }, Symbol('x'), 10n ** 100000n]) {
    const [issue] = withField('podCIDRs', value);
    t.ok(issue && issue.received.length < 200, `short: ${issue?.received.slice(0, 40)}`);
  }
  const many = issuesOf({ devices: ['eth0'], podCIDRs: Array(100_000).fill('x') });
  t.equal(many.length, 101);
  t.match(many.at(-1), { expected: 'fewer problems', received: '99900 more' });
  const unknown = issuesOf(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key${i}`, 1])));
  t.equal(unknown.length, 101);
  t.notMatch(issuesOf({ ...minimal, '\u001b[2J\u009b': 1 })[0]?.path, /\p{C}/u, 'nothing that moves a terminal');
});

t.test('anything at all gives a config or a ConfigError', async (t) => {
  const fields = [
    'devices',
    'podCIDRs',
    'masquerade',
    'masqueradeAddress',
    'portRange',
    'reservedPorts',
    'timeouts',
    'events',
    'pools',
  ];
  const value = fc.oneof(fc.anything(), fc.array(fc.anything()), fc.dictionary(fc.string(), fc.anything()));
  const input = fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), value);
  fc.assert(
    fc.property(fc.oneof(input, fc.anything()), (input) => {
      for (const issue of issuesOf(input)) {
        if (issue.expected === '' || issue.received === '' || /^Invalid|^Too /.test(issue.expected)) return false;
      }
      return true;
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
