// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { longestText, parseConfigText, type TextIssue } from '../../../src/config/parse-text.js';
import { ConfigError } from '../../../src/errors.js';
import { formatCidr } from '../../../src/net/cidr.js';

function issuesOf(text: string): readonly Partial<TextIssue>[] {
  try {
    parseConfigText(text, 'snatkit.yaml');
  } catch (error) {
    if (error instanceof ConfigError && error.source === 'snatkit.yaml') return error.issues;
    throw error;
  }
  return [];
}

t.test('YAML and JSON', async (t) => {
  const yaml = `# comment
devices: [eth0]
podCIDRs:
  - &pods 10.20.30.0/24
nativeRoutingCIDRs: [*pods]
portRange: 40000-50000
timeouts: { udp: 5m }
`;
  const config = parseConfigText(yaml);
  t.same(config.nativeRoutingCIDRs.map(formatCidr), ['10.20.30.0/24']);
  t.same([config.portRange, config.timeouts.udp], [{ min: 40000, max: 50000 }, 300_000]);
  const json = '{\n\t"devices": ["eth0"],\r\n\t"podCIDRs": ["10.20.30.0/24"]\n}';
  t.same(parseConfigText(json).devices, ['eth0']);
  t.same(parseConfigText(`\ufeff${yaml}`).devices, ['eth0'], 'byte order mark');
});

t.test('problems have their line and column, in the order of the text', async (t) => {
  const text = `natTableSiz: 5
devices: [eth0]
podCIDRs:
  - 10.20.30.0/24
  - 10.20.30.1/24
timeouts:
  udp: 60
`;
  t.match(issuesOf(text), [
    { path: 'line 1, column 14: natTableSiz', line: 1, column: 14, hint: 'did you mean natTableSize?' },
    { path: 'line 5, column 5: podCIDRs[1]', line: 5, column: 5, hint: /did you mean 10\.20\.30\.0\/24/ },
    { path: 'line 7, column 8: timeouts.udp', line: 7, column: 8 },
  ]);
  t.equal(issuesOf(text).length, 3);
  t.match(issuesOf('devices: [eth0]\ntimeouts: {}\n'), [{ path: 'line 1, column 1: podCIDRs', received: 'nothing' }]);
});

t.test('what is no configuration text', async (t) => {
  const texts: [string, RegExp, number, number][] = [
    ['', /a configuration/, 1, 1],
    ['# only a comment\n', /a configuration/, 1, 1],
    ['devices: [eth0\npodCIDRs: [10.0.0.0/8]\n', /YAML or JSON/, 2, 1],
    ['devices: [eth0]\ndevices: [eth1]\n', /each key once/, 2, 1],
    ['timeouts:\n  udp: 1s\n  "udp": 2s\n', /each key once/, 3, 3],
    ['devices: [eth0]\n---\ndevices: [eth1]\n', /one document/, 2, 1],
    ['devices: !!js/function "x"\n', /YAML or JSON/, 1, 10],
    ['? [a, b]\n: 1\n', /YAML or JSON/, 1, 3],
    ['\tdevices: [eth0]\n', /YAML or JSON/, 1, 1],
    ['devices: *nope\n', /aliases/, 1, 1],
  ];
  for (const [text, expected, line, column] of texts) {
    t.match(issuesOf(text)[0], { expected, line, column }, JSON.stringify(text));
  }
  t.match(issuesOf('- eth0\n'), [{ expected: /an object/, received: '["eth0"]' }]);
  t.match(issuesOf(' '.repeat(longestText + 1)), [{ expected: /at most/ }]);
});

t.test('hostile documents', async (t) => {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh']) {
    lines.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join()}]`);
  }
  t.match(issuesOf(`${lines.join('\n')}\n`), [{ expected: /aliases/ }], 'a bomb of aliases');
  t.match(issuesOf('devices: &a [*a]\npodCIDRs: [10.0.0.0/8]\n'), [{ path: /devices\[0\]/ }], 'an alias to itself');
  for (const nested of ['[', '{a: ', '- ', '? ', '[{a: ']) {
    t.match(issuesOf(nested.repeat(30_000)), [{ expected: /at most 32 levels/ }], nested);
  }
  const polluting = '{"__proto__": {"devices": ["x"]}, "devices": ["eth0"], "podCIDRs": ["10.0.0.0/8"]}';
  t.match(issuesOf(polluting), [{ path: 'line 1, column 15: __proto__', expected: 'no such field' }]);
  t.match(issuesOf('devices: [eth0]\npodCIDRs: [10.0.0.0/8]\nnatTableSize: 1e999\n'), [{ received: 'Infinity' }]);
  const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`).join('\n');
  t.equal(issuesOf(keys).length, 101, 'as many keys as the text limit allows');
  t.match(issuesOf('devices: [eth0]\npodCIDRs: [10.0.0.0/8]\n"\\e[2J": 1\n')[0]?.path, /\["\\u001b\[2J"\]/);
});
