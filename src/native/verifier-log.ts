// SPDX-License-Identifier: Apache-2.0

/** What a verifier log says in short. */
export interface VerifierWords {
  /** The verifier's complaint: the last line that is neither an instruction, a state nor a statistic. */
  readonly summary: string;
  /** `file:line` of the last source line that the log names (kernels that print `; code @ file.c:123`). */
  readonly at: string | undefined;
}

const statistics = /^(processed \d+ insns|verification time|stack depth|insns processed|max_states_per_insn|mark_read)/;
const source = /^; .* @ ([^@]+):(\d+)$/;

/** Reads the verifier's log. Pure; knows the forms of Linux 5.10 to 7. */
export function readVerifierLog(log: string): VerifierWords {
  let summary: string | undefined;
  let at: string | undefined;
  const lines = log.split('\n').map((line) => line.trim());
  for (const line of lines.reverse()) {
    if (line === '' || statistics.test(line)) continue;
    summary ??= line;
    const named = source.exec(line);
    if (named) {
      at = `${named[1]}:${named[2]}`;
      break;
    }
  }
  return { summary: summary ?? 'it gave no reason', at };
}
