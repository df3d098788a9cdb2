import { expect, test } from 'vitest';
import type { Operation } from '../../../shared/contract/operations.ts';
import { all, patience, type ComposeWorld } from './world.ts';

/** A console that is killed in the middle. */
export function killingTheConsole(world: () => ComposeWorld): void {
  test('a console that is killed while the servers go down or up leaves nothing that cannot be gone on with', async () => {
    const { made, inner, states, proved, environment: own } = world();
    const environment = { ...own, BOOTROOT_CONSOLE_TEST: '1' };
    for (const [word, moment] of [
      ['down', 'stop-responder:after'],
      ['up', 'start-postgres:after'],
    ] as const) {
      const killed = await made.cli(['infra', word], { ...environment, BOOTROOT_CONSOLE_FAULT: moment });
      expect(killed.signal ?? killed.code).not.toBe(0);
      const { operations } = JSON.parse(
        (await made.cli(['operations', 'list', '--json'], environment)).stdout,
      ) as { operations: Operation[] };
      expect(operations[0]?.state).toBe('interrupted');
      const resumed = await made.cli(['operations', 'resume', operations[0]?.id ?? ''], environment);
      expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
      expect(Object.values(await states())).toEqual(
        word === 'down' ? Object.values(all('stopped')) : ['sealed', 'ready', 'ready', 'ready'],
      );
    }
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await proved();
  });
}
