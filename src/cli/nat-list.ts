// SPDX-License-Identifier: Apache-2.0
import { type Endpoint, type Mapping, Snat } from '../index.js';
import { compareAddresses, formatDuration, parseAddress } from './library.js';
import { type NameOption, nameOption } from './options.js';
import { natListOutput } from './output/nat.js';
import { requirePrivileges } from './privileges.js';
import { table } from './text.js';
import type { Verb } from './verb.js';

export const natListVerb: Verb<NameOption> = {
  usage: 'list',
  summary: 'List the flows in the NAT table',
  examples: [
    ['snatkit nat list', 'a table, sorted by protocol and inside'],
    ['snatkit nat list --json | jq ".mappings | length"', 'how many'],
  ],
  options: (command) => nameOption(command),
  run: async (session, options) => {
    requirePrivileges(session.context, 'reading the NAT table');
    const snat = await Snat.open({ name: options.name });
    try {
      const mappings = sortMappings(await snat.mappings.all());
      session.answer(natListOutput, { version: 1, name: snat.name, mappings: mappings.map(mappingOutput) }, () =>
        mappingsText(mappings),
      );
    } finally {
      snat.close();
    }
  },
};

/** Whole milliseconds: the rest of the digits says nothing. */
export const mappingOutput = (m: Mapping) => ({ ...m, ageMs: Math.round(m.ageMs), idleMs: Math.round(m.idleMs) });

/** By protocol, then inside, remote and outside, addresses as numbers. */
export function sortMappings(mappings: readonly Mapping[]): Mapping[] {
  return [...mappings].sort(
    (a, b) =>
      a.protocol.localeCompare(b.protocol) ||
      compareEndpoints(a.inside, b.inside) ||
      compareEndpoints(a.remote, b.remote) ||
      compareEndpoints(a.outside, b.outside),
  );
}

function compareEndpoints(a: Endpoint, b: Endpoint): number {
  const [x, y] = a.address === b.address ? [] : [parseAddress(a.address), parseAddress(b.address)];
  return (x && y ? compareAddresses(x, y) : 0) || a.port - b.port;
}

export function mappingsText(mappings: readonly Mapping[]): string {
  if (mappings.length === 0) return 'no mappings';
  const time = (ms: number) => formatDuration(Math.floor(ms / 1000) * 1000);
  const at = ({ address, port }: Endpoint) => `${address}:${port}`;
  const state = (m: Mapping) =>
    `${m.state}${m.node ? ' (node)' : ''}${m.halves === 'both' ? '' : ` (${m.halves} half only)`}`;
  return table([
    ['PROTOCOL', 'INSIDE', 'OUTSIDE', 'REMOTE', 'STATE', 'AGE', 'IDLE'],
    ...mappings.map((m) => [
      m.protocol,
      at(m.inside),
      at(m.outside),
      at(m.remote),
      state(m),
      time(m.ageMs),
      time(m.idleMs),
    ]),
  ]);
}
