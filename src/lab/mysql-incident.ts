// SPDX-License-Identifier: Apache-2.0
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ConfigInput, Snat } from '../index.js';
import { formatPacket, parsePacket } from '../net/packet.js';
import { captureOne, type RunningCapture } from './capture.js';
import { createDatabase, startDatabase } from './mariadb.js';
import type { ClientReport } from './mysql-client.js';
import { describeKept } from './mysql-incident-kept.js';
import type { Attachment, Evidence, IncidentResult, IncidentRow, KeptLab } from './mysql-incident-result.js';
import { type IncidentCase, incidentCases } from './mysql-incident-rows.js';
import {
  DATABASE,
  DATABASE_PORT,
  incidentTopology,
  NODE_DEVICE,
  NODE_POD_DEVICE,
  SECOND_POD,
} from './mysql-incident-topology.js';
import { type LabOptions, type LabSession, withLab } from './session.js';
import { createTopology, type Topology } from './topology.js';

export interface IncidentOptions extends LabOptions {
  /** How programs are attached. Default `auto`. Cilium 1.8 and 1.11 used `tc`. */
  readonly attach?: 'auto' | 'tcx' | 'tc';
}

const ACCOUNT = { user: 'app', password: 'incident', host: '10.20.30.%' };
const CLIENT = fileURLToPath(new URL('./mysql-client.js', import.meta.url));
const CONNECT = ['env', `MYSQL_PWD=${ACCOUNT.password}`, process.execPath, CLIENT];
const TO_DATABASE = `tcp dst port ${DATABASE_PORT} and tcp[tcpflags] & tcp-syn != 0`;

/** Replays the incident: the same pod, database and wires, one configuration after another. */
export function runMysqlIncident(options: IncidentOptions = {}): Promise<IncidentResult> {
  const began = performance.now();
  return withLab('mysql-incident', options, async (session) => {
    const { lab, signal, progress } = session;
    progress('making the network: a pod, its node, a router, a second node with a pod, a database host');
    const topology = await createTopology(incidentTopology, { lab, signal });
    progress('starting mariadbd on the database host and in the second pod');
    const server = await startServers(topology, session);
    const replay = new Replay(topology, session, options.attach ?? 'auto');
    const rows: IncidentRow[] = [];
    for (const [index, incident] of incidentCases.entries()) {
      progress(`${index + 1}/${incidentCases.length} ${describe(incident)}`);
      rows.push(await replay.row(incident));
    }
    const kept = options.keep ? await replay.leaveUp() : undefined;
    return {
      scenario: 'mysql-incident',
      asExpected: rows.every((row) => row.asExpected),
      rows,
      server,
      account: `'${ACCOUNT.user}'@'${ACCOUNT.host}'`,
      kernel: release(),
      milliseconds: Math.round(performance.now() - began),
      ...(kept ? { kept } : {}),
    };
  });
}

async function startServers(topology: Topology, { lab, signal, fail }: LabSession): Promise<string> {
  const template = await createDatabase(topology, 'database', lab, ACCOUNT, signal);
  const servers = await Promise.all([
    startDatabase(topology, 'database', { lab, template, address: DATABASE, signal }),
    startDatabase(topology, 'pod2', { lab, template, address: SECOND_POD, signal }),
  ]);
  for (const { died } of servers) died.catch(fail);
  return servers[0].version;
}

class Replay {
  private readonly instance: string;
  constructor(
    private readonly topology: Topology,
    private readonly session: LabSession,
    private readonly attach: 'auto' | 'tcx' | 'tc',
  ) {
    this.instance = `lab-${session.lab.id}`;
  }

  async row(incident: IncidentCase): Promise<IncidentRow> {
    const { profile, to, expected, why } = incident;
    const snat = await this.start(incident);
    try {
      const attachment = describeAttachment(snat);
      const before = count(snat, incident);
      const captures = incident.evidence ? await this.listen() : undefined;
      const report = await this.connect(to);
      const evidence = captures ? await this.evidence(snat, captures) : undefined;
      const counter = incident.reason && { reason: incident.reason, before, after: count(snat, incident) };
      const seen = judge(report);
      return {
        configuration: describe(incident),
        cilium: profile.cilium,
        document: profile.document,
        ...(profile.loadBalancerMode ? { loadBalancerMode: profile.loadBalancerMode } : {}),
        config: { ...profile.config, attach: this.attach },
        destination: `${to}:${DATABASE_PORT}`,
        ...seen,
        why,
        expected,
        asExpected:
          seen.outcome === expected.outcome &&
          seen.sourceSeen === expected.sourceSeen &&
          (!counter || counter.after > counter.before),
        attachment,
        ...(counter ? { counter } : {}),
        ...(evidence ? { evidence } : {}),
      };
    } finally {
      await this.stop(snat);
    }
  }

