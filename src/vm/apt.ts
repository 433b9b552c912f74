// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KernelError, UnsupportedError } from '../errors.js';
import { type AptSource, debianSources, parseDeb822, parseOneLine } from './sources.js';

const exec = promisify(execFile);
const ETC = '/etc/apt';

/** Names a mirror of Debian's main archive on machines whose own apt uses none. */
export const MIRROR_VARIABLE = 'SNATKIT_DEBIAN_MIRROR';

/** Where one of Debian's archives is found from this machine. @throws UnsupportedError when it knows no mirror. */
export function archiveSource(archive: 'main' | 'security'): AptSource {
  const mirror = process.env[MIRROR_VARIABLE];
  const sources = mirror === undefined ? machineSources() : [{ uri: mirror, suites: ['stable'] }];
  const found = debianSources(sources)[archive];
  if (found) return found;
  throw new UnsupportedError(
    'downloading a kernel',
    'a Debian mirror in apt’s configuration',
    'none',
    `name one: ${MIRROR_VARIABLE}=…/debian (Debian’s archive keys come with the package debian-archive-keyring)`,
  );
}

function machineSources(): AptSource[] {
  const folder = join(ETC, 'sources.list.d');
  const files = [join(ETC, 'sources.list'), ...list(folder).map((name) => join(folder, name))];
  return files.flatMap((file) => {
    if (!/\.(list|sources)$/.test(file)) return [];
    try {
      return (file.endsWith('.list') ? parseOneLine : parseDeb822)(readFileSync(file, 'utf8'));
    } catch {
      return []; // No such file, or not for our eyes.
    }
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** An apt that knows one suite and keeps all its state in a folder: the machine's own lists stay as they are. */
export class PrivateApt {
  private readonly config: string;

  /** @param folder must exist and be readable for apt's own user. */
  constructor(
    private readonly folder: string,
    source: AptSource,
    suite: string,
    private readonly signal?: AbortSignal,
  ) {
    for (const sub of ['lists/partial', 'cache/archives/partial', 'sources', 'empty', 'debs'])
      mkdirSync(join(folder, sub), { recursive: true });
    const stanza = [
      'Types: deb',
      `URIs: ${source.uri}`,
      `Suites: ${suite}`,
      'Components: main',
      'Architectures: amd64',
      ...(source.signedBy ? [`Signed-By: ${source.signedBy}`] : []),
    ];
    writeFileSync(join(folder, 'sources/debian.sources'), `${stanza.join('\n')}\n`);
    writeFileSync(join(folder, 'status'), '');
    const settings: Record<string, string> = {
      'Dir::Etc::sourcelist': '/dev/null',
      'Dir::Etc::sourceparts': join(folder, 'sources'),
      'Dir::Etc::preferences': '/dev/null',
      'Dir::Etc::preferencesparts': join(folder, 'empty'),
      'Dir::State::lists': join(folder, 'lists'),
      'Dir::State::status': join(folder, 'status'),
      'Dir::Cache': join(folder, 'cache'),
      'APT::Architecture': 'amd64',
      'Acquire::Languages': 'none',
    };
    this.config = join(folder, 'apt.conf');
    // Hooks of the machine's configuration concern its own lists.
    const hooks = ['Pre-Invoke', 'Post-Invoke', 'Post-Invoke-Success'].map((name) => `#clear APT::Update::${name};`);
    const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";`);
    writeFileSync(this.config, `${[...hooks, ...lines].join('\n')}\n`);
  }

  async update(): Promise<void> {
    await this.run('apt-get', ['-q', '-o', 'APT::Update::Error-Mode=any', 'update']);
  }

  /** Names of the packages that begin so. */
  async packages(prefix: string): Promise<string[]> {
    return (await this.run('apt-cache', ['pkgnames', prefix])).split('\n').filter(Boolean);
  }

  async version(name: string): Promise<string> {
    const text = await this.run('apt-cache', ['show', '--no-all-versions', name]);
    return /^Version: (.*)$/m.exec(text)?.[1] ?? 'unknown';
  }

  /** Downloads packages; apt compares them with the signed index. Returns the files. */
  async download(names: readonly string[]): Promise<string[]> {
    const debs = join(this.folder, 'debs');
    await this.run('apt-get', ['-q', 'download', ...names], debs);
    return readdirSync(debs).map((file) => join(debs, file));
  }

  private async run(command: string, args: readonly string[], cwd = this.folder): Promise<string> {
    try {
      const options = { cwd, maxBuffer: 1 << 26, env: { ...process.env, LC_ALL: 'C' } };
      const { stdout } = await exec(command, ['-c', this.config, ...args], {
        ...options,
        ...(this.signal ? { signal: this.signal } : {}),
      });
      return stdout;
    } catch (error) {
      this.signal?.throwIfAborted();
      const { stderr = '', code } = error as { stderr?: string; code?: string | number };
      if (code === 'ENOENT') throw new UnsupportedError('downloading a kernel', 'apt', 'no apt-get');
      const words = stderr.split('\n').filter((line) => /^[EW]:/.test(line));
      throw new KernelError(`${command} ${args.slice(1).join(' ')}`, `exit ${code}`, words.join('; ') || stderr.trim());
    }
  }
}
