// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { configSchema } from '../../../src/config/schema.js';
import { suggest } from '../../../src/config/suggest.js';

const fields = Object.keys(configSchema.shape);

t.test('what was likely meant', async (t) => {
  const meant: [string, string | undefined][] = [
    ['podCidrs', 'podCIDRs'],
    ['podCIDR', 'podCIDRs'],
    ['pod-cidrs', 'podCIDRs'],
    ['pod_cidrs', 'podCIDRs'],
    ['device', 'devices'],
    ['natTabelSize', 'natTableSize'],
    ['native-routing-cidr', 'nativeRoutingCIDRs'],
    ['nonMasqueradeCIDR', 'nonMasqueradeCIDRs'],
    ['masqueradeAddresses', 'masqueradeAddress'],
    ['port', undefined],
    ['', undefined],
    ['somethingElseEntirely', undefined],
    ['x'.repeat(1_000_000), undefined],
  ];
  for (const [word, field] of meant) t.equal(suggest(word, fields), field, word.slice(0, 30));
});
