import { expect, test } from 'vitest';
import { all, patience, type ComposeWorld } from './world.ts';

/** Lines, stopping, starting and restarting. */
export function runningServers(world: () => ComposeWorld): void {
  test('lines of all servers are followed, also past a restart', async () => {
    const { compose } = world();
    const control = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { server, text } of compose.logs({ lines: 500, follow: true }, control.signal))
        seen.push(`${server} ${text}`);
    })();
    const servers = () => [...new Set(seen.map((line) => line.split(' ', 1)[0]))].sort();
    const agents = ['openbao-agent-responder', 'openbao-agent-stepca'];
    await expect.poll(servers, patience).toEqual([...Object.keys(all('')), ...agents].sort());
    seen.length = 0;
    await compose.reloadServer('openbao');
    await compose.restartServer('responder');
    await expect.poll(() => seen.join('\n'), patience).toMatch(/openbao .*reload/i);
    await expect.poll(() => seen.join('\n'), patience).toMatch(/responder .* answers challenges/);
    control.abort();
    await reading;
  });

  test('goes down and comes up again, sealed until the shares are given; an agent that ended is noticed', async () => {
    const { engine, inner, states, proved, operate } = world();
    const { id } = await engine.inspect('blue-openbao');
    await operate('infra.down');
    expect((await engine.containers()).filter(({ state }) => state === 'running')).toEqual([]);
    expect(await states()).toEqual(all('stopped'));
    await operate('infra.up');
    expect(await states()).toEqual({ ...all('ready'), openbao: 'sealed' });
    await inner.call('openbao.unsealFromDisk');
    expect(await states()).toEqual(all('ready'));
    expect((await engine.inspect('blue-openbao')).id).toBe(id);
    await engine.stop('blue-openbao-agent-responder', 5);
    expect(await states()).toEqual({ ...all('ready'), responder: 'unhealthy' });
    await operate('infra.up');
    expect(await states()).toEqual(all('ready'));
    await proved();
  });

  test('a restart says what it means; OpenBao comes back sealed', async () => {
    const { inner, states, operate, planOf, notes, serverNow } = world();
    expect(notes(await planOf('infra.restart', { servers: ['openbao'] }))).toContain(
      'OpenBao topology.note.sealed',
    );
    expect(notes(await planOf('infra.restart', { servers: ['step-ca'] }))).toContain(
      'step-ca topology.note.stepca',
    );
    await operate('infra.restart', { servers: ['openbao'] });
    expect(await serverNow('openbao')).toMatchObject({
      state: 'sealed',
      problem: { key: 'topology.problem.sealed' },
    });
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(states, patience).toEqual(all('ready'));
  });
}
