// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { checkConfig, parseConfig } from '../../../src/config/parse.js';
import { parseConfigText } from '../../../src/config/parse-text.js';
import { ConfigError, type ConfigIssue } from '../../../src/errors.js';
import { formatAddress } from '../../../src/net/address.js';
import { formatCidr } from '../../../src/net/cidr.js';

function issuesOf(input: object): readonly ConfigIssue[] {
  try {
    parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...input });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

const v4 = '10.20.30.0/24';
const v6 = 'fd00:10:20::/64';

t.test('the families may be mixed in every list', async (t) => {
  const mixed = ['2001:db8::/32', '192.0.2.0/24', '::/0', '2001:db8::5', '0.0.0.0/0'];
  const config = parseConfig({
    devices: ['eth0'],
    podCIDRs: [v6, v4],
    nativeRoutingCIDRs: mixed,
    nonMasqueradeCIDRs: mixed,
    remoteNodes: ['2001:DB8:0::7', '192.0.2.7'],
  });
  t.same(config.podCIDRs.map(formatCidr), [v6, v4], 'the order is kept');
  const canonical = ['2001:db8::/32', '192.0.2.0/24', '::/0', '2001:db8::5/128', '0.0.0.0/0'];
  t.same(config.nativeRoutingCIDRs.map(formatCidr), canonical);
  t.same(config.nonMasqueradeCIDRs.map(formatCidr), canonical);
  t.same(config.remoteNodes.map(formatAddress), ['2001:db8::7', '192.0.2.7']);
  t.same(config.masquerade, { ipv4: true, ipv6: false }, 'IPv6 pods are allowed while IPv6 is off');
});

t.test('IPv6 CIDRs that are refused', async (t) => {
  const refusals: [string, RegExp][] = [
    ['fd00::1/64', /^host bits are set: did you mean fd00::\/64\?$/],
    ['fd00::/129', /at most 128/],
    ['fd00::/064', /whole number from 0 to 128/],
    ['fd00:::/64', /not an address/],
    ['::ffff:10.20.30.0/120', /^IPv4-mapped: did you mean 10\.20\.30\.0\/24\?$/],
    ['::ffff:0:0/96', /^IPv4-mapped: did you mean 0\.0\.0\.0\/0\?$/],
  ];
  for (const field of ['podCIDRs', 'nativeRoutingCIDRs', 'nonMasqueradeCIDRs']) {
    for (const [text, hint] of refusals) {
      t.match(issuesOf({ [field]: [v4, text] }), [{ path: `${field}[1]`, received: JSON.stringify(text), hint }], text);
    }
  }
  const expected = 'an IPv4 or IPv6 CIDR such as 10.20.30.0/24 or fd00:10:20::/64';
  t.match(issuesOf({ podCIDRs: ['x'] }), [{ expected }]);
});

t.test('prefixes that hold no pod', async (t) => {
  const v4Prefixes = ['224.0.0.0/4', '239.1.0.0/16', '127.0.0.0/8', '0.0.0.0/8'];
  const v6Prefixes = ['fe80::/10', 'fe80::/64', 'fe80::1', 'ff00::/8', 'ff02::/16', '::', '::1'];
  for (const cidr of [...v4Prefixes, ...v6Prefixes]) {
    t.match(issuesOf({ podCIDRs: [v4, cidr] }), [{ path: 'podCIDRs[1]', hint: /no host has it|never/ }], cidr);
    t.same(issuesOf({ nonMasqueradeCIDRs: [cidr], nativeRoutingCIDRs: [cidr] }), [], `${cidr} may be a destination`);
  }
  for (const cidr of ['0.0.0.0/0', '::/0', 'fe00::/7', 'fec0::/10', '192.0.0.0/2']) {
    t.same(issuesOf({ podCIDRs: [v4, cidr] }), [], `${cidr} holds others too`);
  }
});

t.test('a family that is on and the pods that there are', async (t) => {
  const off = /^add the pods' IPv6 CIDR to podCIDRs/;
  const on = /\{ ipv6: true \}/;
  const rows: [string[], object | undefined, RegExp?][] = [
    [[v4], undefined],
    [[v4], { ipv4: false }],
    [[v4], { ipv6: true }, off],
    [[v4], { ipv4: false, ipv6: true }, off],
    [[v4, v6], undefined],
    [[v4, v6], { ipv6: true }],
    [[v4, v6], { ipv4: false, ipv6: true }],
    [[v4, v6], { ipv4: false }],
    [[v6], undefined, on],
    [[v6], { ipv4: true, ipv6: false }, on],
    [[v6], { ipv6: true }],
    [[v6], { ipv4: false, ipv6: true }],
    [[v6], { ipv4: false }],
  ];
  for (const [podCIDRs, masquerade, hint] of rows) {
    const found = issuesOf(masquerade ? { podCIDRs, masquerade } : { podCIDRs });
    t.match(found, hint ? [{ path: 'masquerade.ipv6', hint }] : [], `${podCIDRs} ${JSON.stringify(masquerade)}`);
    t.equal(found.length, hint ? 1 : 0);
  }
  t.equal(issuesOf({ devices: [], masquerade: { ipv6: true } }).length, 2, 'also beside other problems');
  t.equal(issuesOf({ podCIDRs: ['x'], masquerade: { ipv6: true } }).length, 1, 'not while podCIDRs itself is wrong');
  const text = 'devices: [eth0]\npodCIDRs: [10.0.0.0/8]\nmasquerade:\n  ipv6: true\n';
  const located = { name: 'ConfigError', message: /line 4, column 9: masquerade\.ipv6/ };
  t.throws(() => parseConfigText(text), located);
});

t.test('a config that masquerades translates something', async (t) => {
  const input = fc.record({
    podCIDRs: fc.uniqueArray(fc.constantFrom(v4, v6, '10.9.0.0/16', '2001:db8::/32'), { minLength: 1 }),
    masquerade: fc.record({ ipv4: fc.boolean(), ipv6: fc.boolean() }, { requiredKeys: [] }),
  });
  fc.assert(
    fc.property(input, (fields) => {
      const result = checkConfig({ devices: ['eth0'], ...fields });
      const { ipv4, ipv6 } = { ipv4: true, ipv6: false, ...fields.masquerade };
      const has = (mark: string) => fields.podCIDRs.some((cidr) => cidr.includes(mark));
      const works = (ipv4 && has('.')) || (ipv6 && has(':')) || (!ipv4 && !ipv6);
      return 'config' in result === (works && (!ipv6 || has(':')));
    }),
  );
  t.pass();
});
