import { stat } from 'node:fs/promises';
import * as z from 'zod';
import type { Operation } from '../../shared/contract/operations.ts';
import {
  rotationTargets,
  rotationTargetSchema,
  type RotationItem,
  type RotationTarget,
} from '../../shared/contract/rotation.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { message, type Message } from '../../shared/message.ts';
import type { ServicesContext } from '../services/context.ts';
import type { Service } from '../services/entry.ts';
import { keptAccounts } from './account-keys/accounts.ts';
import { dueOf, usualPolicies } from './due.ts';
import { earliestOf } from './expiry/effective.ts';
import type { Timeline } from '../../shared/contract/credential-expiry.ts';
import { allServicesOf, consoleCredential, isRemote } from './targets.ts';

/** What the operator has set, by target; null: no policy. */
export const policiesSchema = z.partialRecord(rotationTargetSchema, z.number().nullable());
export type Policies = z.infer<typeof policiesSchema>;

export interface ListWorld {
  readonly services: ServicesContext;
  /** The newest operations, newest first. */
  operations(): Promise<readonly Operation[]>;
  policies(): Promise<Policies>;
  /** When each credential ends; undefined: not known in good time. */
  timeline(): Promise<Timeline | undefined>;
}

/** Where the present value of a target in OpenBao is. */
const kvPaths: Partial<Record<RotationTarget, string>> = {
  'trust-sync': 'bootroot/ca',
  'responder-hmac': 'bootroot/responder/hmac',
  'stepca-password': 'bootroot/stepca/password',
  db: 'bootroot/stepca/db',
  eab: 'bootroot/agent/eab',
};

const titles: Readonly<Record<RotationTarget, Message>> = {
  'approle-secret-id': message('rotation.target.approle_secret_id'),
  'trust-sync': message('rotation.target.trust_sync'),
  'responder-hmac': message('rotation.target.responder_hmac'),
  'force-reissue': message('rotation.target.force_reissue'),
  'stepca-password': message('rotation.target.stepca_password'),
  db: message('rotation.target.db'),
  'console-credentials': message('rotation.target.console_credentials'),
  'ca-key': message('rotation.target.ca_key'),
  'openbao-recovery': message('rotation.target.openbao_recovery'),
  eab: message('rotation.target.eab'),
  'infra-tls': message('rotation.target.infra_tls'),
  'acme-account-key': message('rotation.target.acme_account_key'),
};

