// SPDX-License-Identifier: Apache-2.0
import { axis, percent } from './port-exhaustion-plot.js';
import { type Allocator, type ExhaustionResult, MEASURED } from './port-exhaustion-result.js';

const WIDTH = 760;
const HEIGHT = 460;
const LEFT = 64;
const RIGHT = 24;
const TOP = 76;
const BOTTOM = 84;
const LEGEND = 122;

// Told apart by people who confuse colours too (Okabe and Ito), and by their dashes.
const LOOKS: Readonly<Record<Allocator, { color: string; dash: string }>> = {
  complete: { color: '#009e73', dash: '' },
  random: { color: '#0072b2', dash: '2 4' },
  'cilium-1.11': { color: '#e69f00', dash: '8 4' },
  'cilium-1.18': { color: '#d55e00', dash: '' },
};

/** The curves as an SVG document that needs nothing else; circles are what the originals were measured at. */
export function chartExhaustion({ allocators, portRange, kernel }: ExhaustionResult): string {
  const shown = MEASURED.filter((m) => allocators.some((a) => a.allocator === m.allocator));
  const { top, step } = axis(
    Math.max(...allocators.flatMap((a) => a.curve), ...shown.flatMap((m) => m.steps.map((s) => s.failed[1]))),
  );
  const x = (share: number) => round(LEFT + share * (WIDTH - LEFT - RIGHT));
  const y = (share: number) => round(HEIGHT - BOTTOM - (share / top) * (HEIGHT - TOP - BOTTOM));
  const marks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  const ports = allocators[0]?.ports ?? 0;
  const title = `Failed new connections against occupancy, ports ${portRange.min}–${portRange.max}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    `<title id="title">${quoted(title)}</title>`,
    `<desc id="desc">${quoted(allocators.map((a) => `${a.allocator}: ${percent(a.steps.at(-1)?.failed ?? 0)} % failed`).join('; '))}</desc>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 28, title, 'font-size="17" font-weight="600"'),
    text(LEFT, 50, `${ports} connections to one remote endpoint, by test runs on kernel ${kernel}`, 'fill="#666"'),
    ...marks.flatMap((m) => [
      `<path d="M${x(0)} ${y(m)}H${x(1)}" stroke="${m === 0 ? '#222' : '#ddd'}"/>`,
      text(LEFT - 8, y(m) + 4, `${Math.round(m * 100)} %`, 'text-anchor="end"'),
    ]),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      text(x(share), HEIGHT - BOTTOM + 20, `${share * 100} %`, 'text-anchor="middle"'),
    ),
    text(x(0.5), HEIGHT - BOTTOM + 40, 'of the port range asked for', 'text-anchor="middle" fill="#666"'),
    ...[...allocators].reverse().map(({ allocator, curve }) => {
      const { color, dash } = LOOKS[allocator];
      const points = curve.map((value, i) => `${x(i / (curve.length - 1))},${y(value)}`).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2.5"${dash && ` stroke-dasharray="${dash}"`}/>`;
    }),
    ...shown.flatMap((m) =>
      m.steps.map(
        ({ asked, failed: [low, high] }) =>
          `<circle cx="${x(asked)}" cy="${y((low + high) / 2)}" r="4.5" fill="#fff" stroke="${LOOKS[m.allocator as Allocator].color}" stroke-width="1.5"/>`,
      ),
    ),
    ...allocators.flatMap(({ allocator }, i) => {
      const { color, dash } = LOOKS[allocator];
      const left = LEFT + i * LEGEND;
      return [
        `<path d="M${left} ${HEIGHT - 20}h28" stroke="${color}" stroke-width="2.5"${dash && ` stroke-dasharray="${dash}"`}/>`,
        text(left + 34, HEIGHT - 16, allocator),
      ];
    }),
    `<circle cx="${LEFT + 4 * LEGEND + 6}" cy="${HEIGHT - 20}" r="4.5" fill="#fff" stroke="#666" stroke-width="1.5"/>`,
    text(LEFT + 4 * LEGEND + 18, HEIGHT - 16, 'Cilium itself, measured', 'fill="#666"'),
    '</svg>',
  ].join('\n')}\n`;
}

const round = (value: number) => Math.round(value * 10) / 10;

const text = (x: number, y: number, words: string, attributes = '') =>
  `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${quoted(words)}</text>`;

const quoted = (words: string) =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
