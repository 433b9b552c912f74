// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { type IncidentResult, runScenario } from '../../src/lab/index.js';

const POD = '10.20.30.11';
const NODE = '192.168.10.2';

for (const attach of ['tcx', 'tc'] as const) {
  t.test(`the incident, attached with ${attach}`, async (t) => {
    const result: IncidentResult = await runScenario('mysql-incident', { attach });
    t.same(
      result.rows.map((row) => [row.cilium, row.outcome, row.sourceSeen, row.error?.errno]),
      [
        ['1.8.1', 'connected', POD, undefined],
        ['1.8.2', 'refused', NODE, 1130],
        ['1.11.1', 'refused', NODE, 1130],
        ['1.11.1', 'connected', POD, undefined],
        ['1.11.1', 'connected', POD, undefined],
        ['1.11.1', 'connected', POD, undefined],
      ],
    );
    t.ok(result.asExpected);
    t.ok(result.rows.every((row) => row.attachment.kind === attach && row.attachment.programId > 0));
    t.ok(result.rows[0]?.loadBalancerMode?.inferred, 'that it was DSR is said to be inferred');
    t.equal(result.rows[0]?.attachment.instructions, 2, 'compiled out, and attached all the same');

    for (const row of result.rows.filter((r) => r.outcome === 'refused')) {
      t.equal(row.error?.code, 'ER_HOST_NOT_PRIVILEGED');
      t.match(row.error?.message, `Host '${NODE}' is not allowed to connect to this MariaDB server`);
      const { mapping, packet, tcFilterShow } = row.evidence ?? {};
      t.match(mapping, { protocol: 'tcp', halves: 'both', inside: { address: POD }, outside: { address: NODE } });
      t.equal(packet?.before.text, `tcp ${POD}:${mapping?.inside.port} > 10.20.40.5:3306 SYN`);
      t.equal(packet?.after.text, `tcp ${NODE}:${mapping?.outside.port} > 10.20.40.5:3306 SYN`);
      const shown = attach === 'tc' ? new RegExp(`direct-action.* id ${row.attachment.programId} `) : /^$/;
      t.match(tcFilterShow?.output, shown);
    }

    const second = result.rows.at(-1)?.counter;
    t.equal(second?.reason, 'native-routing');
    t.equal(second?.before, 0);
    t.ok((second?.after ?? 0) > 1, 'every packet of the connection is counted');
    t.same(JSON.parse(JSON.stringify(result)), result, 'all of it can be written as JSON');
  });
}

t.test('an unknown scenario, and one that is ended before it begins', async (t) => {
  await t.rejects(runScenario('no-such'), { name: 'ConfigError', message: /mysql-incident/ });
  const reason = new Error('never mind');
  await t.rejects(runScenario('mysql-incident', { signal: AbortSignal.abort(reason) }), reason);
});
