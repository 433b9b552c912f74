// SPDX-License-Identifier: Apache-2.0
/** What a run of the benchmark measured: bench/results.json. */

/** At most so many floors, or so many times another scenario. */
export interface Target {
  readonly atMost: number;
  /** Scenario that it is compared with; default the floor. */
  readonly of?: string;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** Nanoseconds a packet, net of the wrapper: the median of the rounds. */
  readonly ns: number;
  /** Half the distance between the quartiles, in nanoseconds. */
  readonly spread: number;
  readonly floors: number;
  readonly target?: Target;
  /** Times what the target is compared with; absent without a target. */
  readonly times?: number;
  readonly met?: boolean;
  /** Cilium's figure by the same method, in floors. */
  readonly cilium?: string;
}

export interface Results {
  readonly schema: 1;
  readonly machine: { readonly kernel: string; readonly cpu: string; readonly clang: string; readonly snatkit: string };
  readonly rounds: number;
  /** Nanoseconds of the unit. */
  readonly floor: { readonly ns: number; readonly spread: number };
  readonly rows: readonly Row[];
}

/** Net nanoseconds of each round of one scenario. */
export interface Measured {
  readonly name: string;
  readonly title: string;
  readonly target?: Target;
  readonly cilium?: string;
  readonly samples: readonly number[];
}

/** The value below which a share of the samples lies, interpolated. Throws without samples. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('a quantile of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
const spread = (samples: readonly number[]) => (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2;
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** Judges what was measured. A target against a scenario that was not run is left open. */
export function judge(floor: readonly number[], measured: readonly Measured[]): Pick<Results, 'floor' | 'rows'> {
  const unit = median(floor);
  const known = new Map(measured.map((m) => [m.name, median(m.samples)]));
  const rows = measured.map(({ name, title, target, cilium, samples }): Row => {
    const ns = median(samples);
    const base = target ? (target.of === undefined ? unit : known.get(target.of)) : undefined;
    return {
      name,
      title,
      ns: rounded(ns, 1),
      spread: rounded(spread(samples), 1),
      floors: rounded(ns / unit, 2),
      ...(target ? { target } : {}),
      ...(target && base !== undefined ? { times: rounded(ns / base, 2), met: ns / base <= target.atMost } : {}),
      ...(cilium === undefined ? {} : { cilium }),
    };
  });
  return { floor: { ns: rounded(unit, 1), spread: rounded(spread(floor), 1) }, rows };
}
