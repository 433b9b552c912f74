// SPDX-License-Identifier: Apache-2.0
import { type RenderOptions, wrap } from './mysql-incident-render.js';
import { percent, plot } from './port-exhaustion-plot.js';
import {
  type Allocator,
  type AllocatorResult,
  type ExhaustionResult,
  MEASURED,
  type Measured,
  STEPS,
} from './port-exhaustion-result.js';

const LOOKS: Readonly<Record<Allocator, { mark: string; color: number }>> = {
  complete: { mark: '●', color: 32 },
  random: { mark: '+', color: 36 },
  'cilium-1.11': { mark: '○', color: 33 },
  'cilium-1.18': { mark: '▲', color: 31 },
};

/** The result for a person to read, without a newline at the end. */
export function renderExhaustion(result: ExhaustionResult, options: RenderOptions = {}): string {
  const width = Math.min(100, Math.max(MIN_WIDTH, options.width ?? 100));
  const paint = (code: number, text: string) => (options.color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { min, max } = result.portRange;
  const ports = result.allocators[0]?.ports ?? 0;
  const text = (words: string) => wrap(words.split(' '), ' ', width);
  const legend = result.allocators.map(({ allocator }) => {
    const { mark, color } = LOOKS[allocator];
    return { plain: `${mark} ${allocator}`, painted: `${paint(color, mark)} ${allocator}` };
  });
  const good = result.asExpected;
  return [
    paint(1, 'One remote endpoint, until every port is asked for'),
    ...text(`kernel ${result.kernel}; ${ports} new connections each, for the ports ${min}–${max}`).map((l) =>
      paint(2, l),
    ),
    '',
    'connections that got no port, of those tried so far',
    ...plot(
      [...result.allocators].reverse().map((a) => {
        const { mark, color } = LOOKS[a.allocator];
        return { mark, paint: (cell: string) => paint(color, cell), values: a.curve };
      }),
      width,
    ),
    `${' '.repeat(7)}of the port range asked for`,
    `${' '.repeat(7)}${legend.map((l) => l.painted).join('   ')}`,
    '',
    ...rows(result.allocators, width, (line) => paint(2, line)),
    '',
    ...text(
      'In per cent. The rows of Cilium, nftables and iptables were measured with those themselves, on kernel 6.18, over ' +
        'the same range towards one remote endpoint.',
    ),
    paint(good ? 32 : 31, verdict(result)),
  ].join('\n');
}

function verdict({ allocators, asExpected, milliseconds }: ExhaustionResult): string {
  const complete = allocators.find((a) => a.allocator === 'complete');
  const words = complete
    ? `complete: ${complete.granted} of ${complete.ports} connections have a port, ${complete.distinctPorts} different ones`
    : 'complete was not run';
  return `${asExpected ? words : `not as expected: ${words}`}; ${(milliseconds / 1000).toFixed(1)} s`;
}

const NAME = 21;
const FIRST = 9;
const CELL = 10;
const MIN_WIDTH = NAME + FIRST + 4 * CELL;

function rows(allocators: readonly AllocatorResult[], width: number, dim: (line: string) => string): string[] {
  const line = (name: string, first: string, cells: readonly string[]) =>
    (name.padEnd(NAME) + first.padStart(FIRST) + cells.map((c) => c.padStart(CELL)).join('')).trimEnd();
  const common = [0.5, 0.75, 0.875, 1];
  const asked = width < NAME + FIRST + 6 * CELL ? common : STEPS.filter((s) => s >= 0.5);
  const cells = (of: (asked: number) => string | undefined) => asked.map((a) => of(a) ?? '–');
  const measured = (m: Measured) =>
    dim(
      line(
        m.allocator ? `  ${m.what}` : m.what,
        m.firstFailureAt === undefined ? '–' : percent(m.firstFailureAt),
        cells((a) => span(m.steps.find((s) => s.asked === a)?.failed)),
      ),
    );
  return [
    line(
      'asked for:',
      'first at',
      asked.map((a) => `${a * 100} %`),
    ),
    ...allocators.flatMap((result) => [
      line(
        result.allocator,
        result.firstFailureAt === null ? 'never' : percent(result.firstFailureAt),
        cells((a) => percent(result.steps.find((s) => s.asked === a)?.failed ?? Number.NaN)),
      ),
      ...MEASURED.filter((m) => m.allocator === result.allocator).map(measured),
    ]),
    ...MEASURED.filter((m) => m.allocator === undefined).map(measured),
  ];
}

function span(failed: readonly [number, number] | undefined): string | undefined {
  if (!failed) return undefined;
  const [low, high] = failed;
  return low === high ? percent(low) : `${percent(low)}–${percent(high)}`;
}
