// SPDX-License-Identifier: Apache-2.0
// Runs as a process of its own inside the pod's namespace: node mysql-client.js ADDRESS PORT USER (password in MYSQL_PWD).
// Prints one line of JSON, a ClientReport. A refusal is a result, not a failure of this program.
import mysql from 'mysql2/promise';

/** What the client saw. */
export type ClientReport =
  | {
      readonly connected: true /** The client's own address and port as the server's processlist has it. */;
      readonly host: string;
    }
  | { readonly connected: false; readonly code: string; readonly errno: number; readonly message: string };

async function connect(address: string, port: number, user: string): Promise<ClientReport> {
  try {
    const connection = await mysql.createConnection({
      host: address,
      port,
      user,
      password: process.env.MYSQL_PWD ?? '',
      connectTimeout: 10_000,
    });
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      'SELECT host FROM information_schema.processlist WHERE id = CONNECTION_ID()',
    );
    await connection.end();
    return { connected: true, host: String(rows[0]?.host) };
  } catch (error) {
    const { code = 'UNKNOWN', errno = 0, message } = error as mysql.QueryError & { errno?: number };
    return { connected: false, code, errno, message };
  }
}

const [address = '', port = '3306', user = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await connect(address, Number(port), user))}\n`);
