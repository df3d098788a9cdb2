import type * as z from 'zod';
import { adoptContract } from './adopt.ts';
import { auditContract } from './audit.ts';
import { certificatesContract } from './certificates.ts';
import { containersContract } from './containers.ts';
import { elsewhereContract } from './elsewhere.ts';
import { driftContract } from './drift.ts';
import { eabContract } from './eab.ts';
import { helperUnitsContract } from './helper-units.ts';
import { renewalAgentsContract } from './renewal-agents.ts';
import { healthContract } from './health.ts';
import { homeContract } from './home.ts';
import { hostsContract } from './hosts.ts';
import { checksContract, monitoringContract } from './monitoring.ts';
import { notificationsContract } from './notifications.ts';
import { openbaoContract } from './openbao.ts';
import { operationsContract } from './operations.ts';
import type { Procedure } from './procedure.ts';
import { recoveryContract } from './recovery.ts';
import { caKeyContract } from './rotation-ca-key.ts';
import { rotationContract } from './rotation.ts';
import { schedulesContract } from './schedules.ts';
import { serversContract } from './servers.ts';
import { servicesContract } from './services.ts';
import { sessionContract } from './session.ts';
import { setupContract } from './setup.ts';
import { topologyContract } from './topology.ts';
import { upgradeContract } from './upgrade.ts';
import { workspaceContract } from './workspace.ts';

/** Every procedure that a host may call. Types and validation of both sides come from here and from nowhere else. */
export const contract = {
  ...sessionContract,
  ...workspaceContract,
  ...setupContract,
  ...openbaoContract,
  ...servicesContract,
  ...hostsContract,
  ...operationsContract,
  ...rotationContract,
  ...caKeyContract,
  ...recoveryContract,
  ...eabContract,
  ...schedulesContract,
  ...homeContract,
  ...certificatesContract,
  ...serversContract,
  ...auditContract,
  ...monitoringContract,
  ...checksContract,
  ...notificationsContract,
  ...driftContract,
  ...adoptContract,
  ...healthContract,
  ...topologyContract,
  ...upgradeContract,
  ...containersContract,
  ...helperUnitsContract,
  ...renewalAgentsContract,
  ...elsewhereContract,
};

export type Contract = typeof contract;
export type ProcedureName = keyof Contract;
/** What a caller may leave out has a default. */
export type Input<N extends ProcedureName> = z.input<Contract[N]['input']>;
export type ParsedInput<N extends ProcedureName> = z.output<Contract[N]['input']>;
export type Output<N extends ProcedureName> = z.output<Contract[N]['output']>;
export type NamesOf<K extends Procedure['kind']> = {
  [N in ProcedureName]: Contract[N]['kind'] extends K ? N : never;
}[ProcedureName];
