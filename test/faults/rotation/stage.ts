import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import type { CaKeyBoard } from '../../../shared/contract/rotation-ca-key.ts';
import { clusterData } from '../../../src-main/topology/postgres-cluster.ts';
import { installation, type InnerConsole, type Installation } from '../../support/installation.ts';
import { servePostgresTls } from '../../support/postgres-tls.ts';
import {
  disturbTrust,
  RotationWorld,
  valueOf,
  type Held,
  type Rotated,
} from '../../support/rotation-world.ts';

/** The command line, as its own process. */
export const consoleProgram = fileURLToPath(new URL('../../../dist/console.cjs', import.meta.url));

/** The installation that all faults of rotations are tried on, one after the other. */
export interface FaultStage {
  readonly stack: Installation;
  readonly inner: InnerConsole;
  readonly world: RotationWorld;
  /** PostgreSQL's data directory, with the pair that it serves. */
  readonly postgres: string;
}

const whole: Partial<Record<Rotated, object>> = {
  'approle-secret-id': { ids: 'all' },
  'force-reissue': { ids: 'all' },
  eab: { action: 'set' },
  'openbao-recovery': { unsealShares: {}, rootToken: {} },
  'ca-key': { action: 'begin' },
};
const flags: Partial<Record<Rotated, readonly string[]>> = {
  'approle-secret-id': ['--all-services'],
  'force-reissue': ['--all-services'],
  'openbao-recovery': ['--rotate-unseal-keys'],
  'ca-key': ['--skip', 'switch'],
};

/** Everything of a target is rotated; of the CA keys the first phase is enough. */
export const inputOf = (target: Rotated): object => whole[target] ?? {};
export const wordsOf = (target: Rotated): string[] => ['rotate', target, ...(flags[target] ?? [])];

export const allTargets: readonly Rotated[] = [
  'stepca-password',
  'db',
  'responder-hmac',
  'approle-secret-id',
  'trust-sync',
  'force-reissue',
  'console-credentials',
];
/** Of what not every installation has, or not every day. */
export const moreTargets: readonly Rotated[] = [
  'eab',
  'acme-account-key',
  'infra-tls',
  'openbao-recovery',
  'ca-key',
];

/** The external account binding of the day: each rotation that begins is given another. */
let pair = 0;
const eab = () => ({
  eab_kid: `kid-${String(pair)}`,
  eab_hmac: Buffer.alloc(32, pair).toString('base64url'),
});
export const secretsOf = (target: Rotated): Record<string, string> => (target === 'eab' ? eab() : {});
export const environmentOf = (target: Rotated): Record<string, string> =>
  target === 'eab' ? { EAB_KID: eab().eab_kid, EAB_HMAC: eab().eab_hmac } : {};

/** One installation for all faults of a file: each leaves it whole, which is what they are about. */
export function useStage(): () => FaultStage {
  let stack: Installation | undefined;
  let made: FaultStage | undefined;
  beforeAll(async () => {
    stack = await installation();
    for (const name of ['edge', 'inner'])
      await stack.must(['service', 'add', name, '--agent-config', `agents/${name}/agent.toml`]);
    const inner = await stack.open('cli');
    const { local } = inner.console.required().topologies;
    await servePostgresTls(stack.paths, local);
    const postgres = clusterData(await local.requireLayout());
    made = { stack, inner, world: new RotationWorld(() => inner.console.required()), postgres };
    await made.world.whole();
  });
  afterAll(() => stack?.stop());
  return () => {
    if (made === undefined) throw new Error('asked for before the installation is there');
    return made;
  };
}

/** What is held before a rotation that has something to do. */
export const begin = ({ inner, world }: FaultStage, target: Rotated): Promise<Held> => {
  pair += 1;
  return target === 'trust-sync' ? disturbTrust(inner.console.required(), world) : world.held();
};

/** Ends the first phase of a rotation of the CA keys, during which others may not begin. */
export async function settle({ inner }: FaultStage, target: Rotated): Promise<void> {
  if (target !== 'ca-key') return;
  const { stage } = await inner.call<CaKeyBoard>('rotationCaKey.board');
  if (stage === 'idle') return;
  const ended = await inner.operate('rotate.ca-key', { action: 'abort' });
  expect([ended.state, ended.error]).toEqual(['done', undefined]);
}

export async function newest({ inner }: FaultStage): Promise<Operation> {
  const [operation] = await inner.console.required().engine.list(1);
  if (operation === undefined) throw new Error('no operation');
  return operation;
}

/** It failed with a name for the reason, and said that something was or was not changed. */
export function expectNamed(operation: Operation): void {
  expect([operation.state, operation.error?.code]).toEqual(['failed', expect.any(String)]);
  expect([operation.error?.code, operation.error?.detail]).not.toEqual(['internal', expect.anything()]);
}

/** Resumes, or undoes where that can be; then everything is whole, and the value is the new one or the old. */
export async function mend(
  stage: FaultStage,
  target: Rotated,
  before: Held,
  preferUndo: boolean,
): Promise<'resume' | 'undo'> {
  const { inner, world } = stage;
  const operation = await newest(stage);
  const way = preferUndo && operation.canUndo ? 'undo' : 'resume';
  const secrets = way === 'resume' ? { secrets: secretsOf(target) } : {};
  await inner.call(`operations.${way}`, { id: operation.id, ...secrets });
  const ended = await inner.console.required().engine.waitFor(operation.id);
  expect([ended.state, ended.error]).toEqual([way === 'undo' ? 'undone' : 'done', undefined]);
  const after = await world.whole();
  const [old, now] = [valueOf(target, before), valueOf(target, after)];
  if (way === 'undo') expect(now).toBe(old);
  else {
    expect(now).not.toBe(old);
    expect(await world.accepts(target, old, after)).toBe(false);
  }
  await settle(stage, target);
  return way;
}
