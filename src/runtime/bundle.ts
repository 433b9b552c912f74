// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigInput } from '../config/config.js';
import { StateError } from '../errors.js';
import type { KernelFeatures, Plan } from '../plan/plan.js';

/** What a bundle says of itself. */
export interface BundleManifest {
  readonly version: 1;
  /** snatkit that built it. */
  readonly snatkit: string;
  readonly shape: string;
  /** SHA-256 of what was compiled: unit, headers, flags, compiler. */
  readonly objectHash: string;
  /** SHA-256 of `snat.o`, hex. */
  readonly objectSha256: string;
  readonly clang: string;
  /** Slots for devices that the object has. */
  readonly devices: number;
  readonly features: KernelFeatures;
  readonly config: ConfigInput;
}

/** An object built elsewhere, for machines without clang. */
export interface Bundle {
  readonly manifest: BundleManifest;
  readonly object: Buffer;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const FILES = { manifest: 'manifest.json', plan: 'plan.json', unit: 'snat.c', object: 'snat.o' } as const;

/** True for a folder that writeBundle made. */
export const isBundle = (path: string): boolean =>
  existsSync(join(path, FILES.manifest)) && existsSync(join(path, FILES.object));

const replacer = (_: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

/** Writes manifest, plan, unit and object into a folder, whole or not at all. */
export function writeBundle(
  folder: string,
  parts: { manifest: Omit<BundleManifest, 'version' | 'objectSha256'>; plan: Plan; unit: string; object: Buffer },
): BundleManifest {
  const manifest: BundleManifest = { version: 1, ...parts.manifest, objectSha256: sha256(parts.object) };
  const fresh = `${folder}.new-${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(fresh, FILES.plan), `${JSON.stringify(parts.plan, replacer, 2)}\n`);
    writeFileSync(join(fresh, FILES.unit), parts.unit);
    writeFileSync(join(fresh, FILES.object), parts.object);
    if (isBundle(folder)) rmSync(folder, { recursive: true });
    renameSync(fresh, folder);
  } catch (e) {
    rmSync(fresh, { recursive: true, force: true });
    throw e;
  }
  return manifest;
}

/** @throws StateError `incompatible` when the folder is no bundle, of another version, or damaged. */
export function readBundle(folder: string): Bundle {
  if (!isBundle(folder))
    throw new StateError(
      'incompatible',
      `${folder} is no bundle: expected ${FILES.manifest} and ${FILES.object} in it`,
    );
  const manifest = JSON.parse(readFileSync(join(folder, FILES.manifest), 'utf8')) as BundleManifest;
  if (manifest.version !== 1)
    throw new StateError('incompatible', `${folder}: bundle version ${manifest.version}, this snatkit reads version 1`);
  const object = readFileSync(join(folder, FILES.object));
  if (sha256(object) !== manifest.objectSha256)
    throw new StateError(
      'incompatible',
      `${folder}: ${FILES.object} is not the one that the manifest names: build it again`,
    );
  return { manifest, object };
}
