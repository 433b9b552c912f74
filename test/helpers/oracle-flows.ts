// SPDX-License-Identifier: Apache-2.0
/** What is played through the oracle. Every flow has a remote address of its own. */
import { buildPacket, type PacketSpec } from '../../src/net/packet.js';
import type { Flow, Step } from './oracle.js';
import { NODE, NODE6, POD, POD2, POD6, POD26 } from './world.js';

const FAMILIES = {
  4: {
    ...{ pod: POD, pod2: POD2, node: NODE, header: 20, echo: 8, answer: 0, hop: '198.51.100.1' },
    remote: (n: number) => `198.18.0.${n}`,
    errors: [
      [3, 0],
      [3, 1],
      [3, 3],
      [3, 4],
      [3, 13],
      [11, 0],
      [11, 1],
      [12, 0],
    ],
  },
  6: {
    ...{ pod: POD6, pod2: POD26, node: NODE6, header: 40, echo: 128, answer: 129, hop: '2001:db8:51::1' },
    remote: (n: number) => `2001:db8:18::${n}`,
    errors: [
      [1, 0],
      [1, 1],
      [1, 4],
      [2, 0],
      [3, 0],
      [3, 1],
      [4, 0],
    ],
  },
} as const;

// MSS, SACK permitted, timestamps, window scale; and what data segments carry.
const SYN_OPTIONS = Buffer.from('020405b40402080a0102030400000000010303 07'.replaceAll(' ', ''), 'hex');
const DATA_OPTIONS = Buffer.from('0101080a0102030505060708', 'hex');

/** Wholly or partly there; a TTL and its header checksum as the hop that complains saw them. */
const quote = (spec: PacketSpec, cut: number, ttl = 60): Uint8Array => {
  const bytes = buildPacket({ ...spec, ip: { ...spec.ip, ttl } as NonNullable<PacketSpec['ip']> });
  const header = spec.ip?.src.includes(':') ? 40 : 20 + (spec.ip?.options?.length ?? 0);
  return bytes.subarray(0, Math.min(bytes.length, header + cut));
};
const WHOLE = 1400;

