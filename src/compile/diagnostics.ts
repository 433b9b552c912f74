// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '../errors.js';

const LINE = /^(.*?):(\d+):(\d+): (?:fatal )?(error|warning|note): (.*)$/;

/** What clang printed, as data. Paths below `headers` are given relative to the package. */
export function parseDiagnostics(stderr: string, headers: string): Diagnostic[] {
  return stderr.split('\n').flatMap((line) => {
    const m = LINE.exec(line);
    if (!m) return [];
    const [, file, at, column, severity, message] = m as unknown as [
      string,
      string,
      string,
      string,
      Diagnostic['severity'],
      string,
    ];
    return [
      {
        file: file.startsWith(`${headers}/`) ? `bpf${file.slice(headers.length)}` : file,
        line: Number(at),
        column: Number(column),
        severity,
        message,
      },
    ];
  });
}

export const formatDiagnostic = (d: Diagnostic): string =>
  `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}`;
