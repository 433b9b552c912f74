// SPDX-License-Identifier: Apache-2.0
import { ConfigError } from '../errors.js';

/** A kernel that can be booted: the newest cloud build of one series in one Debian suite. */
export interface CatalogueKernel {
  /** What `--kernel` takes. */
  readonly name: string;
  /** Upstream series, e.g. `6.1`; absent for the newest whatever it is. */
  readonly series?: string;
  readonly suite: string;
  /** Which of Debian's two archives has the suite. */
  readonly archive: 'main' | 'security';
}

/** Cloud builds only: small, and with all that a virtual machine needs. Oldest first. */
export const KERNELS: readonly CatalogueKernel[] = [
  { name: '5.10', series: '5.10', suite: 'bullseye-security', archive: 'security' },
  { name: '6.1', series: '6.1', suite: 'bookworm', archive: 'main' },
  { name: '6.12', series: '6.12', suite: 'trixie', archive: 'main' },
  { name: '6.18', series: '6.18', suite: 'trixie-backports', archive: 'main' },
  { name: 'sid', suite: 'sid', archive: 'main' },
];

/** @throws ConfigError when there is none of that name. */
export function findKernel(name: string): CatalogueKernel {
  const found = KERNELS.find((k) => k.name === name);
  if (found) return found;
  const expected = `one of ${KERNELS.map((k) => k.name).join(', ')}`;
  throw new ConfigError([{ path: 'kernel', expected, received: JSON.stringify(name) }], 'virtual machine');
}

/**
 * The packages that together hold the newest kernel of a series, out of the names in a suite; empty when it has none.
 * From 6.19 on Debian splits image and modules.
 */
export function choosePackages(names: readonly string[], series?: string): string[] {
  const wanted = series === undefined ? '\\d+\\.\\d+' : series.replaceAll('.', '\\.');
  const pattern = new RegExp(`^linux-(?:image|binary)-(${wanted}\\.\\d+[-+.].*cloud-amd64)$`);
  const releases = names.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  const newest = releases.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest === undefined) return [];
  const binary = `linux-binary-${newest}`;
  const image = names.includes(binary) ? binary : `linux-image-${newest}`;
  return [image, `linux-modules-${newest}`].filter((name) => names.includes(name));
}
