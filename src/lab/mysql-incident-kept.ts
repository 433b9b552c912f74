// SPDX-License-Identifier: Apache-2.0
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeptLab } from './mysql-incident-result.js';
import { DATABASE_PORT, NODE_DEVICE } from './mysql-incident-topology.js';
import type { Topology } from './topology.js';

/** How a person enters a lab that was left up, and what there is to see; every command can be pasted as it is. */
export function describeKept(topology: Topology, instance: string, client: readonly string[]): KeptLab {
  const enter = (host: string) => `nsenter --net=${topology.netnsPath(host)}`;
  // In a checkout there is no `snatkit` in PATH.
  const cli = `node ${relative(process.cwd(), fileURLToPath(new URL('../cli/main.js', import.meta.url)))}`;
  return {
    id: topology.id,
    instance,
    enter: topology.hosts.map((host) => ({ host, command: `${enter(host)} bash` })),
    tryThere: [
      { what: 'connect as the pod does', command: `${enter('pod')} ${client.join(' ')}` },
      { what: 'the NAT table', command: `${cli} nat list --name ${instance}` },
      { what: 'what is attached', command: `${cli} status --name ${instance}` },
      { what: 'the same as tc sees it', command: `${enter('node')} tc filter show dev ${NODE_DEVICE} egress` },
      {
        what: 'packets on the wire',
        command: `${enter('node')} tcpdump -n -i ${NODE_DEVICE} tcp port ${DATABASE_PORT}`,
      },
    ],
    remove: `${cli} lab clean`,
  };
}
