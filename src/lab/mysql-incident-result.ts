// SPDX-License-Identifier: Apache-2.0
import type { ConfigInput, Mapping, ReasonName } from '../index.js';

/** The outcome of one configuration, as the database server and the kernel told it. */
export interface IncidentRow {
  /** The configuration in words. */
  readonly configuration: string;
  /** Cilium's release, without the `v`. */
  readonly cilium?: string;
  /** Keys of `cilium-config` as given. */
  readonly document: Readonly<Record<string, string>>;
  readonly loadBalancerMode?: { readonly mode: string; readonly inferred: boolean; readonly because: string };
  /** The same as snatkit's configuration. */
  readonly config: ConfigInput;
  readonly destination: string;
  /** The client's address as mariadbd has it: from its processlist, or from its refusal. */
  readonly sourceSeen: string;
  readonly outcome: 'connected' | 'refused';
  readonly error?: { readonly code: string; readonly errno: number; readonly message: string };
  readonly why: string;
  readonly expected: { readonly outcome: 'connected' | 'refused'; readonly sourceSeen: string };
  /** Outcome, source and counter are all as expected. */
  readonly asExpected: boolean;
  readonly attachment: Attachment;
  /** Packets counted under the reason that decided this row, before and after the client ran. */
  readonly counter?: { readonly reason: ReasonName; readonly before: number; readonly after: number };
  readonly evidence?: Evidence;
}

/** The egress program as it is attached. */
export interface Attachment {
  readonly kind: 'tcx' | 'tc';
  readonly device: string;
  readonly program: string;
  readonly programId: number;
  readonly tag: string;
  readonly linkId?: number;
  /** Instructions that the verifier went through; 0 where the kernel does not say. */
  readonly instructions: number;
}

/** What an operator of the node would see. */
export interface Evidence {
  readonly tcFilterShow: { readonly command: string; readonly output: string };
  /** The flow in the NAT table. */
  readonly mapping: Mapping;
  /** The connection's first packet, on the node's device towards the pod and on the wire. */
  readonly packet: {
    readonly before: { readonly device: string; readonly text: string };
    readonly after: { readonly device: string; readonly text: string };
  };
}

export interface IncidentResult {
  readonly scenario: 'mysql-incident';
  /** Every row is as expected. */
  readonly asExpected: boolean;
  readonly rows: readonly IncidentRow[];
  /** What mariadbd calls itself. */
  readonly server: string;
  /** The account that the server knows, `'app'@'10.20.30.%'`. */
  readonly account: string;
  readonly kernel: string;
  readonly milliseconds: number;
  /** With `keep`: how to enter what was left up. */
  readonly kept?: KeptLab;
}

export interface KeptLab {
  readonly id: string;
  readonly instance: string;
  readonly enter: readonly { readonly host: string; readonly command: string }[];
  readonly tryThere: readonly { readonly what: string; readonly command: string }[];
  /** The command that takes it down. */
  readonly remove: string;
}
