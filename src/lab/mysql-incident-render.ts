// SPDX-License-Identifier: Apache-2.0
import type { Evidence, IncidentResult, IncidentRow, KeptLab } from './mysql-incident-result.js';
import { DATABASE, DATABASE_PORT, NODE, POD, SECOND_NODE, SECOND_POD } from './mysql-incident-topology.js';

export interface RenderOptions {
  /** Default false. */
  readonly color?: boolean;
  /** Columns, at least 60; default 100. Addresses and quoted output are never cut. */
  readonly width?: number;
}

// util.styleText decides by itself about colour in newer releases of Node, and is absent from older ones.
const STYLES = { bold: 1, dim: 2, red: 31, green: 32 } as const;
type Style = keyof typeof STYLES;

/** The result for a person to read, without a newline at the end. */
export function renderIncident(result: IncidentResult, options: RenderOptions = {}): string {
  const page = new Page(options.color ?? false, Math.max(60, options.width ?? 100));
  page.line(0, page.paint('bold', 'The MySQL incident, replayed'));
  page.text(0, `kernel ${result.kernel}, mariadbd ${result.server}, mysql2 in the pod’s network namespace`, 'dim');
  page.blank();
  for (const line of map(result.account)) page.line(2, line);
  result.rows.forEach((row, index) => {
    page.blank();
    renderRow(page, row, index + 1);
  });
  page.blank();
  const good = result.rows.filter((row) => row.asExpected).length;
  const summary = `${good} of ${result.rows.length} rows as expected, in ${(result.milliseconds / 1000).toFixed(1)} s`;
  page.line(0, page.paint(result.asExpected ? 'green' : 'red', summary));
  if (result.kept) renderKept(page, result.kept);
  return page.toString();
}

function map(account: string): string[] {
  const nodes = [
    { pod: `pod ${POD}`, node: `node ${NODE}` },
    { pod: `pod ${SECOND_POD}`, node: `node ${SECOND_NODE}` },
  ];
  const [first, second] = nodes.map(({ pod, node }) => `${pod.padEnd(17)} ── ${node.padEnd(18)} ──`);
  const indent = ' '.repeat(first?.length ?? 0);
  return [
    `${first}┐`,
    `${indent}├── router ── database ${DATABASE}:${DATABASE_PORT}`,
    `${second}┘              lets in ${account}, nobody else`,
  ];
}

function renderRow(page: Page, row: IncidentRow, number: number): void {
  page.line(0, page.paint('bold', `${number}  ${row.configuration}`));
  const keys = Object.entries(row.document).map(([key, value]) => `${key}: ${value}`);
  page.text(3, keys, 'dim', '   ');
  if (row.loadBalancerMode?.inferred) {
    const { mode, because } = row.loadBalancerMode;
    page.text(3, `load-balancer mode ${mode} is inferred: ${because}`, 'dim');
  }
  const word = row.outcome.padEnd(10);
  if (row.error) {
    const { errno, code, message } = row.error;
    page.text(3, `✗ ${word} ERROR ${errno || code}: ${message}`, 'red');
  } else {
    page.text(3, `✓ ${word} mariadbd at ${row.destination} has the client as ${row.sourceSeen}`, 'green');
  }
  if (!row.asExpected) page.text(3, `! not as expected: ${deviation(row)}`, 'red');
  page.text(3, row.why);
  const { kind, device, program, programId, instructions } = row.attachment;
  const size = instructions > 0 ? `, ${instructions} instructions verified` : '';
  page.label('egress', `${program} (program ${programId}${size}) on ${device}, attached with ${kind}`);
  if (row.counter) {
    const { reason, before, after } = row.counter;
    page.label('counted', `${reason}: ${before} → ${after} ${after === 1 ? 'packet' : 'packets'}`);
  }
  if (row.evidence) renderEvidence(page, row, row.evidence);
}

function deviation({ expected, outcome, sourceSeen, counter }: IncidentRow): string {
  if (expected.outcome !== outcome || expected.sourceSeen !== sourceSeen) {
    return `${expected.outcome} as ${expected.sourceSeen} was to come out, it was ${outcome} as ${sourceSeen}`;
  }
  return `no packet was counted as ${counter?.reason}`;
}

function renderEvidence(page: Page, { attachment }: IncidentRow, { tcFilterShow, mapping, packet }: Evidence): void {
  const { tag, linkId } = attachment;
  page.label('on the node', `$ ${tcFilterShow.command}`);
  if (attachment.kind === 'tcx') {
    page.continued('(nothing: tcx links are not tc filters; Cilium 1.8 and 1.11 attached with tc)', 'dim');
    page.continued(
      `${attachment.device} tcx/egress ${attachment.program} prog_id ${attachment.programId} tag ${tag} link_id ${linkId}`,
    );
  } else {
    for (const line of tcFilterShow.output.split('\n')) page.continued(line.trim());
  }
  const at = (e: { address: string; port: number }) => `${e.address}:${e.port}`;
  const { inside, outside, remote, protocol, halves } = mapping;
  if (halves !== 'ingress')
    page.label('NAT entry', `out ${protocol} ${at(inside)} > ${at(remote)}  source := ${at(outside)}`);
  if (halves !== 'egress')
    page.continued(`in  ${protocol} ${at(remote)} > ${at(outside)}  destination := ${at(inside)}`);
  page.label('before', `${packet.before.text}  (${packet.before.device})`);
  page.label('after', `${packet.after.text}  (${packet.after.device})`);
}

function renderKept(page: Page, { id, instance, enter, tryThere, remove }: KeptLab): void {
  page.blank();
  page.line(0, page.paint('bold', `Left up as ${id}, with row 2’s program running as instance ${instance}`));
  page.blank();
  page.line(0, 'Enter a host:');
  for (const { host, command } of enter) page.line(2, `${host.padEnd(10)}${command}`);
  page.blank();
  page.line(0, 'Try:');
  for (const { what, command } of tryThere) {
    page.line(2, page.paint('dim', `# ${what}`));
    page.line(2, command);
  }
  page.blank();
  page.line(0, `Remove it: ${remove}`);
}

const LABEL_WIDTH = 13;

class Page {
  private readonly lines: string[] = [];
  constructor(
    private readonly color: boolean,
    private readonly width: number,
  ) {}

  paint(style: Style, text: string): string {
    return this.color ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }
  blank(): void {
    this.lines.push('');
  }
  /** As it is: for what a person copies. */
  line(indent: number, text: string): void {
    this.lines.push(' '.repeat(indent) + text);
  }
  /** Broken between words, or between the given parts, at the page's width. */
  text(indent: number, text: string | readonly string[], style?: Style, gap = ' '): void {
    const parts = typeof text === 'string' ? text.split(' ') : text;
    for (const line of wrap(parts, gap, this.width - indent)) this.line(indent, style ? this.paint(style, line) : line);
  }
  label(name: string, text: string): void {
    this.line(3, this.paint('dim', name.padEnd(LABEL_WIDTH)) + text);
  }
  continued(text: string, style?: Style): void {
    this.text(3 + LABEL_WIDTH, text, style);
  }
  toString(): string {
    return this.lines.join('\n');
  }
}

/** Joins parts with a gap, breaking between them; a part longer than the width has a line of its own. */
export function wrap(parts: readonly string[], gap: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + gap.length + part.length <= width)
      lines[lines.length - 1] = last + gap + part;
    else lines.push(part);
  }
  return lines;
}
