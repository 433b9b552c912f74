// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import t from 'tap';
import { REASONS } from '../../src/abi/reasons.js';
import type { PacketSpec } from '../../src/net/packet.js';
import { type Datapath as D, Datapath, frame, NODE, sportOf } from '../helpers/datapath.js';

const runs = Number(process.env.SNATKIT_FUZZ_RUNS ?? 300);
const seed = Number(process.env.SNATKIT_FUZZ_SEED ?? Date.now() & 0x7fffffff);
t.comment(`seed ${seed}, ${runs} runs`);

const last = fc.integer({ min: 1, max: 6 });
const podAddress = last.map((n) => `10.20.30.${n}`);
const remoteAddress = last.map((n) => `192.0.2.${n}`);
const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom(40000, 40001, 65535, 32768));
const payload = fc.uint8Array({ maxLength: 70 });
const ipFields = fc.record({
  ttl: fc.integer({ min: 1, max: 255 }),
  id: fc.integer({ min: 0, max: 65535 }),
  dscp: fc.integer({ min: 0, max: 63 }),
  df: fc.boolean(),
  options: fc.option(fc.constant(new Uint8Array([1, 1, 1, 0])), { nil: undefined }),
});

/** A packet of a pod, and how the remote would answer what it saw of it. */
const flow = fc
  .record({
    src: podAddress,
    dst: remoteAddress,
    sport: port,
    dport: port,
    ip: ipFields,
    payload,
    kind: fc.constantFrom('tcp', 'udp', 'udp0', 'icmp'),
  })
  .map(({ src, dst, sport, dport, ip: { options, ...fields }, payload, kind }) => {
    const ip = { ...fields, ...(options ? { options } : {}), src, dst };
    const packet: PacketSpec =
      kind === 'tcp'
        ? { ip, tcp: { sport, dport, flags: ['SYN'], seq: sport * dport, payload } }
        : kind === 'icmp'
          ? { ip, icmp: { type: 8, code: 0, id: sport, seq: dport, payload } }
          : { ip, udp: { sport, dport, payload, ...(kind === 'udp0' ? { checksum: 0 } : {}) } };
    return packet;
  });

/** The same packet with other addresses and ports and its checksums computed afresh. */
function changed(
  spec: PacketSpec,
  ip: { src?: string; dst?: string },
  ports: { sport?: number; dport?: number },
): PacketSpec {
  return {
    ...spec,
    ip: { ...(spec.ip as NonNullable<PacketSpec['ip']>), ...ip },
    ...(spec.tcp ? { tcp: { ...spec.tcp, ...ports } } : {}),
    ...(spec.udp ? { udp: { ...spec.udp, ...ports } } : {}),
    ...(spec.icmp ? { icmp: { ...spec.icmp, id: ports.sport ?? ports.dport ?? 0 } } : {}),
  };
}

function answerTo(spec: PacketSpec): PacketSpec {
  const ip = spec.ip as NonNullable<PacketSpec['ip']>;
  const turned = { ...ip, src: ip.dst, dst: ip.src };
  const turn = <T extends { sport: number; dport: number }>(x: T) => ({ ...x, sport: x.dport, dport: x.sport });
  if (spec.tcp) return { ip: turned, tcp: { ...turn(spec.tcp), flags: ['SYN', 'ACK'] } };
  if (spec.udp) return { ip: turned, udp: turn(spec.udp) };
  return { ip: turned, icmp: { ...(spec.icmp as NonNullable<PacketSpec['icmp']>), type: 0 } };
}

const inside = (s: PacketSpec) => s.tcp?.sport ?? s.udp?.sport ?? s.icmp?.id;

async function check(d: D, packet: PacketSpec): Promise<void> {
  const out = d.egress(packet);
  if (out.verdict !== 'next' || (out.reason !== 'new' && out.reason !== 'established'))
    throw new Error(`egress: ${out.reason}`);
  const port = sportOf(out.packet);
  const expected = changed(packet, { src: NODE }, { sport: port });
  if (!out.bytes.equals(frame(expected)))
    throw new Error(
      `egress changed more than it should:\n${out.bytes.toString('hex')}\n${frame(expected).toString('hex')}`,
    );
  const answer = answerTo(expected);
  const back = d.ingress(answer);
  const delivered = changed(answer, { dst: (packet.ip as { src: string }).src }, { dport: inside(packet) as number });
  if (!back.bytes.equals(frame(delivered))) throw new Error(`ingress: ${back.reason}, not what the pod expects`);
}

t.test('any flow: only the source changes, and the answer comes back as the pod expects it', async (t) => {
  const d = await Datapath.load(t, { natTableSize: 65536 });
  await fc.assert(
    fc.asyncProperty(flow, (packet) => check(d, packet)),
    { numRuns: runs, seed },
  );
  const mappings = await d.mappings();
  const holders = new Set(mappings.map((m) => `${m.protocol} ${m.outside.port} ${m.remote.address}:${m.remote.port}`));
  t.equal(holders.size, mappings.length, 'no outside port has two holders towards one endpoint');
  t.ok(mappings.every((m) => m.halves === 'both'));
});

t.test('any bytes: what is not translated leaves as it came', async (t) => {
  const d = await Datapath.load(t, { nativeRoutingCIDRs: ['192.0.2.0/30'] });
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 34, maxLength: 120 }).map((b) => {
      const packet = Buffer.from(b);
      packet.writeUInt16BE(0x0800, 12);
      return packet;
    }),
    fc
      .record({
        spec: flow,
        length: fc.integer({ min: 34, max: 90 }),
        flip: fc.integer({ min: 14, max: 53 }),
        by: fc.integer({ min: 0, max: 255 }),
      })
      .map(({ spec, length, flip, by }) => {
        const packet = Buffer.from(frame(spec).subarray(0, length));
        if (flip < packet.length) packet[flip] = by;
        return packet;
      }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom('egress' as const, 'ingress' as const), async (packet, direction) => {
      const out = d[direction](packet);
      const translated = REASONS.find((r) => r.name === out.reason)?.verdict === 'translate';
      if (out.reason === 'none' || out.reason === 'several') throw new Error(`counted ${out.reason}`);
      if (!translated && !out.bytes.equals(packet)) throw new Error(`${out.reason} changed the packet`);
    }),
    { numRuns: runs * 3, seed },
  );
  t.pass(`${runs * 3} packets`);
});
