// SPDX-License-Identifier: Apache-2.0
/** Runs inside a network namespace and does what peer.ts asks: servers that say whom they see, and clients. */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as Udp } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

const connections = new Map<string, { socket: Socket; read(bytes: number): Promise<Buffer> }>();

/** Takes exactly so many bytes from a stream, however they were cut. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  let have = Buffer.alloc(0);
  let wake: (() => void) | undefined;
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    wake?.();
  };
  socket.on('data', (b) => {
    have = Buffer.concat([have, b]);
    wake?.();
  });
  socket.on('error', end);
  socket.on('close', () => end(new Error('the connection ended')));
  return async (bytes) => {
    while (have.length < bytes) {
      if (ended) throw ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const out = have.subarray(0, bytes);
    have = have.subarray(bytes);
    return out;
  };
}

const GREETING = 64;
const greeting = (address: string, port: number) => Buffer.from(`${address} ${port}`.padEnd(GREETING));
const read = (b: Buffer) => {
  const [address, port] = b.toString().trim().split(' ') as [string, string];
  return { address, port: Number(port) };
};

const udpType = (host: string) => (host.includes(':') ? 'udp6' : 'udp4');

const operations = {
  /** A server that greets each client with its address as seen here, then echoes. */
  async listen({ port, host = '0.0.0.0' }: { port: number; host?: string }) {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.write(greeting(socket.remoteAddress as string, socket.remotePort as number));
      socket.pipe(socket);
    }).listen(port, host);
    await once(server, 'listening');
  },
  /** Resolves to what the server says it sees. */
  async open({
    id,
    host,
    port,
    localPort,
    localAddress,
  }: {
    id: string;
    host: string;
    port: number;
    localPort?: number;
    localAddress?: string;
  }) {
    const socket = connect({
      host,
      port,
      noDelay: true,
      ...(localPort ? { localPort } : {}),
      ...(localAddress ? { localAddress } : {}),
    });
    const take = reader(socket);
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'close').then(() => Promise.reject(new Error('no connection'))),
    ]);
    connections.set(id, { socket, read: take });
    return read(await take(GREETING));
  },
  /** Sends random bytes and checks that the same come back. */
  async exchange({ id, bytes }: { id: string; bytes: number }) {
    const c = connections.get(id);
    if (!c) throw new Error(`no connection ${id}`);
    const sent = randomBytes(bytes);
    c.socket.write(sent);
    const back = await c.read(bytes);
    if (!back.equals(sent)) throw new Error('other bytes came back');
  },
  async end({ id }: { id: string }) {
    const c = connections.get(id);
    connections.delete(id);
    if (!c) return;
    c.socket.end();
    if (!c.socket.closed) await once(c.socket, 'close');
  },
  /** A UDP server that answers with the client's address as seen here, and the question. */
  async answer({ port, host = '0.0.0.0' }: { port: number; host?: string }) {
    const socket = createSocket(udpType(host));
    socket.on('message', (m, from) =>
      socket.send(Buffer.concat([greeting(from.address, from.port), m]), from.port, from.address),
    );
    socket.bind(port, host);
    await once(socket, 'listening');
  },
  async ask({
    host,
    port,
    payload,
    localPort,
    localAddress,
    timeoutMs = 3000,
  }: {
    host: string;
    port: number;
    payload: string;
    localPort?: number;
    localAddress?: string;
    timeoutMs?: number;
  }) {
    const socket: Udp = createSocket(udpType(host));
    try {
      socket.bind(localPort ?? 0, localAddress);
      await once(socket, 'listening');
      socket.send(payload, port, host);
      const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(timeoutMs) })) as [Buffer];
      if (answer.subarray(GREETING).toString() !== payload) throw new Error('another payload came back');
      return read(answer.subarray(0, GREETING));
    } finally {
      socket.close();
    }
  },
  /** Sends to a port by a connected UDP socket and resolves to the code of the error that comes back. */
  async provoke({ host, port, localPort }: { host: string; port: number; localPort?: number }) {
    const socket: Udp = createSocket(udpType(host));
    try {
      if (localPort) {
        socket.bind(localPort);
        await once(socket, 'listening');
      }
      socket.connect(port, host);
      await once(socket, 'connect');
      socket.send('anybody?');
      const [error] = (await once(socket, 'error', { signal: AbortSignal.timeout(3000) })) as [NodeJS.ErrnoException];
      return error.code;
    } catch (e) {
      return (e as NodeJS.ErrnoException).code;
    } finally {
      socket.close();
    }
  },
};

export type Operations = typeof operations;

process.on('message', async ({ seq, op, args }: { seq: number; op: keyof Operations; args: never }) => {
  try {
    process.send?.({ seq, result: (await (operations[op] as (a: never) => Promise<unknown>)(args)) ?? null });
  } catch (e) {
    process.send?.({ seq, error: e instanceof Error ? e.message : String(e) });
  }
});
process.on('disconnect', () => process.exit());
