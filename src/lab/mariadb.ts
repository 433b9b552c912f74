// SPDX-License-Identifier: Apache-2.0
import { closeSync, cpSync, existsSync, openSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { LabDirectory } from './registry.js';
import type { Topology } from './topology.js';

export interface Account {
  readonly user: string;
  readonly password: string;
  /** Which hosts it is granted to, as in GRANT: `10.20.30.%`. */
  readonly host: string;
}

export interface DatabaseServer {
  /** As the server says, e.g. `10.11.6-MariaDB-0+deb12u1`. */
  readonly version: string;
  /** Rejects when the server ends while nobody asked it to; never resolves. */
  readonly died: Promise<never>;
}

// Debian 12 and Ubuntu 24.04 have the first, MariaDB 11 renamed both the directory and the files.
const SHARES = [
  { directory: '/usr/share/mysql', prefix: 'mysql' },
  { directory: '/usr/share/mariadb', prefix: 'mariadb' },
];

// Only its accounts matter here: without InnoDB the data is below a megabyte and the server is up in a tenth of a second.
const COMMON = [
  '--no-defaults',
  // The package without the service makes no user "mysql"; this server reaches nothing but its own namespace.
  '--user=root',
  '--skip-log-bin',
  '--skip-ssl',
  '--performance-schema=OFF',
  '--innodb=OFF',
  '--default-storage-engine=Aria',
  '--aria-pagecache-buffer-size=8M',
  '--aria-log-file-size=8M',
];

/** Makes a data directory with the system tables and one account. The bare server package suffices. */
export async function createDatabase(
  topology: Topology,
  host: string,
  lab: LabDirectory,
  account: Account,
  signal?: AbortSignal,
): Promise<string> {
  const share = SHARES.find((s) => existsSync(join(s.directory, `${s.prefix}_system_tables.sql`)));
  if (!share) throw new Error('the SQL files of mariadb-server-core are not installed; run scripts/setup.sh demo');
  const directory = lab.scratch('database');
  const tables = ['system_tables', 'system_tables_data'].map((name) =>
    readFileSync(join(share.directory, `${share.prefix}_${name}.sql`), 'utf8'),
  );
  const script = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket=NULL;',
    ...tables,
    'FLUSH PRIVILEGES;',
    `CREATE USER '${account.user}'@'${account.host}' IDENTIFIED BY '${account.password}';`,
    '',
  ].join('\n');
  const argv = ['mariadbd', ...COMMON, '--bootstrap', `--datadir=${directory}`, '--enforce-storage-engine='];
  await topology.run(host, [...argv, '--max-allowed-packet=8M', '--net-buffer-length=16K'], { input: script, signal });
  return directory;
}

/** Starts mariadbd inside a host on a copy of a data directory; resolves when it accepts connections. */
export async function startDatabase(
  topology: Topology,
  host: string,
  options: { lab: LabDirectory; template: string; address: string; signal?: AbortSignal | undefined },
): Promise<DatabaseServer> {
  const { lab, template, address, signal } = options;
  const home = lab.scratch(`mariadb-${host}`);
  cpSync(template, join(home, 'data'), { recursive: true });
  const logFile = join(home, 'log');
  const log = openSync(logFile, 'a');
  // To a file and not a pipe: it may outlive us (--keep).
  const child = topology.spawn(
    host,
    [
      'mariadbd',
      ...COMMON,
      `--datadir=${join(home, 'data')}`,
      `--socket=${join(home, 'socket')}`,
      `--pid-file=${join(home, 'pid')}`,
      `--bind-address=${address}`,
      '--skip-name-resolve',
    ],
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  child.unref();
  const words = () => readFileSync(logFile, 'utf8').trim();
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (status, name) => {
      const how = name ? `was ended by ${name}` : `ended with status ${status}`;
      reject(new Error(`mariadbd in ${host} ${how}; it last said: ${words().split('\n').slice(-3).join(' | ')}`));
    });
  });
  failed.catch(() => {});
  const version = await Promise.race([ready(logFile, words, signal), failed]);
  return { version, died: failed };
}

/** Waits for the server's own words that it accepts connections; they hold its version. */
function ready(logFile: string, words: () => string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const watcher = watch(logFile, { persistent: true });
    const settle = (act: () => void) => {
      watcher.close();
      signal?.removeEventListener('abort', aborted);
      act();
    };
    const aborted = () => settle(() => reject(signal?.reason));
    const look = () => {
      const text = words();
      const version = /Version: '([^']+)'/.exec(text)?.[1];
      if (text.includes('ready for connections') && version) settle(() => resolve(version));
    };
    signal?.addEventListener('abort', aborted, { once: true });
    watcher.on('change', look);
    look();
  });
}
