// SPDX-License-Identifier: Apache-2.0
/**
 * Differential test: the kernel's own nftables masquerade, recorded (`make oracle`) and played anew here, against
 * snatkit. Every byte counts, except a port that either chose and its checksums.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { formatPacket, parsePacket } from '../../src/net/packet.js';
import { packageRoot } from '../../src/package.js';
import { Snat } from '../../src/runtime/snat.js';
import { type Flow, Oracle, type Recording } from '../helpers/oracle.js';
import { flowsOf } from '../helpers/oracle-flows.js';
import { requires } from '../helpers/requires.js';
import { BOTH, KINDS, privatePaths } from '../helpers/world.js';

const families = ([4, 6] as const).map((family) => ({
  name: `IPv${family}`,
  flows: flowsOf(family),
  recorded: JSON.parse(
    readFileSync(join(packageRoot, 'test', 'fixtures', 'oracle', `ipv${family}.json`), 'utf8'),
  ) as Recording,
}));

/** A line for people before the bytes, so that a difference can be read. */
const shown = (steps: readonly (readonly string[])[] = []) =>
  steps.map((packets) => packets.map((hex) => `${formatPacket(parsePacket(Buffer.from(hex, 'hex')))} ${hex}`));

async function compare(t: Assertions, oracle: Oracle, agree: (flow: Flow) => boolean) {
  for (const { name, flows, recorded } of families) {
    t.strictSame(
      Object.keys(recorded),
      flows.map((f) => f.name),
      `${name}: recorded are the flows that there are`,
    );
    const played = await oracle.play(flows);
    for (const flow of flows) {
      const [found, wanted] = [shown(played[flow.name]), shown(recorded[flow.name])];
      if (agree(flow)) t.strictSame(found, wanted, `${name}: ${flow.name}`);
      else t.strictNotSame(found, wanted, `${name}: ${flow.name}: differs because ${flow.differs}`);
    }
  }
}
type Assertions = Pick<typeof t, 'strictSame' | 'strictNotSame'>;

t.test('the kernel’s masquerade does what was recorded', async (t) => {
  const oracle = await Oracle.make();
  t.teardown(() => oracle.destroy());
  await oracle.masquerade();
  await compare(t, oracle, () => true);
});

for (const attach of KINDS)
  t.test(`snatkit with ${attach} sends the same packets`, requires(attach), async (t) => {
    const paths = privatePaths(t);
    const oracle = await Oracle.make();
    t.teardown(() => oracle.destroy());
    const snat = await Snat.start(
      {
        ...{ ...BOTH, podCIDRs: BOTH.podCIDRs ?? [] },
        ...{ devices: ['eth0'], natTableSize: 4096, attach, midStream: 'translate', otherProtocols: 'address-only' },
      },
      { name: 'oracle', netns: oracle.topology.netnsPath('node'), paths },
    );
    t.teardown(() => snat.stop());
    await compare(t, oracle, (flow) => flow.differs === undefined);
  });