  /** Starts the incident's own configuration once more, for a person to look at. */
  async leaveUp(): Promise<KeptLab> {
    const incident = incidentCases.find((c) => c.expected.outcome === 'refused');
    if (!incident) throw new Error('no row is refused');
    (await this.start(incident)).close();
    return describeKept(this.topology, this.instance, [...CONNECT, DATABASE, `${DATABASE_PORT}`, ACCOUNT.user]);
  }

  private async start({ profile }: IncidentCase): Promise<Snat> {
    const netns = this.topology.netnsPath('node');
    this.session.lab.addInstance(this.instance, netns);
    const config: ConfigInput = { ...profile.config, attach: this.attach };
    const onNotice = this.session.progress;
    return Snat.start(config, { name: this.instance, netns, onNotice, quirks: profile.quirks });
  }

  private async stop(snat: Snat): Promise<void> {
    await snat.stop();
    this.session.lab.removeInstance(this.instance);
  }

  private listen(): Promise<[RunningCapture, RunningCapture]> {
    const capture = (device: string) => captureOne(this.topology, 'node', device, TO_DATABASE);
    return Promise.all([capture(NODE_POD_DEVICE), capture(NODE_DEVICE)]);
  }

  private async connect(address: string): Promise<ClientReport> {
    const { stdout } = await this.topology.run('pod', [...CONNECT, address, `${DATABASE_PORT}`, ACCOUNT.user], {
      signal: this.session.signal,
    });
    return JSON.parse(stdout) as ClientReport;
  }

  private async evidence(snat: Snat, [before, after]: [RunningCapture, RunningCapture]): Promise<Evidence> {
    const show = ['tc', 'filter', 'show', 'dev', NODE_DEVICE, 'egress'];
    const [{ stdout }, mappings, first, translated] = await Promise.all([
      this.topology.run('node', show, { signal: this.session.signal }),
      snat.mappings.all(),
      before.take(),
      after.take(),
    ]);
    const mapping = mappings.find((m) => m.remote.address === DATABASE && m.remote.port === DATABASE_PORT);
    if (!mapping) throw new Error('the connection has no entry in the NAT table');
    const text = (bytes: Uint8Array) => formatPacket(parsePacket(bytes));
    return {
      tcFilterShow: { command: show.join(' '), output: stdout.trim() },
      mapping,
      packet: {
        before: { device: NODE_POD_DEVICE, text: text(first.bytes) },
        after: { device: NODE_DEVICE, text: text(translated.bytes) },
      },
    };
  }
}

function describe({ profile, title = profile.title }: IncidentCase): string {
  return `Cilium ${profile.cilium}: ${title}`;
}

function judge(report: ClientReport): Pick<IncidentRow, 'outcome' | 'sourceSeen' | 'error'> {
  if (report.connected) return { outcome: 'connected', sourceSeen: report.host.replace(/:\d+$/, '') };
  const { code, errno, message } = report;
  const named = /^Host '([^']+)' is not allowed/.exec(message)?.[1];
  return { outcome: 'refused', sourceSeen: named ?? 'unknown', error: { code, errno, message } };
}

function count(snat: Snat, incident: IncidentCase): number {
  const row = snat.counters().find((c) => c.direction === 'egress' && c.reason === incident.reason);
  return Number(row?.packets ?? 0n);
}

function describeAttachment(snat: Snat): Attachment {
  const { attachKind, devices, programs } = snat.status();
  const device = devices[0];
  const program = programs.egress;
  if (!device || !program || !device.egress.attached) throw new Error('nothing is attached on egress');
  return {
    kind: attachKind,
    device: device.name,
    program: program.name,
    programId: program.id,
    tag: program.tag,
    ...(device.egress.linkId === undefined ? {} : { linkId: device.egress.linkId }),
    instructions: program.verifiedInstructions,
  };
}
