// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { mappingsText, sortMappings } from '../../../src/cli/nat-list.js';
import type { Mapping } from '../../../src/index.js';

const at = (text: string) => {
  const [address, port] = text.split(':') as [string, string];
  return { address, port: Number(port) };
};
function mapping(protocol: Mapping['protocol'], inside: string, remote: string, rest: Partial<Mapping> = {}): Mapping {
  const base = { state: 'established', ageMs: 61_400, idleMs: 1_999, node: false, halves: 'both' } as const;
  return { protocol, inside: at(inside), outside: at('192.168.10.2:40000'), remote: at(remote), ...base, ...rest };
}

const rows = [
  mapping('udp', '10.20.30.11:53', '192.0.2.1:53', { state: 'opening', halves: 'egress' }),
  mapping('tcp', '10.20.30.100:9', '192.0.2.1:80'),
  mapping('tcp', '10.20.30.11:40000', '192.0.2.10:80'),
  mapping('tcp', '10.20.30.11:40000', '192.0.2.9:80', { node: true }),
  mapping('tcp', '10.20.30.11:9000', '192.0.2.9:80'),
];

t.test('sorted by protocol and by numbers, not by letters', async (t) => {
  t.strictSame(
    sortMappings(rows).map((m) => `${m.protocol} ${m.inside.address}:${m.inside.port} ${m.remote.address}`),
    [
      'tcp 10.20.30.11:9000 192.0.2.9',
      'tcp 10.20.30.11:40000 192.0.2.9',
      'tcp 10.20.30.11:40000 192.0.2.10',
      'tcp 10.20.30.100:9 192.0.2.1',
      'udp 10.20.30.11:53 192.0.2.1',
    ],
  );
});

t.test('as text', async (t) => {
  t.equal(mappingsText([]), 'no mappings');
  t.equal(
    mappingsText(sortMappings(rows.slice(0, 1).concat(rows[3] as Mapping))),
    `PROTOCOL  INSIDE             OUTSIDE             REMOTE        STATE                       AGE   IDLE
tcp       10.20.30.11:40000  192.168.10.2:40000  192.0.2.9:80  established (node)          1m1s  1s
udp       10.20.30.11:53     192.168.10.2:40000  192.0.2.1:53  opening (egress half only)  1m1s  1s`,
  );
});
