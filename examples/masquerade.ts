// SPDX-License-Identifier: Apache-2.0
import { Snat } from 'snatkit';

const snat = await Snat.start({
  devices: ['eth0'],
  podCIDRs: ['10.20.30.0/24'],
  nativeRoutingCIDRs: ['10.20.0.0/16'],
});
const { state, attachKind, devices } = snat.status();
console.log(state, attachKind, devices[0]?.addresses.join(', '));
for await (const m of snat.mappings.list()) console.log(m.protocol, m.inside, m.outside, m.remote, m.state);
for (const c of snat.counters()) if (c.packets > 0n) console.log(c.direction, c.verdict, c.reason, c.packets);
await snat.stop(); // with snat.close() it would go on without this process
