// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { kernelAtLeast } from '../../../src/cli/doctor/check.js';
import { checksText } from '../../../src/cli/doctor.js';
import { paint } from '../../../src/cli/text.js';
import { answerOf, invoke } from '../../helpers/cli.js';

t.test('without privileges: it asks what it may, says what it could not ask, and exits 3', async (t) => {
  const ran = await invoke(['doctor', '--json'], { capabilities: 0n, env: process.env });
  t.equal(ran.code, 3);
  const { state, checks } = answerOf('doctor', ran);
  t.equal(state, 'not-ready');
  const of = (name: string) => checks.find((c) => c.name === name);
  t.match(of('capabilities'), { state: 'missing', essential: true, fix: /root/ });
  t.match(of('tcx'), { state: 'unknown', found: /not asked.*by its version (yes|no)/ });
  t.match(of('kernel'), { state: 'ok', found: /^Linux \d/ });
});

t.test('no clang is a limit, not a failure: bundles need none', async (t) => {
  const { checks } = answerOf('doctor', await invoke(['doctor', '--json'], { capabilities: 0n, env: { PATH: '' } }));
  t.match(
    checks.find((c) => c.name === 'clang'),
    { state: 'limited', essential: false, fix: /apt-get install clang/ },
  );
});

t.test('kernel versions are compared as numbers', async (t) => {
  t.equal(kernelAtLeast(5, 10, '5.9.0'), false);
  t.equal(kernelAtLeast(5, 10, '5.10.0-34-cloud-amd64'), true);
  t.equal(kernelAtLeast(5, 17, '6.1.0'), true);
  t.equal(kernelAtLeast(6, 6, '6.12'), true);
  t.equal(kernelAtLeast(6, 6, 'strange'), false);
});

t.test('the text lists what to do at the end', async (t) => {
  const text = checksText(
    [
      { name: 'kernel', state: 'ok', found: 'Linux 6.18', needed: 'Linux 5.10', essential: true },
      { name: 'clang', state: 'limited', found: 'none', needed: 'clang 14', essential: false, fix: 'get it' },
    ],
    paint(false),
  );
  t.equal(
    text,
    'ok       kernel  Linux 6.18  needed: Linux 5.10\nlimited  clang   none        needed: clang 14\n\nclang: get it',
  );
});
