// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import type { ConfigInput } from '../../../src/config/config.js';
import { parseConfig } from '../../../src/config/parse.js';
import { formatCidr } from '../../../src/net/cidr.js';
import { type PlanOptions, plan, stages } from '../../../src/plan/plan.js';

const planned = (config: Partial<ConfigInput> = {}, options?: PlanOptions) =>
  plan(parseConfig({ devices: ['eth0'], podCIDRs: ['10.20.30.0/24'], ...config }), options);

t.test('the defaults', async (t) => {
  const { shape, knobs, warnings, fallbacks } = planned();
  t.match(shape, {
    egress: 'translate',
    families: [{ family: 4, exclusions: [] }],
    natEntries: 524288,
    keptEntries: 65536,
    devices: 1,
    walk: 'complete',
  });
  t.strictSame(knobs.portRange, { min: 32768, max: 65535 });
  t.strictSame(warnings, []);
  t.strictSame(fallbacks, []);
});

t.test('CIDRs are merged, exclusions keep their order and their reason', async (t) => {
  const { shape } = planned({
    nativeRoutingCIDRs: ['10.1.0.0/16', '10.0.0.0/16', '10.0.9.0/24'],
    remoteNodes: ['192.0.2.7'],
    nonMasqueradeCIDRs: ['198.51.100.0/24'],
  });
  t.strictSame(
    shape.families[0]?.exclusions.map((e) => [e.reason, e.cidrs.map(formatCidr)]),
    [
      ['native-routing', ['10.0.0.0/15']],
      ['non-masquerade', ['198.51.100.0/24']],
      ['remote-node', ['192.0.2.7/32']],
    ],
  );
  t.strictSame(stages(shape).egress, [
    'parse',
    'pods(1)',
    'native-routing(1)',
    'non-masquerade(1)',
    'remote-node(1)',
    'translate',
  ]);
});

t.test('reserved ports outside the range are nobody’s candidates', async (t) => {
  const { shape } = planned({ portRange: '40000-50000', reservedPorts: [22, '39990-40010', 45000, '49999-60000'] });
  t.strictSame(shape.reservedPorts, [
    { min: 40000, max: 40010 },
    { min: 45000, max: 45000 },
    { min: 49999, max: 50000 },
  ]);
});

t.test('off, and compiled out', async (t) => {
  t.equal(planned({ masquerade: { ipv4: false } }).shape.egress, 'off');
  const quirk = planned({}, { quirks: ['egress-compiled-out'] });
  t.equal(quirk.shape.egress, 'compiled-out');
  t.match(quirk.warnings, [/nothing will be masqueraded/]);
});

t.test('an older kernel gets a bounded walk, and it is said', async (t) => {
  const { shape, fallbacks } = planned({}, { features: { bpfLoop: false, csumIpv6: false } });
  t.equal(shape.walk, 'bounded');
  t.match(fallbacks, [/bounded.*5\.17/]);
});

t.test('warnings name what will surprise', async (t) => {
  t.match(planned({ nativeRoutingCIDRs: ['0.0.0.0/0'] }).warnings, [/native-routing covers every IPv4 destination/]);
  t.match(planned({ nativeRoutingCIDRs: ['10.0.0.0/8'], remoteNodes: ['10.1.1.1'] }).warnings, [
    /remote-node 10\.1\.1\.1\/32 can never match: native-routing covers it/,
  ]);
  t.match(planned({ portRange: '40000-40099', reservedPorts: ['40000-40049'] }).warnings, [/leaves 50 ports/]);
});
