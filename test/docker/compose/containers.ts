import { expect, test } from 'vitest';
import type { ContainerDifference } from '../../../shared/contract/containers.ts';
import { patience, type ComposeWorld } from './world.ts';

/** What the window has of every container, and what differs from the files. */
export function watchingContainers(world: () => ComposeWorld): void {
  test('the window has every container: what it is made of, what it uses, whether it comes back', async () => {
    const { picture, shown } = world();
    await picture();
    const { engine: who, boot, containers } = await picture();
    expect(who?.version).toMatch(/^\d+\.\d+/);
    expect(['starts', 'stays_down', 'unknown']).toContain(boot);
    expect(containers.map(({ name }) => name)).toEqual(
      ['openbao', 'postgres', 'http01', 'ca', 'openbao-agent-stepca', 'openbao-agent-responder'].map(
        (part) => `blue-${part}`,
      ),
    );
    for (const container of containers) {
      expect(container).toMatchObject({ state: 'running', pinned: 'version', comesBack: true });
      expect(container.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
    const uses = async (): Promise<boolean> =>
      (await picture()).containers.every(({ memoryBytes = 0 }) => memoryBytes > 0);
    await expect.poll(uses, patience).toBe(true);
    expect((await shown('blue-openbao'))?.ports[0]).toMatch(/^127\.0\.0\.1:\d+ → 8200\/tcp$/);
  });

  test('a policy with which a container stays down is found and mended, and nothing is restarted for it', async () => {
    const { engine, operate, shown, problemOf, run } = world();
    await run('update', '--restart', 'no', 'blue-postgres');
    const { startedAt } = await engine.inspect('blue-postgres');
    expect(await shown('blue-postgres')).toMatchObject({
      comesBack: false,
      problem: { key: 'topology.container.stays_down' },
    });
    const done = await operate('containers.mend-policies', { containers: ['blue-postgres'] });
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    expect(await engine.inspect('blue-postgres')).toMatchObject({
      restartPolicy: 'unless-stopped',
      startedAt,
    });
    expect(await problemOf('blue-postgres')).toBeUndefined();
  });

  test('what differs between files and containers is shown before anything starts, and made anew by name', async () => {
    const { engine, inner, compose, proved, operate, planOf, notes } = world();
    expect(await inner.call<ContainerDifference[]>('containers.differences')).toEqual([]);
    const { ports } = await compose.requireLayout();
    await compose.changePorts({ responderAdmin: ports.responderAdmin + 1, openbao: ports.openbao + 1 });
    const found = await inner.call<ContainerDifference[]>('containers.differences');
    expect(found.map(({ name, fields }) => [name, ...fields.map(({ field }) => field)])).toEqual([
      ['blue-openbao', 'ports'],
      ['blue-http01', 'ports'],
    ]);
    const plan = await planOf('infra.up');
    expect(plan.preconditions.filter(({ met }) => !met).map(({ id }) => id)).toContain('as-planned');
    expect(notes(plan)).toContain('blue-http01 topology.difference.field');
    // Naming it is what makes OpenBao anew, by a typed confirmation that says it will be sealed.
    const recreate = await planOf('containers.recreate', { service: 'openbao' });
    expect(recreate.confirm.typed).toBe('blue-openbao');
    expect(notes(recreate)).toContain('blue-openbao topology.note.sealed');
    await compose.changePorts({ openbao: ports.openbao });
    const before = (await engine.inspect('blue-http01')).id;
    await operate('containers.recreate', { service: 'bootroot-http01' });
    expect((await engine.inspect('blue-http01')).id).not.toBe(before);
    await compose.changePorts({ responderAdmin: ports.responderAdmin });
    await operate('infra.up');
    expect(await inner.call<ContainerDifference[]>('containers.differences')).toEqual([]);
    await proved();
  });
}
