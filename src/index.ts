// SPDX-License-Identifier: Apache-2.0
export { type Direction, REASONS, type ReasonName, type Verdict } from './abi/reasons.js';
export { type CompiledUnit, type CompileOptions, compileUnit } from './compile/compile.js';
export type { Config, ConfigInput } from './config/config.js';
export { formatConfig } from './config/format.js';
export { parseConfig } from './config/parse.js';
export { parseConfigText } from './config/parse-text.js';
export { emitUnit, shapeId } from './emit/unit.js';
export * from './errors.js';
export type { CounterRow } from './maps/counters.js';
export type { Mapping, Mappings } from './maps/mappings.js';
export type { Endpoint, Protocol } from './maps/tuple.js';
export { type Plan, type PlanOptions, plan, type Quirk, type Shape, stages } from './plan/plan.js';
export { type Bundle, type BundleManifest, isBundle, readBundle, writeBundle } from './runtime/bundle.js';
export type { Paths } from './runtime/paths.js';
export { type ChangeOptions, type InstanceOptions, Snat, type StartOptions } from './runtime/snat.js';
export type { DeviceStatus, Status } from './runtime/status.js';
