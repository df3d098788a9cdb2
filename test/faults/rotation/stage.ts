import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import type { InnerConsole, Installation } from '../../support/installation.ts';
import {
  disturbTrust,
  valueOf,
  type Held,
  type Rotated,
  type RotationWorld,
} from '../../support/rotation-world.ts';

/** The command line, as its own process. */
export const consoleProgram = fileURLToPath(new URL('../../../dist/console.cjs', import.meta.url));

/** The installation that all faults of rotations are tried on, one after the other. */
export interface FaultStage {
  readonly stack: Installation;
  readonly inner: InnerConsole;
  readonly world: RotationWorld;
}

/** Everything of a target is rotated. */
export const inputOf = (target: Rotated): object =>
  target === 'approle-secret-id' || target === 'force-reissue' ? { ids: 'all' } : {};

export const wordsOf = (target: Rotated): string[] => [
  'rotate',
  target,
  ...(target === 'approle-secret-id' || target === 'force-reissue' ? ['--all-services'] : []),
];

export const allTargets: readonly Rotated[] = [
  'stepca-password',
  'db',
  'responder-hmac',
  'approle-secret-id',
  'trust-sync',
  'force-reissue',
  'console-credentials',
];

/** What is held before a rotation that has something to do. */
export const begin = ({ inner, world }: FaultStage, target: Rotated): Promise<Held> =>
  target === 'trust-sync' ? disturbTrust(inner.console.required(), world) : world.held();

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
  await inner.call(`operations.${way}`, { id: operation.id });
  const ended = await inner.console.required().engine.waitFor(operation.id);
  expect([ended.state, ended.error]).toEqual([way === 'undo' ? 'undone' : 'done', undefined]);
  const after = await world.whole();
  const [old, now] = [valueOf(target, before), valueOf(target, after)];
  if (way === 'undo') expect(now).toBe(old);
  else {
    expect(now).not.toBe(old);
    expect(await world.accepts(target, old, after)).toBe(false);
  }
  return way;
}
