// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { missingCapabilities } from '../../../src/cli/privileges.js';
import { answerOf, invoke } from '../../helpers/cli.js';

const bit = (...bits: number[]) => bits.reduce((mask, b) => mask | (1n << BigInt(b)), 0n);
const [netAdmin, sysAdmin, perfmon, bpf] = [12, 21, 38, 39];

t.test('which are missing', async (t) => {
  t.strictSame(missingCapabilities(0n), ['CAP_NET_ADMIN', 'CAP_BPF', 'CAP_PERFMON']);
  t.strictSame(missingCapabilities(bit(netAdmin, bpf)), ['CAP_PERFMON']);
  t.strictSame(missingCapabilities(bit(netAdmin, bpf, perfmon)), []);
  t.strictSame(missingCapabilities(bit(sysAdmin)), ['CAP_NET_ADMIN'], 'CAP_SYS_ADMIN covers the others');
  t.strictSame(missingCapabilities(bit(netAdmin, bpf, perfmon), true), ['CAP_SYS_ADMIN'], 'a namespace takes more');
});

for (const argv of [['up', '/nonexistent.yaml'], ['down'], ['status'], ['nat', 'list'], ['nat', 'flush']])
  t.test(`snatkit ${argv.join(' ')} without privileges says which, before anything else`, async (t) => {
    const { code, stderr } = await invoke(argv, { capabilities: bit(netAdmin, bpf) });
    t.equal(code, 3);
    t.match(stderr, /needs CAP_PERFMON, found .*sudo/);
    const json = await invoke([...argv, '--json'], { capabilities: 0n });
    t.match(answerOf('error', json).error, { name: 'UnsupportedError', exitCode: 3 });
  });