/** Below `bootroot/`: what has an age in OpenBao. */
export const ratedPaths: readonly string[] = Object.values(kvPaths).map((path) =>
  path.replace(/^bootroot\//, ''),
);

/** Its metadata is enough, which a narrow credential may read; the roles of the older tools read values only. */
async function versionAge(context: ServicesContext, path: string): Promise<string | undefined> {
  const { kv } = context.client();
  try {
    const found = await kv.metadata(path);
    return found?.versions.find(({ version, deleted }) => version === found.currentVersion && !deleted)
      ?.createdAt;
  } catch (error) {
    if (!isConsoleError(error, 'openbao_forbidden')) throw error;
    return (await kv.read(path))?.createdAt;
  }
}

async function writtenAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** The oldest of some files; files that are not there have no age. */
async function oldest(paths: readonly string[]): Promise<number | undefined> {
  const times = (await Promise.all(paths.map(writtenAt))).filter((at) => at !== undefined);
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

async function changedAt(
  { services: context }: ListWorld,
  target: RotationTarget,
  services: readonly Service[],
): Promise<number | undefined> {
  const local = services.filter((one) => !isRemote(one));
  if (target === 'approle-secret-id') return oldest(local.map(({ secretIdPath }) => secretIdPath));
  if (target === 'force-reissue') return oldest(local.map(({ cert }) => cert));
  if (target === 'acme-account-key')
    return oldest((await keptAccounts(context.paths)).map(({ path }) => path));
  if (target === 'console-credentials') return writtenAt(consoleCredential(context).secretIdPath);
  const path = kvPaths[target];
  if (path === undefined) return undefined;
  try {
    const createdAt = await versionAge(context, path);
    return createdAt === undefined ? undefined : Date.parse(createdAt);
  } catch {
    // Sealed, signed out, away: the age is not known, and the list says so.
    return undefined;
  }
}

function touchesOf(target: RotationTarget, services: readonly Service[]): Message[] {
  const remote = services.filter(isRemote).length;
  const all = message('rotation.touches.services', { count: services.length });
  const waiting = remote === 0 ? [] : [message('rotation.touches.remote', { count: remote })];
  switch (target) {
    case 'approle-secret-id':
    case 'trust-sync':
    case 'force-reissue':
      return [all, ...waiting];
    case 'responder-hmac':
      return [message('rotation.touches.responder'), all, ...waiting];
    case 'stepca-password':
      return [message('rotation.touches.ca_keys'), message('rotation.touches.stepca')];
    case 'db':
      return [message('rotation.touches.database'), message('rotation.touches.stepca')];
    case 'console-credentials':
      return [message('rotation.touches.console')];
    case 'ca-key':
      return [message('rotation.touches.ca'), message('rotation.touches.stepca'), all, ...waiting];
    case 'openbao-recovery':
      return [message('rotation.touches.unseal')];
    case 'eab':
      return [message('rotation.touches.eab'), all, ...waiting];
    case 'infra-tls':
      return [message('rotation.touches.infra_tls')];
    case 'acme-account-key':
      return [message('rotation.touches.acme_account_key')];
  }
}

function inputOf(target: RotationTarget): object {
  if (target === 'approle-secret-id' || target === 'force-reissue') return { ids: 'all' };
  if (target === 'eab') return { action: 'set' };
  if (target === 'ca-key') return { action: 'begin' };
  return target === 'openbao-recovery' ? { unsealShares: {} } : {};
}

function historyOf(
  operations: readonly Operation[],
  kind: string,
): Pick<RotationItem, 'lastRotationAt' | 'lastOperationId' | 'lastProofAt'> {
  const ended = operations.filter(
    (one) => one.kind === kind && (one.state === 'done' || one.state === 'pending'),
  );
  const [last] = ended;
  if (last === undefined) return {};
  // One that only waits for remote hosts has proved nothing yet; the one before it may have.
  const proofs = ended.flatMap((one) =>
    one.proofs.filter(({ outcome }) => outcome === 'proved').map(({ at }) => at),
  );
  return {
    lastOperationId: last.id,
    ...(last.endedAt === undefined ? {} : { lastRotationAt: last.endedAt }),
    ...(proofs.length === 0 ? {} : { lastProofAt: Math.max(...proofs) }),
  };
}

/** Every secret with its age, policy, last rotation and last proof. No effect. */
export async function listRotations(world: ListWorld): Promise<RotationItem[]> {
  const [services, operations, policies, timeline] = await Promise.all([
    allServicesOf(world.services),
    world.operations(),
    world.policies(),
    world.timeline(),
  ]);
  return Promise.all(
    rotationTargets.map(async (target): Promise<RotationItem> => {
      const kind = `rotate.${target}`;
      const at = await changedAt(world, target, services);
      const set = policies[target];
      const policyDays = set === undefined ? usualPolicies[target] : (set ?? undefined);
      const expiresAt = earliestOf(timeline?.items ?? [], target);
      // Nothing there that could be old.
      const nothing =
        services.length === 0 && (target === 'approle-secret-id' || target === 'acme-account-key');
      return {
        target,
        kind,
        title: titles[target],
        input: inputOf(target),
        ...(at === undefined ? {} : { changedAt: at }),
        ...historyOf(operations, kind),
        ...(policyDays === undefined ? {} : { policyDays }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(nothing ? { due: 'ok' as const } : dueOf(at, policyDays, world.services.now())),
        touches: touchesOf(target, services),
      };
    }),
  );
}
