import type { HostRow } from '../../shared/contract/hosts.ts';
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

/** Ages are of days, and each look asks the file of every secret: 1,000 services cost more than the rest of an idle console. */
const lookEveryMs = 5 * 60_000;
const looks = new WeakMap<
  OpenWorkspace,
  { readonly at: number; readonly of: string; readonly answer: Promise<Facts['rotations']> }
>();

/**
 * What is due by its policy, asked anew after an operation, a changed policy or some minutes. Ends of credentials are not asked for: that
 * asks every credential of the servers.
 */
export async function rotationFacts(workspace: OpenWorkspace): Promise<Facts['rotations']> {
  const { services, engine, settings, now } = workspace;
  const operations = await engine.list(operationsAtMost);
  const policies = await readPolicies(settings);
  const states = operations.map(({ id, state }) => `${id} ${state}`);
  const of = JSON.stringify([states, policies, workspace.session?.status().state]);
  const known = looks.get(workspace);
  if (known?.of === of && now() - known.at < lookEveryMs) return known.answer;
  const answer = listRotations({
    services,
    operations: async () => operations,
    policies: async () => policies,
    timeline: async () => undefined,
  });
  looks.set(workspace, { at: now(), of, answer });
  answer.catch(() => looks.delete(workspace));
  return answer;
}

/** Where a rotation of the CA keys stands; undefined: none is under way. Throws `rotation_state_foreign`. */
export async function caKeyFact({ paths }: OpenWorkspace): Promise<Facts['caKey']> {
  const record = await readRecord(paths);
  if (record === undefined) return undefined;
  const { switched_at, stage } = record.console;
  return { stage, since: Date.parse(switched_at ?? record.started_at) };
}

/** Services on other hosts, as they were fetched last. */
export async function hostFacts({
  services,
  topology,
  settings,
}: OpenWorkspace): Promise<readonly HostRow[]> {
  // Looking at hosts changes no credential, so none is adopted.
  const rotation = rotationContext(services, topology, async () => undefined);
  return (await allHosts({ rotation, records: new HostRecords(settings) })).rows;
}
