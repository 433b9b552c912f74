// SPDX-License-Identifier: Apache-2.0
export { buildPacket } from './packet-build.js';
export { formatPacket } from './packet-format.js';
export { type ParseOptions, parsePacket } from './packet-parse.js';
export type * from './packet-types.js';
export { etherType, ipProtocol, tcpFlags } from './packet-types.js';
export { verifyChecksums } from './packet-verify.js';
export { formatTuple, parseTuple, type Tuple } from './tuple.js';
