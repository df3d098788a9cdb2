import type { Facts } from '../home/facts.ts';
import { HostRecords } from '../fleet/records.ts';
import { allHosts } from '../fleet/list.ts';
import { rotationContext } from '../rotation/bind.ts';
import { readRecord } from '../rotation/ca-key/record.ts';
import { readPolicies } from '../rotation/handlers.ts';
import { listRotations } from '../rotation/list.ts';
import type { OpenWorkspace } from './open-workspace.ts';

/** How far back an age is looked for among the operations. */
const operationsAtMost = 50;

/** What is due by its policy. Ends of credentials are not asked for: that asks every credential of the servers. */
export const rotationFacts = ({ services, engine, settings }: OpenWorkspace): Promise<Facts['rotations']> =>
  listRotations({
    services,
    operations: () => engine.list(operationsAtMost),
    policies: () => readPolicies(settings),
    timeline: async () => undefined,
  });

/** Where a rotation of the CA keys stands; undefined: none is under way. Throws `rotation_state_foreign`. */
export async function caKeyFact({ paths }: OpenWorkspace): Promise<Facts['caKey']> {
  const record = await readRecord(paths);
  if (record === undefined) return undefined;
  const { switched_at, stage } = record.console;
  return { stage, since: Date.parse(switched_at ?? record.started_at) };
}

export async function hostFacts({ services, topology, settings }: OpenWorkspace): Promise<Facts['hosts']> {
  // Looking at hosts changes no credential, so none is adopted.
  const rotation = rotationContext(services, topology, async () => undefined);
  return (await allHosts({ rotation, records: new HostRecords(settings) })).rows;
}
