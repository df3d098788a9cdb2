import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import type { Containers, ContainerView } from '../../../shared/contract/containers.ts';
import type { Operation, Plan } from '../../../shared/contract/operations.ts';
import type { ServiceDetail } from '../../../shared/contract/services.ts';
import type { ServerStatus } from '../../../shared/contract/topology.ts';
import type { DockerEngine } from '../../../src-main/docker/engine.ts';
import { handshake, type HandshakeResult } from '../../../src-main/tls/handshake.ts';
import { postgresHandshake } from '../../../src-main/tls/postgres-start.ts';
import { withConnection } from '../../../src-main/postgres/connection.ts';
import { parseDsn } from '../../../src-main/postgres/dsn.ts';
import type { ComposeTopology } from '../../../src-main/topology/compose/compose-topology.ts';
import { caDsn, parseCaConfig } from '../../../src-main/workspace/ca-json.ts';
import { docker } from '../../support/docker/command.ts';
import { dockerConfig } from '../../support/docker/compose-plugin.ts';
import { startDaemon, type TestDaemon } from '../../support/docker/daemon.ts';
import { emptyInstallation, type InnerConsole, type Installation } from '../../support/installation.ts';

export const patience = { timeout: 30_000 };

/** This state for every server. */
export const all = (state: string): Record<string, string> => ({
  openbao: state,
  postgres: state,
  responder: state,
  'step-ca': state,
});

/** An installation in containers of an engine of its own, made by the command line: a minute, so all tests of it share one. */
export class ComposeWorld {
  readonly daemon: TestDaemon;
  readonly engine: DockerEngine;
  readonly made: Installation;
  readonly inner: InnerConsole;
  readonly compose: ComposeTopology;
  /** Leads the command line, which gets nothing of this process's environment, to the engine. */
  readonly environment: Readonly<Record<string, string>>;

  private constructor(
    daemon: TestDaemon,
    made: Installation,
    inner: InnerConsole,
    environment: Readonly<Record<string, string>>,
  ) {
    this.daemon = daemon;
    this.engine = daemon.engine;
    this.made = made;
    this.inner = inner;
    this.compose = inner.console.required().topologies.compose;
    this.environment = environment;
  }

  static async make(): Promise<ComposeWorld> {
    const daemon = await startDaemon();
    const made = await emptyInstallation();
    try {
      const environment = { DOCKER_HOST: `unix://${daemon.socket}`, DOCKER_CONFIG: await dockerConfig() };
      Object.assign(process.env, environment);
      const words = ['init', '--topology', 'compose', '--instance', 'blue', '--kind', 'lab', ...made.flags];
      const answer = await made.cli(words, environment);
      expect(answer.code, `${answer.stdout}\n${answer.stderr}`).toBe(0);
      return new ComposeWorld(daemon, made, await made.open(), environment);
    } catch (error) {
      await daemon.stop();
      await made.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    await this.made.stop();
  }

  readonly states = async (): Promise<Record<string, string>> => {
    const servers = await this.inner.first<ServerStatus[]>('infra.status');
    return Object.fromEntries(servers.map(({ name, state }) => [name, state]));
  };

  /** Every rung is proved now, the handshake of a client that trusts only this CA among them. */
  readonly proved = async (): Promise<void> => {
    const { ladder } = await this.inner.call<ServiceDetail>('services.prove', { id: 'edge-proxy' });
    expect(ladder.map(({ rung }) => rung)).toContain('trusted');
    expect(ladder.filter(({ outcome }) => outcome !== 'proved')).toEqual([]);
  };

  readonly operate = async (kind: string, input: unknown = {}, secrets = {}): Promise<Operation> => {
    const done = await this.inner.operate(kind, input, secrets);
    expect([kind, input, done.error]).toEqual([kind, input, undefined]);
    expect(done.state).toBe('done');
    return done;
  };

  readonly planOf = (kind: string, input: unknown = {}): Promise<Plan> =>
    this.inner.call<Plan>('operations.plan', { kind, input });

  /** `who key` of everything that a plan says it touches. */
  readonly notes = (plan: Plan): string[] =>
    plan.steps.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === 'touches' ? [`${effect.who} ${effect.note.key}`] : [])),
    );

  /** What OpenBao and PostgreSQL show to who trusts only this CA. */
  readonly served = async (): Promise<readonly [HandshakeResult, HandshakeResult]> => {
    const ca = await readFile(this.made.paths.rootCert, 'utf8');
    const { ports } = await this.compose.requireLayout();
    const at = (port: number) => ({ host: '127.0.0.1', port, servername: '127.0.0.1', ca, timeoutMs: 5_000 });
    return [await handshake(at(ports.openbao)), await postgresHandshake(at(ports.postgres))];
  };

  /** Whether each connection of step-ca to its database is TLS. */
  readonly databaseClients = async (): Promise<readonly { readonly ssl: boolean }[]> => {
    const { caConfig } = this.made.paths;
    const text = caDsn(parseCaConfig(await readFile(caConfig, 'utf8'), caConfig)) ?? '';
    const { ports } = await this.compose.requireLayout();
    const dsn = { ...parseDsn(text), host: '127.0.0.1', port: ports.postgres };
    const asked =
      "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name <> 'bootroot-console' AND a.usename = current_user";
    return withConnection(dsn, (connection) => connection.rows(z.object({ ssl: z.boolean() }), asked));
  };

  readonly picture = (): Promise<Containers> => this.inner.first<Containers>('containers.watch');

  readonly shown = async (name: string): Promise<ContainerView | undefined> =>
    (await this.picture()).containers.find((container) => container.name === name);

  /** What is wrong with a container. */
  readonly problemOf = async (name: string): Promise<string | undefined> =>
    (await this.shown(name))?.problem?.key;

  readonly serverNow = async (id: string): Promise<ServerStatus | undefined> =>
    (await this.inner.first<ServerStatus[]>('infra.status')).find(({ name }) => name === id);

  /** What is wrong with a server. */
  readonly problem = async (id: string): Promise<string | undefined> =>
    (await this.serverNow(id))?.problem?.key;

  /** The docker command on the engine of this test: what strangers and accidents do. */
  readonly run = (...args: readonly string[]): Promise<string> => docker(this.daemon.socket, args);
}
