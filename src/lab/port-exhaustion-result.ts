// SPDX-License-Identifier: Apache-2.0
import type { Config } from '../index.js';

export type Allocator = Config['allocator'];
export const ALLOCATORS: readonly Allocator[] = ['complete', 'random', 'cilium-1.11', 'cilium-1.18'];

/** Shares of the port range at which failures are told. */
export const STEPS: readonly number[] = [0.1, 0.25, 0.5, 0.75, 0.875, 0.9, 0.95, 1];

/** The curve has a point every half percent. */
export const POINTS = 200;

export interface Step {
  /** New connections tried so far, as a share of the port range. */
  readonly asked: number;
  /** Share of those that got no port. */
  readonly failed: number;
}

/** What one allocator made of as many new connections to one remote endpoint as there are ports. */
export interface AllocatorResult {
  readonly allocator: Allocator;
  /** In the range; as many connections were tried. */
  readonly ports: number;
  /** Connections that got a port. */
  readonly granted: number;
  /** Different ones among theirs. */
  readonly distinctPorts: number;
  /** Share of the range that had been asked for at the first failure; null when there was none. */
  readonly firstFailureAt: number | null;
  readonly steps: readonly Step[];
  /** Failed share at every half percent of the range, from 0 to 100 %. */
  readonly curve: readonly number[];
}

export interface ExhaustionResult {
  readonly scenario: 'port-exhaustion';
  /** No port was given twice, and `complete` gave all of them. */
  readonly asExpected: boolean;
  /** Inclusive. */
  readonly portRange: { readonly min: number; readonly max: number };
  readonly allocators: readonly AllocatorResult[];
  readonly kernel: string;
  readonly milliseconds: number;
}

/** Counts what becomes of one connection after another. */
export class Tally {
  private readonly used = new Set<number>();
  private readonly curve = [0];
  private asked = 0;
  private failures = 0;
  private firstFailure: number | undefined;
  constructor(
    private readonly allocator: Allocator,
    private readonly ports: number,
  ) {}

  granted(port: number): void {
    this.used.add(port);
    this.next();
  }

  refused(): void {
    this.failures++;
    this.firstFailure ??= this.asked + 1;
    this.next();
  }

  private next(): void {
    this.asked++;
    while (this.curve.length <= POINTS && this.asked >= (this.curve.length * this.ports) / POINTS)
      this.curve.push(this.failures / this.asked);
  }

  /** @throws RangeError before every port was asked for. */
  result(): AllocatorResult {
    if (this.asked !== this.ports) throw new RangeError(`${this.asked} of ${this.ports} connections were tried`);
    return {
      allocator: this.allocator,
      ports: this.ports,
      granted: this.asked - this.failures,
      distinctPorts: this.used.size,
      firstFailureAt: this.firstFailure === undefined ? null : this.firstFailure / this.ports,
      steps: STEPS.map((asked) => ({ asked, failed: this.curve[asked * POINTS] as number })),
      curve: this.curve,
    };
  }
}

export const asExpected = (results: readonly AllocatorResult[]): boolean =>
  results.every((r) => r.distinctPorts === r.granted && (r.allocator !== 'complete' || r.granted === r.ports));

/** The originals, on kernel 6.18, over the same range to one remote endpoint; failed shares from lowest to highest run. */
export interface Measured {
  readonly what: string;
  readonly allocator?: Allocator;
  readonly firstFailureAt?: number;
  readonly steps: readonly { readonly asked: number; readonly failed: readonly [low: number, high: number] }[];
}
const measured = (asked: number, low: number, high = low) => ({ asked, failed: [low, high] as const });
export const MEASURED: readonly Measured[] = [
  {
    what: 'Cilium 1.18',
    allocator: 'cilium-1.18',
    firstFailureAt: 0.48,
    steps: [measured(0.5, 0.0009), measured(0.75, 0.052), measured(0.875, 0.103), measured(1, 0.16)],
  },
  {
    what: 'Cilium 1.8.2, 1.11.1',
    allocator: 'cilium-1.11',
    firstFailureAt: 0.84,
    steps: [measured(0.5, 0), measured(0.75, 0), measured(0.875, 0.0001, 0.0004), measured(1, 0.019)],
  },
  { what: 'nftables, iptables', steps: [measured(0.5, 0), measured(0.75, 0), measured(1, 0.01, 0.012)] },
];
