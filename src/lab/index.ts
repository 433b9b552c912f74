// SPDX-License-Identifier: Apache-2.0
export type { RenderOptions } from './mysql-incident-render.js';
export type { IncidentResult, IncidentRow } from './mysql-incident-result.js';
export type { AllocatorResult, ExhaustionResult } from './port-exhaustion-result.js';
export {
  chartScenario,
  listScenarios,
  renderScenario,
  runScenario,
  type Scenario,
  type ScenarioOptions,
  type ScenarioResult,
} from './scenarios.js';
export { cleanLabs, InterruptedError } from './session.js';
export { createTopology, type Topology, type TopologySpec } from './topology.js';
