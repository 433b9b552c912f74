// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, UnsupportedError } from '../index.js';
import { type IncidentOptions, runMysqlIncident } from './mysql-incident.js';
import { type RenderOptions, renderIncident } from './mysql-incident-render.js';
import type { IncidentResult } from './mysql-incident-result.js';
import { runPortExhaustion } from './port-exhaustion.js';
import { renderExhaustion } from './port-exhaustion-render.js';
import type { ExhaustionResult } from './port-exhaustion-result.js';
import { chartExhaustion } from './port-exhaustion-svg.js';
import { toolEnvironment } from './process.js';

export type ScenarioOptions = IncidentOptions;
export type ScenarioResult = IncidentResult | ExhaustionResult;

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Programs that must be installed, each with the Debian package that has it. */
  readonly needs: Readonly<Record<string, string>>;
  /** What can be asked of it besides: to leave everything up, how to attach, a chart of the result. */
  readonly takes: readonly ('keep' | 'attach' | 'svg')[];
}

interface Runnable extends Scenario {
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}

const NAMESPACES = { ip: 'iproute2', nsenter: 'util-linux' };

const SCENARIOS: readonly Runnable[] = [
  {
    name: 'mysql-incident',
    summary: 'A pod, a database that knows only the pod network, and five configurations of Cilium’s masquerading',
    needs: { ...NAMESPACES, tc: 'iproute2', mariadbd: 'mariadb-server-core', tcpdump: 'tcpdump' },
    takes: ['keep', 'attach'],
    run: runMysqlIncident,
  },
  {
    name: 'port-exhaustion',
    summary: 'Every port asked for, towards one remote endpoint: where each way to search for a free one gives up',
    needs: NAMESPACES,
    takes: ['svg'],
    run: runPortExhaustion,
  },
];

/** What `runScenario` can run. */
export function listScenarios(): Scenario[] {
  return SCENARIOS.map(({ name, summary, needs, takes }) => ({ name, summary, needs, takes }));
}

/**
 * Runs a scenario in network namespaces of its own and removes all of it afterwards; first it removes what earlier runs
 * left that were killed. Handles SIGINT, SIGTERM and SIGHUP while it runs.
 * @throws ConfigError for an unknown name, UnsupportedError without root or a needed program, InterruptedError after a signal.
 */
export function runScenario(name: 'mysql-incident', options?: ScenarioOptions): Promise<IncidentResult>;
export function runScenario(name: 'port-exhaustion', options?: ScenarioOptions): Promise<ExhaustionResult>;
export function runScenario(name: string, options?: ScenarioOptions): Promise<ScenarioResult>;
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
  return result.scenario === 'mysql-incident' ? renderIncident(result, options) : renderExhaustion(result, options);
}

/** The result as an SVG document; undefined for a scenario that does not take `svg`. */
export function chartScenario(result: ScenarioResult): string | undefined {
  return result.scenario === 'port-exhaustion' ? chartExhaustion(result) : undefined;
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
