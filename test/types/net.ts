// SPDX-License-Identifier: Apache-2.0
import t from 'tap';
import { parseAddress } from '../../src/net/address.js';
import { parseCidr } from '../../src/net/cidr.js';
import { buildPacket, type PacketSpec, parsePacket } from '../../src/net/packet.js';

const ip = { src: '10.0.0.1', dst: '10.0.0.2' };
// @ts-expect-error ports are required
export const portless: PacketSpec = { ip, tcp: { sport: 1 } };
// @ts-expect-error no such flag
export const flag: PacketSpec = { ip, tcp: { sport: 1, dport: 2, flags: ['SYNC'] } };
// @ts-expect-error ports are numbers
export const port: PacketSpec = { ip, udp: { sport: '1', dport: 2 } };

t.test('types', async (t) => {
  // @ts-expect-error the text may be no address
  t.throws(() => parseAddress('x').value, TypeError);
  // @ts-expect-error the text may be no CIDR
  t.throws(() => parseCidr('x').prefixLength, TypeError);
  const packet = parsePacket(buildPacket({ ip, payload: 'x' }), { link: 'none' });
  // @ts-expect-error it may be no TCP packet
  t.throws(() => packet.tcp.sport, TypeError);
  const address = parseAddress('1.2.3.4');
  t.throws(() => {
    // @ts-expect-error a value is read-only
    if (address) address.value = 1n;
  }, TypeError);
});
