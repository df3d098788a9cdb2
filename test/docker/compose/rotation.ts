import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { byAddress, byFiles, newShares } from '../../support/every-rotation.ts';
import { all, type ComposeWorld } from './world.ts';

/** Every rotation, with the servers in containers, and one that is taken back. */
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
  test('new certificates of the servers are taken back: the pairs of before are served again, by the same processes', async () => {
    const { engine, made, proved, served, states, databaseClients, environment } = world();
    const fingerprints = async () => (await served()).map(({ ok, served: leaf }) => [ok, leaf?.sha256]);
    const containers = ['blue-openbao', 'blue-postgres'];
    const started = () => Promise.all(containers.map(async (name) => (await engine.inspect(name)).startedAt));
    const before = { pairs: await fingerprints(), started: await started() };
    const state = await readFile(made.paths.state, 'utf8');
    const fault = {
      BOOTROOT_CONSOLE_TEST: '1',
      BOOTROOT_CONSOLE_FAULT: 'tls-postgres:after:rotate.infra-tls',
    };
    const killed = await made.cli(['rotate', 'infra-tls'], { ...environment, ...fault });
    expect(killed.signal).toBe('SIGKILL');
    const between = await fingerprints();
    expect(between.map(([ok]) => ok)).toEqual([true, true]);
    expect(between.filter((one, index) => one[1] === before.pairs[index]?.[1])).toEqual([]);
    const undone = await made.cli(['operations', 'undo', (await made.last()).id], environment);
    expect(undone.code, undone.stderr).toBe(0);
    expect({ pairs: await fingerprints(), started: await started() }).toEqual(before);
    expect(JSON.parse(await readFile(made.paths.state, 'utf8'))).toEqual(JSON.parse(state));
    expect(await states()).toEqual(all('ready'));
    expect((await databaseClients()).every(({ ssl }) => ssl)).toBe(true);
    await proved();
  });
}