export function flowsOf(family: 4 | 6): Flow[] {
  const f = FAMILIES[family];
  const flows: Flow[] = [];
  const add = (name: string, make: (remote: string) => readonly Step[], more: Partial<Flow> = {}) =>
    flows.push({ name, steps: make(f.remote(flows.length + 1)), ...more });
  const pod = (...packets: (PacketSpec | ((outside: number) => PacketSpec))[]): Step => step('pod', packets);
  const outside = (...packets: (PacketSpec | ((outside: number) => PacketSpec))[]): Step => step('outside', packets);
  const ip = (src: string, dst: string, more: Partial<NonNullable<PacketSpec['ip']>> = {}) => ({
    src,
    dst,
    ttl: 61,
    ...more,
  });
  const reversed = (spec: PacketSpec, from: string, to: string, more: Partial<PacketSpec> = {}): PacketSpec => ({
    ip: ip(from, to),
    ...(spec.tcp
      ? { tcp: { sport: spec.tcp.dport, dport: spec.tcp.sport, flags: ['SYN', 'ACK'], seq: 900, ack: 101 } }
      : {}),
    ...(spec.udp ? { udp: { sport: spec.udp.dport, dport: spec.udp.sport, payload: 'answer' } } : {}),
    ...(spec.icmp ? { icmp: { ...spec.icmp, type: f.answer } } : {}),
    ...more,
  });
  const seenAs = (spec: PacketSpec, src: string): PacketSpec => ({
    ...spec,
    ip: { ...spec.ip, src } as NonNullable<PacketSpec['ip']>,
  });
  const error = (
    src: string,
    dst: string,
    type: number,
    code: number,
    quoted: Uint8Array,
    trailer?: Uint8Array,
  ): PacketSpec => ({
    ip: ip(src, dst, { dscp: 48 }),
    icmp: { type, code, mtu: type === 2 || (type === 3 && code === 4) ? 1300 : 0, payload: quoted },
    ...(trailer ? { trailer } : {}),
  });
  /** One packet of each kind of flow. */
  const kinds = (src: string, remote: string): Record<string, PacketSpec> => ({
    TCP: { ip: ip(src, remote), tcp: { sport: 40000, dport: 443, flags: ['SYN'], seq: 100, options: SYN_OPTIONS } },
    UDP: { ip: ip(src, remote), udp: { sport: 40000, dport: 53, payload: 'a question of odd length' } },
    echo: { ip: ip(src, remote), icmp: { type: f.echo, code: 0, id: 40000, seq: 7, payload: 'abcdefghi' } },
  });
  const kindOf = (name: string, src: string, remote: string) => kinds(src, remote)[name] as PacketSpec;

  add('TCP from beginning to end', (remote) => {
    const out = (
      flags: NonNullable<PacketSpec['tcp']>['flags'],
      seq: number,
      ack: number,
      payload = '',
    ): PacketSpec => ({
      ip: ip(f.pod, remote, { dscp: 10, ecn: 2, id: seq & 0xffff, df: true }),
      tcp: { sport: 40000, dport: 443, flags: flags ?? [], seq, ack, window: 512, options: DATA_OPTIONS, payload },
    });
    const back = (
      flags: NonNullable<PacketSpec['tcp']>['flags'],
      seq: number,
      ack: number,
      payload = '',
    ): PacketSpec => ({
      ip: ip(remote, f.node, { ecn: 1, id: seq & 0xffff }),
      tcp: { sport: 443, dport: 40000, flags: flags ?? [], seq, ack, window: 512, options: DATA_OPTIONS, payload },
    });
    return [
      pod(kindOf('TCP', f.pod, remote)),
      outside(reversed(kindOf('TCP', f.pod, remote), remote, f.node)),
      pod(out(['ACK'], 101, 901), out(['ACK', 'PSH'], 101, 901, 'GET / odd')),
      outside(back(['ACK', 'PSH'], 901, 110, 'x'.repeat(1200)), back(['ACK', 'FIN'], 2101, 110)),
      pod(out(['ACK', 'FIN'], 110, 2102)),
      outside(back(['ACK'], 2102, 111)),
    ];
  });
  add('TCP refused', (remote) => [
    pod(kindOf('TCP', f.pod, remote)),
    outside({
      ip: ip(remote, f.node),
      tcp: { sport: 443, dport: 40000, flags: ['RST', 'ACK'], seq: 0, ack: 101, window: 0 },
    }),
  ]);
  add('TCP met in the middle', (remote) => [
    pod({
      ip: ip(f.pod, remote),
      tcp: { sport: 40000, dport: 443, flags: ['ACK', 'PSH'], seq: 5, ack: 6, payload: 'on' },
    }),
    outside({ ip: ip(remote, f.node), tcp: { sport: 443, dport: 40000, flags: ['ACK'], seq: 6, ack: 7 } }),
  ]);
  for (const payload of ['', 'x', 'even', 'y'.repeat(1401)])
    add(`UDP with ${payload.length} bytes`, (remote) => [
      pod({ ip: ip(f.pod, remote, { dscp: 46 }), udp: { sport: 40000, dport: 53, payload } }),
      outside({ ip: ip(remote, f.node), udp: { sport: 53, dport: 40000, payload } }),
    ]);
  add('UDP whose checksum becomes 0', (remote) => {
    // The sum of the translated packet with 0 in place of the last word says which word makes the checksum 0.
    const zeroed = (src: string, dst: string, sport: number, dport: number): PacketSpec => {
      const bytes = buildPacket({ ip: ip(src, dst), udp: { sport, dport, payload: new Uint8Array(2) } });
      return { ip: ip(src, dst), udp: { sport, dport, payload: bytes.slice(f.header + 6, f.header + 8) } };
    };
    const payloadOf = (spec: PacketSpec) => spec.udp?.payload ?? '';
    return [
      pod({
        ip: ip(f.pod, remote),
        udp: { sport: 40000, dport: 53, payload: payloadOf(zeroed(f.node, remote, 40000, 53)) },
      }),
      outside({
        ip: ip(remote, f.node),
        udp: { sport: 53, dport: 40000, payload: payloadOf(zeroed(remote, f.pod, 53, 40000)) },
      }),
    ];
  });
  add('ping', (remote) => [
    pod(kindOf('echo', f.pod, remote)),
    outside(reversed(kindOf('echo', f.pod, remote), remote, f.node)),
  ]);

  for (const kind of ['TCP', 'UDP', 'echo']) {
    add(`${kind} of two pods with one port`, (remote) => [
      pod(kindOf(kind, f.pod, remote)),
      outside(reversed(kindOf(kind, f.pod, remote), remote, f.node)),
    ]);
    // The same remote address as the flow before, which holds the port.
    const remote = f.remote(flows.length);
    flows.push({
      name: `${kind} of the second pod`,
      masks: ['port'],
      steps: [
        // One round later, so that the first pod's comes first.
        pod(),
        pod(kindOf(kind, f.pod2, remote)),
        step('outside', [
          (port) => {
            const spec = kindOf(kind, f.node, remote);
            const { tcp, udp, icmp } = spec;
            const moved: PacketSpec = {
              ...(tcp ? { tcp: { ...tcp, sport: port } } : {}),
              ...(udp ? { udp: { ...udp, sport: port } } : {}),
              ...(icmp ? { icmp: { ...icmp, id: port } } : {}),
            };
            return reversed(moved, remote, f.node);
          },
        ]),
      ],
    });
    const answered = (remote: string) => [
      pod(kindOf(kind, f.pod, remote)),
      outside(reversed(kindOf(kind, f.pod, remote), remote, f.node)),
    ];
    for (const [cut, bytes] of [
      ['whole', WHOLE],
      ['8 bytes', 8],
    ] as const) {
      add(`errors about ${kind}, ${cut} quoted`, (remote) => [
        ...answered(remote),
        outside(
          ...f.errors.map(([type, code]) =>
            error(f.hop, f.node, type, code, quote(seenAs(kindOf(kind, f.pod, remote), f.node), bytes)),
          ),
        ),
      ]);
      add(`the pod’s errors about an answer to ${kind}, ${cut} quoted`, (remote) => [
        ...answered(remote),
        pod(
          ...f.errors.map(([type, code]) =>
            error(f.pod, remote, type, code, quote(reversed(kindOf(kind, f.pod, remote), remote, f.pod), bytes)),
          ),
        ),
      ]);
    }
    add(`errors about ${kind}, with what RFC 4884 appends`, (remote) => {
      const padded = Buffer.alloc(140);
      padded.set(quote(seenAs(kindOf(kind, f.pod, remote), f.node), 8));
      padded.set(Buffer.from('2000dfff00080101', 'hex'), 128);
      return [...answered(remote), outside(error(f.hop, f.node, f.errors[2][0], f.errors[2][1], padded))];
    });
    add(`${kind} from outside and its answer`, (remote) => {
      const opening: PacketSpec = { ...kindOf(kind, remote, f.pod) };
      const reply = reversed(opening, f.pod, remote);
      return [
        outside(opening),
        pod(reply),
        outside(error(f.hop, f.pod, f.errors[0][0], f.errors[0][1], quote(reply, WHOLE))),
        pod(error(f.pod, remote, f.errors[2][0], f.errors[2][1], quote(opening, WHOLE))),
      ];
    });
  }

  add('errors about nothing that there is', (remote) => [
    outside(error(f.hop, f.node, f.errors[2][0], f.errors[2][1], quote(kindOf('UDP', f.node, remote), 8))),
    pod(error(f.pod, remote, f.errors[2][0], f.errors[2][1], quote(kindOf('UDP', remote, f.pod), 8))),
  ]);
  add('an answer to nothing', (remote) => [
    outside(
      { ip: ip(remote, f.node), udp: { sport: 53, dport: 40000, payload: 'what?' } },
      { ip: ip(remote, f.node), icmp: { type: f.answer, code: 0, id: 40000, seq: 1, payload: 'what?' } },
    ),
    pod({ ip: ip(f.pod, remote), icmp: { type: f.answer, code: 0, id: 40000, seq: 1, payload: 'what?' } }),
  ]);
  add('frames padded to the least that Ethernet carries', (remote) => {
    const padded = { trailer: Buffer.from('padding that counts for nothing') };
    const asked = kindOf('UDP', f.pod, remote);
    return [
      pod({ ...asked, ...padded }),
      outside(reversed(asked, remote, f.node, padded)),
      outside(
        error(
          f.hop,
          f.node,
          f.errors[2][0],
          f.errors[2][1],
          quote(seenAs(kindOf('UDP', f.pod, remote), f.node), 8),
          padded.trailer,
        ),
      ),
    ];
  });

  const long = 'The quick brown fox jumps over the lazy dog. '.repeat(40);
  const pieces = (spec: PacketSpec, id: number): PacketSpec[] => {
    const whole = buildPacket({ ...spec, ip: { ...spec.ip, id } as NonNullable<PacketSpec['ip']> });
    const protocol = spec.udp ? 17 : family === 4 ? 1 : 58;
    const body = whole.subarray(f.header);
    return [0, 800, 1600].map((from) => ({
      ip: { ...(spec.ip as NonNullable<PacketSpec['ip']>), id, fragmentOffset: from, mf: from < 1600 },
      protocol,
      payload: body.subarray(from, from + 800),
    }));
  };
  const masks = family === 6 ? { masks: ['fragment-id'] as const } : {};
  for (const kind of ['UDP', 'echo']) {
    const large = (src: string, dst: string): PacketSpec => {
      const { udp, icmp, ...rest } = kindOf(kind, src, dst);
      return {
        ...rest,
        ...(udp ? { udp: { ...udp, payload: long } } : {}),
        ...(icmp ? { icmp: { ...icmp, payload: long } } : {}),
      };
    };
    add(
      `${kind} in fragments`,
      (remote) => [
        pod(...pieces(large(f.pod, remote), 77)),
        outside(
          ...pieces(
            {
              ip: ip(remote, f.node),
              ...(kind === 'UDP' ? { udp: { sport: 53, dport: 40000, payload: long } } : {}),
              ...(kind === 'echo' ? { icmp: { type: f.answer, code: 0, id: 40000, seq: 7, payload: long } } : {}),
            },
            78,
          ),
        ),
      ],
      masks,
    );
    add(`${kind} in fragments, the last first`, (remote) => [pod(...pieces(large(f.pod, remote), 79).reverse())], {
      ...masks,
      differs:
        'netfilter holds fragments back until it has all of them and sends them on in order; snatkit holds nothing back',
    });
  }

  const other = (protocol: number, text: string) =>
    add(text, (remote) => [
      pod({ ip: ip(f.pod, remote), protocol, payload: Buffer.from('000012345678000000010203040506070809', 'hex') }),
      outside({ ip: ip(remote, f.node), protocol, payload: Buffer.from('00001234567800000001', 'hex') }),
    ]);
  other(50, 'ESP');
  other(253, 'a protocol for experiments');

  if (family === 4) {
    const options = Buffer.from('01010101', 'hex');
    add('UDP without a checksum', (remote) => [
      pod({ ip: ip(f.pod, remote), udp: { sport: 40000, dport: 53, checksum: 0, payload: 'none' } }),
      outside({ ip: ip(remote, f.node), udp: { sport: 53, dport: 40000, checksum: 0, payload: 'none' } }),
    ]);
    add('errors that quote IP options, or UDP without a checksum', (remote) => {
      const optioned: PacketSpec = {
        ip: ip(f.pod, remote, { options }),
        udp: { sport: 40000, dport: 53, payload: 'opt' },
      };
      const unsummed: PacketSpec = {
        ip: ip(f.pod, remote),
        udp: { sport: 40001, dport: 53, checksum: 0, payload: 'none' },
      };
      return [
        pod(optioned, unsummed),
        outside(
          ...[optioned, unsummed].flatMap((spec) =>
            [8, WHOLE].map((cut) => error(f.hop, f.node, 3, 3, quote(seenAs(spec, f.node), cut))),
          ),
        ),
      ];
    });
  } else {
    const extension = (protocol: number) => ({ protocol, bytes: Buffer.from('0000010400000000', 'hex') });
    for (const chain of [[0], [60], [0, 60]])
      add(`UDP behind extension headers ${chain.join(' ')}`, (remote) => {
        const extensions = chain.map(extension);
        const asked: PacketSpec = {
          ip: ip(f.pod, remote, { extensions }),
          udp: { sport: 40000, dport: 53, payload: 'ext' },
        };
        return [
          pod(asked),
          outside({ ip: ip(remote, f.node, { extensions }), udp: { sport: 53, dport: 40000, payload: 'ext' } }),
          outside(error(f.hop, f.node, 1, 4, quote(seenAs(asked, f.node), WHOLE))),
        ];
      });
  }
  return flows;
}

const step = (from: Step['from'], packets: readonly (PacketSpec | ((outside: number) => PacketSpec))[]): Step => ({
  from,
  packets: (port) => packets.map((p) => (typeof p === 'function' ? p(port) : p)),
});
