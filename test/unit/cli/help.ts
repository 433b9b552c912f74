// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { packageVersion } from '../../../src/package.js';
import { invoke } from '../../helpers/cli.js';

const verbs = [
  'up',
  'down',
  'status',
  'plan',
  'source',
  'build',
  'doctor',
  'nat list',
  'nat flush',
  'lab run',
  'lab list',
  'lab clean',
];
const writing = new Set(['up', 'down', 'source', 'build', 'nat flush', 'lab run', 'lab clean']);

t.test('the help of snatkit shows an example of every command, the exit codes and the form of errors', async (t) => {
  const { code, stdout, stderr } = await invoke(['--help']);
  t.equal(code, 0);
  t.equal(stderr, '');
  for (const verb of verbs) t.match(stdout, new RegExp(`^  snatkit ${verb}\\b.* # `, 'm'), verb);
  for (const words of ['Exit codes: 0 done', '5 running but degraded', '"exitCode"', 'SNATKIT_STATE', 'NO_COLOR'])
    t.ok(stdout.includes(words), words);
});

for (const verb of verbs)
  t.test(`snatkit ${verb} --help`, async (t) => {
    const { code, stdout } = await invoke([...verb.split(' '), '--help']);
    t.equal(code, 0);
    t.match(stdout, `Usage: snatkit ${verb}`);
    t.match(stdout, /\nExamples:\n {2}snatkit /);
    t.match(stdout, '--json');
    t.equal(stdout.includes('--dry-run'), writing.has(verb), 'a command that writes takes --dry-run');
    for (const line of stdout.split('\n')) t.ok(line.length <= 120, line);
  });

t.test('--version', async (t) => {
  t.strictSame(await invoke(['--version']), { code: 0, stdout: `${packageVersion}\n`, stderr: '' });
});

t.test('no command at all is a usage error that shows the help', async (t) => {
  const { code, stdout, stderr } = await invoke([]);
  t.equal(code, 2);
  t.equal(stdout, '');
  t.match(stderr, 'Usage: snatkit');
  t.equal((await invoke(['nat'])).code, 2);
});

for (const [argv, words] of [
  [['statsu'], 'Did you mean status?'],
  [['nat', 'lst'], 'Did you mean list?'],
  [['lab', 'run', 'mysql'], 'there are: mysql-incident'],
  [['plan', 'x.yaml', '--jsn'], 'Did you mean --json?'],
  [['plan'], "missing required argument 'config'"],
  [['status', 'extra'], 'too many arguments'],
  [['up', 'x.yaml', '--attach', 'xdp'], 'Allowed choices are auto, tcx, tc'],
  [['build', 'x.yaml'], "required option '-o, --output <folder>'"],
  [['build', 'x.yaml', '-o', 'y', '--devices', '0'], 'a whole number from 1 to 9999'],
  [['source', 'x.yaml', '--kernel-without', 'tcx'], 'Allowed choices are bpf_loop'],
  [['down', '--all', '--name', 'x'], "'--all' cannot be used with option '--name"],
] as const)
  t.test(`usage: ${argv.join(' ')}`, async (t) => {
    const { code, stdout, stderr } = await invoke(argv);
    t.equal(code, 2);
    t.equal(stdout, '');
    t.match(stderr, words);
    t.match(stderr, /^snatkit: /);
  });
