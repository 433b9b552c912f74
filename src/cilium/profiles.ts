// SPDX-License-Identifier: Apache-2.0
import type { ConfigInput } from '../config/config.js';
import type { Quirk } from '../plan/plan.js';

/** A Cilium version with some keys of its `cilium-config`, and what that means to snatkit. */
export interface CiliumProfile {
  readonly id: string;
  /** Release without the `v`. */
  readonly cilium: string;
  readonly title: string;
  /** Keys and values of the ConfigMap as they were given; whatever is not named has that version's default. */
  readonly document: Readonly<Record<string, string>>;
  /** Load-balancer mode, where it decides. */
  readonly loadBalancerMode?: {
    readonly mode: 'snat' | 'dsr' | 'hybrid';
    /** True when the document does not show it and it was concluded from other evidence. */
    readonly inferred: boolean;
    readonly because: string;
  };
  readonly config: ConfigInput;
  readonly quirks?: readonly Quirk[];
}

/** The file of the report: key names of Cilium 1.8, which 1.11 still read. */
const reported = {
  masquerade: 'true',
  'enable-bpf-masquerade': 'true',
  'native-routing-cidr': '10.20.30.0/24',
} as const;

const podCIDRs = ['10.20.30.0/24'];
const devices = ['eth0'];
const masquerading: ConfigInput = { devices, podCIDRs, nativeRoutingCIDRs: ['10.20.30.0/24'] };

/** The configurations of the MySQL incident, in the order in which it went. */
export const mysqlIncidentProfiles = {
  'cilium-1.8.1': {
    id: 'cilium-1.8.1',
    cilium: '1.8.1',
    title: 'the reported file, load balancing in pure DSR mode',
    document: reported,
    loadBalancerMode: {
      mode: 'dsr',
      inferred: true,
      because:
        'the reported file does not show it; the fix that the report cites (pull request 12456) concerns DSR alone',
    },
    config: masquerading,
    // to_netdev() called the NAT only outside of pure DSR; 1.8.2 added "or masquerading" to the condition.
    quirks: ['egress-compiled-out'],
  },
  'cilium-1.8.2': {
    id: 'cilium-1.8.2',
    cilium: '1.8.2',
    title: 'the same file after the upgrade',
    document: reported,
    config: masquerading,
  },
  'cilium-1.11.1': {
    id: 'cilium-1.11.1',
    cilium: '1.11.1',
    title: 'the same file, three minor versions later',
    document: reported,
    config: masquerading,
  },
  'fix-a': {
    id: 'fix-a',
    cilium: '1.11.1',
    title: 'fix A, the report’s: no masquerading',
    document: { 'enable-ipv4-masquerade': 'false', 'enable-bpf-masquerade': 'false' },
    config: { devices, podCIDRs, masquerade: { ipv4: false } },
  },
  'fix-b': {
    id: 'fix-b',
    cilium: '1.11.1',
    title: 'fix B: a native-routing CIDR that covers the database',
    document: {
      'enable-ipv4-masquerade': 'true',
      'enable-bpf-masquerade': 'true',
      'ipv4-native-routing-cidr': '10.20.0.0/16',
    },
    config: { devices, podCIDRs, nativeRoutingCIDRs: ['10.20.0.0/16'] },
  },
} as const satisfies Record<string, CiliumProfile>;
