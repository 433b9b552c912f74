// SPDX-License-Identifier: Apache-2.0
import { type CiliumProfile, mysqlIncidentProfiles } from '../cilium/profiles.js';
import type { ReasonName } from '../index.js';
import { DATABASE, NODE, POD, SECOND_POD } from './mysql-incident-topology.js';

/** One row of the replay before it is run: what is tried, and what must come out. */
export interface IncidentCase {
  readonly profile: CiliumProfile;
  /** In place of the profile's title. */
  readonly title?: string;
  /** The address that the pod connects to. */
  readonly to: string;
  readonly expected: { readonly outcome: 'connected' | 'refused'; readonly sourceSeen: string };
  /** The outcome the packets must be counted under; none where the program has nothing to count. */
  readonly reason?: ReasonName;
  /** Whether to show the attachment, the NAT entry and a packet before and after. */
  readonly evidence: boolean;
  readonly why: string;
}

const profiles = mysqlIncidentProfiles;
const untouched = { outcome: 'connected', sourceSeen: POD } as const;
const masqueraded = { outcome: 'refused', sourceSeen: NODE } as const;

export const incidentCases: readonly IncidentCase[] = [
  {
    profile: profiles['cilium-1.8.1'],
    to: DATABASE,
    expected: untouched,
    evidence: false,
    why: 'Pure DSR compiled the egress NAT out, so nothing was masqueraded although the file asks for it: it worked by accident.',
  },
  {
    profile: profiles['cilium-1.8.2'],
    to: DATABASE,
    expected: masqueraded,
    reason: 'new',
    evidence: true,
    why: 'The bug is fixed: the database is outside the native-routing CIDR, so the pod leaves with its node’s address, which has no grant.',
  },
  {
    profile: profiles['cilium-1.11.1'],
    to: DATABASE,
    expected: masqueraded,
    reason: 'new',
    evidence: true,
    why: 'The old key names still count in 1.11, so the same file still masquerades towards the database.',
  },
  {
    profile: profiles['fix-a'],
    to: DATABASE,
    expected: untouched,
    reason: 'masquerade-off',
    evidence: false,
    why: 'No pod is masqueraded anywhere: right as long as every destination has a route back to the pods.',
  },
  {
    profile: profiles['fix-b'],
    to: DATABASE,
    expected: untouched,
    reason: 'native-routing',
    evidence: false,
    why: 'Destinations inside the native-routing CIDR keep the pod’s address; all others are masqueraded as before.',
  },
  {
    profile: profiles['cilium-1.11.1'],
    title: 'the same file, to a pod on the second node',
    to: SECOND_POD,
    expected: untouched,
    reason: 'native-routing',
    evidence: false,
    why: 'The second pod is inside the native-routing CIDR: it sees the pod’s own address although masquerading is on.',
  },
];
