import { test } from 'vitest';
import { byAddress, byFiles, newShares } from '../../support/every-rotation.ts';
import type { ComposeWorld } from './world.ts';

/** Every rotation, with the servers in containers. */
export function rotating(world: () => ComposeWorld): void {
  test('every rotation', async () => {
    const { proved, operate } = world();
    for (const { kind, input, secrets } of [
      ...byAddress,
      { kind: 'rotate.approle-secret-id', input: { ids: [], infra: ['stepca', 'responder'] } },
      ...byFiles.slice(0, -1),
      // Servers that still show a certificate of the old CA keep it from being retired.
      { kind: 'rotate.infra-tls', input: {} },
      ...byFiles.slice(-1),
      newShares,
    ]) {
      await operate(kind, input, secrets);
      await proved();
    }
  });
}
