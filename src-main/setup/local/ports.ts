import type { PortField, SetupLocal } from '../../../shared/contract/setup.ts';
import { message } from '../../../shared/message.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import type { Run } from '../../operations/types.ts';
import { freePort } from '../../processes/ports.ts';
import type { Ports } from '../../topology/layout.ts';
import type { Topology } from '../../topology/topology.ts';
import { serverTitles, type ServerId } from '../../topology/server-id.ts';
import { transportsOf } from '../../topology/specs.ts';

/** Where the operator is asked for each port of the layout. */
export const fieldOf: Readonly<Record<keyof Ports, PortField>> = {
  openbao: 'openbao.port',
  openbaoCluster: 'openbao.clusterPort',
  postgres: 'postgres.port',
  stepCa: 'stepca.port',
  acmeHttp: 'stepca.acmeHttpPort',
  responderAdmin: 'responder.adminPort',
  resolver: 'resolver.port',
};

/** The ports as they were answered. */
export const plannedPorts = ({ openbao, postgres, stepca, responder, resolver }: SetupLocal): Ports => ({
  openbao: openbao.port,
  openbaoCluster: openbao.clusterPort,
  postgres: postgres.port,
  stepCa: stepca.port,
  acmeHttp: stepca.acmeHttpPort,
  responderAdmin: responder.adminPort,
  resolver: resolver.port,
});

/** Whether nobody asked for this number: the console proposed it and it was left. */
export const isProposed = (input: SetupLocal, name: keyof Ports): boolean =>
  input.proposedPorts?.[fieldOf[name]] === plannedPorts(input)[name];

const mostTries = 5;

/**
 * The ports of one set-up. Between the plan and the start of a server somebody else may take one: a port that was only proposed is
 * then exchanged for a free one, in the layout first and from there in whatever is configured with it. A port that the operator asked
 * for is not: the start fails and says who has it.
 */
export class SetupPorts {
  readonly #topology: Topology;
  readonly #input: SetupLocal;
  #now: Ports;

  /** @param kept as an interrupted run left them in the layout */
  constructor(topology: Topology, input: SetupLocal, kept: Ports | undefined) {
    this.#topology = topology;
    this.#input = input;
    this.#now = kept ?? plannedPorts(input);
  }

  get now(): Ports {
    return this.#now;
  }

  /** A layout that is written now begins with the ports of the plan. */
  begin(): Ports {
    this.#now = plannedPorts(this.#input);
    return this.#now;
  }

  /** Durable when it returns. */
  async #exchange(id: ServerId, run: Run): Promise<void> {
    for (const { name, port, holder } of await this.#topology.takenPorts(id)) {
      if (!isProposed(this.#input, name)) continue;
      const next = await freePort(port + 1, new Set(Object.values(this.#now)), transportsOf(name));
      await this.#topology.changePorts({ [name]: next });
      this.#now = { ...this.#now, [name]: next };
      const about = { server: serverTitles[id], port, next };
      run.log(
        holder.process === undefined
          ? message('setup.log.port_exchanged_unknown', about)
          : message('setup.log.port_exchanged', { ...about, process: holder.process, pid: holder.pid ?? 0 }),
        'warn',
      );
    }
  }

  async #mayTryAgain(id: ServerId, error: unknown): Promise<boolean> {
    const lost = ['topology_port_taken', 'topology_port_unknown', 'topology_port_lost'] as const;
    if (!lost.some((code) => isConsoleError(error, code))) return false;
    return (await this.#topology.takenPorts(id)).every(({ name }) => isProposed(this.#input, name));
  }

  /**
   * Starts a server that nobody has been told about yet.
   * @param configure writes whatever names its ports, from {@link now}; called before each try
   * @throws what `Topology.startServer` throws
   */
  async start(id: ServerId, run: Run, configure: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      await this.#exchange(id, run);
      await configure();
      try {
        return await this.#topology.startServer(id, run.signal);
      } catch (error) {
        if (tries === mostTries || !(await this.#mayTryAgain(id, error))) throw error;
      }
    }
  }
}
