import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ComposeTopology } from '../../../src-main/topology/compose/compose-topology.ts';
import { WorkspacePaths } from '../../../src-main/workspace/paths.ts';
import type { ComposeWorld } from './world.ts';

/** Other installations of this name, and an OpenBao that nobody asked to be made anew. */
export function owning(world: () => ComposeWorld): void {
  test('another installation of the same name is refused, and nothing of this one is touched', async () => {
    const { engine, made, compose } = world();
    const before = (await engine.containers()).map(({ id, state }) => `${id} ${state}`);
    const paths = new WorkspacePaths(join(made.paths.root, '..', 'other'));
    await mkdir(paths.secrets, { recursive: true });
    const other = new ComposeTopology(paths);
    const { ports } = await compose.requireLayout();
    const choices = { ports, leafHours: 24, instance: 'blue' };
    await expect(other.createLayout(choices)).rejects.toMatchObject({ code: 'compose_foreign' });
    expect(await other.readLayout()).toBeUndefined();
    expect((await engine.containers()).map(({ id, state }) => `${id} ${state}`)).toEqual(before);
  });

  test('an OpenBao that would be made anew, and so be sealed, stays as it is', async () => {
    const { engine, compose } = world();
    const before = await engine.inspect('blue-openbao');
    const { ports } = await compose.requireLayout();
    await compose.changePorts({ openbao: ports.openbao + 1 });
    await expect(compose.startServer('openbao')).rejects.toMatchObject({ code: 'compose_would_recreate' });
    await compose.changePorts({ openbao: ports.openbao });
    await compose.startServer('openbao');
    const { id, startedAt } = await engine.inspect('blue-openbao');
    expect({ id, startedAt }).toEqual({ id: before.id, startedAt: before.startedAt });
  });
}
