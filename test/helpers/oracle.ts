// SPDX-License-Identifier: Apache-2.0
/**
 * The oracle: a node that masquerades, between two sides of which every frame is ours. The same frames are played
 * through the kernel's own nftables masquerade and through snatkit; what comes out on the other side is compared.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPcap } from '../../src/lab/pcap.js';
import { createTopology, type Topology } from '../../src/lab/topology.js';
import { buildPacket, type Packet, type PacketSpec, parsePacket, verifyChecksums } from '../../src/net/packet.js';
import { GATEWAY, GATEWAY6, NODE, NODE6, POD, POD2, POD6, POD26, ROUTER, ROUTER6 } from './world.js';

export type Side = 'pod' | 'outside';

/** Packets that are sent from one side. */
export interface Step {
  readonly from: Side;
  /** outside: the port or echo identifier that the flow's first packet left with. */
  readonly packets: (outside: number) => readonly (PacketSpec | Uint8Array)[];
}

export interface Flow {
  readonly name: string;
  readonly steps: readonly Step[];
  /** What legitimately differs between two runs, and is made equal before comparing. */
  readonly masks?: readonly ('port' | 'fragment-id')[];
  /** Why snatkit's packets are other ones on purpose. */
  readonly differs?: string;
}

/** By flow, by step: the packets that came out on the other side, in hex. */
export type Recording = Record<string, string[][]>;

const MACS = {
  pod: '02:00:00:00:00:01',
  lxc0: '02:00:00:00:00:02',
  eth0: '02:00:00:00:00:03',
  outside: '02:00:00:00:00:04',
};
const ETHERNET = {
  pod: { src: MACS.pod, dst: MACS.lxc0 },
  outside: { src: MACS.outside, dst: MACS.eth0 },
} as const;
/** Routed like the rest, but nobody's to translate: they tell which flow's packets have passed. */
const MARKS = { pod: { src: '10.88.0.9', dst: '10.99.0.9' }, outside: { src: '10.99.0.9', dst: '10.88.0.9' } };
const MARK_PROTOCOL = 254;

/** The node itself says nothing, such as that a port is closed. */
const SILENCE =
  'add table inet silence; add chain inet silence out { type filter hook output priority 0; policy drop; }';
const MASQUERADE = `table inet oracle {
  chain post {
    type nat hook postrouting priority 100;
    oifname eth0 ip saddr 10.20.30.0/24 masquerade
    oifname eth0 ip6 saddr fd00:10:20::/64 masquerade
  }
}`;

export class Oracle {
  readonly #folder = mkdtempSync(join(tmpdir(), 'snatkit-oracle-'));
  private constructor(
    readonly topology: Topology,
    private readonly arrivals: Record<Side, Arrivals>,
  ) {}

