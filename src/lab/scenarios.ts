// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, UnsupportedError } from '../index.js';
import { type IncidentOptions, runMysqlIncident } from './mysql-incident.js';
import { type RenderOptions, renderIncident } from './mysql-incident-render.js';
import type { IncidentResult } from './mysql-incident-result.js';
import { toolEnvironment } from './process.js';

export type ScenarioOptions = IncidentOptions;
export type ScenarioResult = IncidentResult;

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Programs that must be installed, each with the Debian package that has it. */
  readonly needs: Readonly<Record<string, string>>;
}

interface Runnable extends Scenario {
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}

const NAMESPACES = { ip: 'iproute2', tc: 'iproute2', nsenter: 'util-linux' };

const SCENARIOS: readonly Runnable[] = [
  {
    name: 'mysql-incident',
    summary: 'A pod, a database that knows only the pod network, and five configurations of Cilium’s masquerading',
    needs: { ...NAMESPACES, mariadbd: 'mariadb-server-core', tcpdump: 'tcpdump' },
    run: runMysqlIncident,
  },
];

/** What `runScenario` can run. */
export function listScenarios(): Scenario[] {
  return SCENARIOS.map(({ name, summary, needs }) => ({ name, summary, needs }));
}

/**
 * Runs a scenario in network namespaces of its own and removes all of it afterwards; first it removes what earlier runs
 * left that were killed. Handles SIGINT, SIGTERM and SIGHUP while it runs.
 * @throws ConfigError for an unknown name, UnsupportedError without root or a needed program, InterruptedError after a signal.
 */
export async function runScenario(name: string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = SCENARIOS.find((s) => s.name === name);
  if (!scenario) {
    const known = SCENARIOS.map((s) => s.name).join(', ');
    throw new ConfigError([{ path: 'scenario', expected: `one of ${known}`, received: JSON.stringify(name) }], 'lab');
  }
  if (process.getuid?.() !== 0) {
    throw new UnsupportedError(`scenario ${name}`, 'root', `user ${process.getuid?.()}`, 'it makes network namespaces');
  }
  const missing = Object.entries(scenario.needs).filter(([command]) => !isInstalled(command));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
    const commands = missing.map(([command]) => command).join(', ');
    throw new UnsupportedError(
      `scenario ${name}`,
      commands,
      'none',
      `apt-get install --no-install-recommends ${packages}`,
    );
  }
  return scenario.run(options);
}

/** The result as text for a person. */
export function renderScenario(result: ScenarioResult, options?: RenderOptions): string {
  return renderIncident(result, options);
}

function isInstalled(command: string): boolean {
  return (toolEnvironment().PATH ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