  static async make(): Promise<Oracle> {
    const topology = await createTopology({
      hosts: {
        pod: {},
        node: {
          forwards: true,
          routes: [
            { to: 'default', via: ROUTER },
            { to: 'default', via: ROUTER6 },
            { to: '10.88.0.0/24', device: 'lxc0' },
          ],
        },
        outside: {},
      },
      links: [
        [
          { host: 'pod', device: 'eth0' },
          { host: 'node', device: 'lxc0', addresses: [`${GATEWAY}/24`, `${GATEWAY6}/64`] },
        ],
        [
          { host: 'node', device: 'eth0', addresses: [`${NODE}/24`, `${NODE6}/64`] },
          { host: 'outside', device: 'eth0' },
        ],
      ],
    });
    const neighbours = (device: string, mac: string, ...addresses: string[]) =>
      addresses.map((a) => `neigh replace ${a} lladdr ${mac} dev ${device} nud permanent`);
    const ip = (host: string, ...lines: string[]) =>
      topology.run(host, ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
    await ip('pod', `link set eth0 address ${MACS.pod}`);
    await ip('outside', `link set eth0 address ${MACS.outside}`);
    await ip(
      'node',
      `link set lxc0 address ${MACS.lxc0}`,
      `link set eth0 address ${MACS.eth0}`,
      ...neighbours('lxc0', MACS.pod, POD, POD2, POD6, POD26, MARKS.outside.dst),
      ...neighbours('eth0', MACS.outside, ROUTER, ROUTER6),
    );
    await topology.run('node', ['nft', SILENCE]);
    // What one side sends arrives at the other.
    const [pod, outside] = await Promise.all([
      Arrivals.on(topology, 'outside', MACS.outside),
      Arrivals.on(topology, 'pod', MACS.pod),
    ]);
    return new Oracle(topology, { pod, outside });
  }

  async masquerade(): Promise<void> {
    await this.topology.run('node', ['nft', '-f', '-'], { input: MASQUERADE });
  }

  /** Plays all flows' first steps, then all second ones, …; from either side in one go. */
  async play(flows: readonly Flow[]): Promise<Recording> {
    const recording: Recording = Object.fromEntries(flows.map((f) => [f.name, []]));
    const outsides = new Map<Flow, number>();
    for (let i = 0; i < Math.max(...flows.map((f) => f.steps.length)); i++)
      for (const side of ['pod', 'outside'] as const) {
        const playing = flows.filter((f) => f.steps[i]?.from === side);
        const sent = playing.map((f) => f.steps[i]?.packets(outsides.get(f) ?? 0) ?? []);
        const arrived = await this.send(side, sent);
        playing.forEach((flow, k) => {
          const packets = arrived[k] ?? [];
          const [first] = packets;
          if (side === 'pod' && first && !outsides.has(flow)) outsides.set(flow, portOf(parsePacket(first)));
          const masked = packets.map((p) => mask(p, flow, outsides.get(flow) ?? 0));
          recording[flow.name]?.push(masked.map((p) => Buffer.from(p).toString('hex')));
        });
      }
    return recording;
  }

  /** Sends groups of packets from a side; resolves to what each group became on the other. */
  private async send(side: Side, groups: readonly (readonly (PacketSpec | Uint8Array)[])[]): Promise<Uint8Array[][]> {
    if (groups.length === 0) return [];
    const frames = groups.flatMap((group, i) => [
      ...group.map((p) => (p instanceof Uint8Array ? p : buildPacket({ eth: ETHERNET[side], ...p }))),
      buildPacket({ eth: ETHERNET[side], ip: MARKS[side], protocol: MARK_PROTOCOL, payload: `${i}`.padEnd(40) }),
    ]);
    const file = join(this.#folder, `${side}.pcap`);
    writeFileSync(file, pcap(frames));
    const arrived = this.arrivals[side].next(groups.length);
    // On one CPU, so that packets cannot overtake each other.
    await this.topology.run(side, ['taskset', '-c', '0', 'tcpreplay', '--quiet', '--topspeed', '-i', 'eth0', file]);
    return arrived;
  }

  async destroy(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    await this.topology.destroy();
  }
}

/** A capture that goes on, cut at the marks. */
class Arrivals {
  private bytes = Buffer.alloc(0);
  private taken = 0;
  private wake: () => void = () => {};
  private ended = false;

  static async on(topology: Topology, host: string, mac: string): Promise<Arrivals> {
    const arrivals = new Arrivals();
    const child = topology.spawn(
      host,
      [
        'tcpdump',
        '-n',
        '-U',
        '--immediate-mode',
        '-s',
        '2048',
        '-B',
        '8192',
        '-i',
        'eth0',
        '-w',
        '-',
        'ether',
        'dst',
        mac,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout?.on('data', (chunk: Buffer) => {
      arrivals.bytes = Buffer.concat([arrivals.bytes, chunk]);
      arrivals.wake();
    });
    child.once('close', () => {
      arrivals.ended = true;
      arrivals.wake();
    });
    await new Promise<void>((resolve, reject) => {
      let words = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        words += chunk;
        if (words.includes('listening on ')) resolve();
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`tcpdump on ${host} did not start: ${words}`)));
    });
    return arrivals;
  }

  /** The packets between this many marks from here on. */
  async next(groups: number): Promise<Uint8Array[][]> {
    for (;;) {
      const packets = this.bytes.length >= 24 ? readPcap(this.bytes).packets.map((p) => p.bytes) : [];
      const found: Uint8Array[][] = [[]];
      let at = this.taken;
      for (; at < packets.length && found.length <= groups; at++) {
        const bytes = packets[at] as Uint8Array;
        if (bytes[12] === 8 && bytes[13] === 0 && bytes[23] === MARK_PROTOCOL) found.push([]);
        else found.at(-1)?.push(bytes);
      }
      if (found.length > groups) {
        this.taken = at;
        return found.slice(0, groups);
      }
      if (this.ended) throw new Error('the capture ended');
      await new Promise<void>((resolve, reject) => {
        // Nothing but a lost mark is waited for in vain.
        const timer = setTimeout(
          () => reject(new Error(`${found.length - 1} of ${groups} marks came through`)),
          20_000,
        );
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

const portOf = (p: Packet): number => p.tcp?.sport ?? p.udp?.sport ?? p.icmp?.id ?? 0;

/** Puts 1 in place of the chosen port, wherever it stands, and 0 for a fragment's identification. */
function mask(bytes: Uint8Array, { masks = [] }: Flow, port: number): Uint8Array {
  if (masks.length === 0) return bytes;
  const wrong = verifyChecksums(bytes);
  if (wrong.length > 0 && !masks.includes('fragment-id')) throw new Error(`wrong checksums: ${wrong.join(', ')}`);
  return buildPacket(masked(parsePacket(bytes), masks, port));
}

function masked(p: PacketSpec, masks: readonly string[], port: number): PacketSpec {
  const { tcp, udp, icmp } = p;
  let spec = p;
  if (masks.includes('fragment-id') && spec.ip) spec = { ...spec, ip: { ...spec.ip, id: 0, extensions: [] } };
  if (!masks.includes('port')) return spec;
  const other = (n: number) => (n === port ? 1 : n);
  if (tcp) {
    const { checksum: _, ...rest } = tcp;
    spec = { ...spec, tcp: { ...rest, sport: other(tcp.sport), dport: other(tcp.dport) } };
  }
  if (udp) {
    const { checksum, ...rest } = udp;
    const none = checksum === 0 ? { checksum } : {};
    spec = { ...spec, udp: { ...rest, ...none, sport: other(udp.sport), dport: other(udp.dport) } };
  }
  if (icmp) {
    const { checksum: _, quoted, payload, ...rest } = icmp;
    const inner = quoted ? { quoted: masked(quoted, masks, port) } : payload === undefined ? {} : { payload };
    spec = { ...spec, icmp: { ...rest, ...inner, ...(quoted || icmp.id === undefined ? {} : { id: other(icmp.id) }) } };
  }
  return spec;
}

/** A capture in the classic format, of Ethernet frames. */
function pcap(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([header, ...records]);
}
