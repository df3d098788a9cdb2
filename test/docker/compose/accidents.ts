import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all, patience, type ComposeWorld } from './world.ts';

/** What happens to containers, images, ports and the engine itself. */
export function meetingAccidents(world: () => ComposeWorld): void {
  test('what happens to a container is named with the next step: paused, killed, crash loop, out of memory, removed', async () => {
    const { made, compose, states, proved, operate, shown, problemOf, serverNow, problem, run } = world();
    const since = Date.now() - 1_000;
    await run('pause', 'blue-ca');
    expect([await problem('step-ca'), await problemOf('blue-ca')]).toEqual([
      'topology.container.paused',
      'topology.container.paused',
    ]);
    await operate('infra.up', { servers: ['step-ca'] });
    await run('kill', 'blue-ca');
    await expect.poll(() => problem('step-ca'), patience).toBe('topology.container.killed');
    expect((await serverNow('step-ca'))?.state).toBe('failed');
    await operate('infra.up', { servers: ['step-ca'] });

    const seen: string[] = [];
    const control = new AbortController();
    const reading = (async () => {
      for await (const { container, action } of compose.events(since, control.signal))
        seen.push(`${container} ${action}`);
    })();
    await expect
      .poll(() => seen, patience)
      .toEqual(expect.arrayContaining(['blue-ca pause', 'blue-ca kill']));
    control.abort();
    await reading;

    // A configuration that it cannot work with: the engine starts it again and again.
    const { responderConfig } = made.paths;
    const config = await readFile(responderConfig, 'utf8');
    await writeFile(responderConfig, 'hmac_secret = 7\n');
    try {
      await run('restart', '-t', '1', 'blue-http01').catch(() => '');
      await expect.poll(() => problemOf('blue-http01'), patience).toBe('topology.container.crash_loop');
      await expect.poll(async () => (await serverNow('responder'))?.lastLine, patience).toMatch(/responder/);
    } finally {
      await writeFile(responderConfig, config);
    }
    await expect.poll(() => states(), patience).toEqual(all('ready'));

    // The engine learns of an end and of its reason by two ways, and on a busy machine misses the reason now and then.
    const { identity } = (await compose.requireLayout()).compose;
    let greedy: string | undefined;
    for (let tries = 0; tries < 4 && greedy !== 'topology.container.out_of_memory'; tries += 1) {
      await run('rm', '-f', 'blue-greedy').catch(() => '');
      const label = ['--label', `io.bootroot.installation=${identity}`, '--entrypoint', '/bin/sh'];
      const limit = ['--memory', '8m', '--memory-swap', '8m', compose.images.postgres.path];
      await run(
        'run',
        '-d',
        '--name',
        'blue-greedy',
        ...label,
        ...limit,
        '-c',
        'x=aaaaaaaa; while :; do x=$x$x; done',
      );
      await expect.poll(async () => (await shown('blue-greedy'))?.state, patience).toBe('exited');
      greedy = await problemOf('blue-greedy');
    }
    expect(greedy).toBe('topology.container.out_of_memory');
    await run('rm', '-f', 'blue-greedy');
    await run('rm', '-f', 'blue-openbao-agent-stepca');
    expect(await problemOf('blue-openbao-agent-stepca')).toBe('topology.container.missing');
    expect(await problem('step-ca')).toBe('topology.compose.no_agent');
    await operate('infra.up');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await proved();
  });

  test('a port that a stranger took, an image that is gone, a volume of somebody else: named, and nothing is touched', async () => {
    const { made, inner, compose, states, operate, planOf, run } = world();
    const { ports, compose: own } = await compose.requireLayout();
    await operate('infra.down', { servers: ['responder'] });
    const stranger = createServer().listen(ports.responderAdmin, '127.0.0.1');
    await once(stranger, 'listening');
    const unmet = (await planOf('infra.up', { servers: ['responder'] })).preconditions.find(
      ({ met }) => !met,
    );
    expect([unmet?.id, unmet?.detail?.params?.['pid']]).toEqual(['ports', process.pid]);
    await new Promise((resolve) => stranger.close(resolve));

    await run('rm', '-f', 'blue-http01');
    await run('tag', own.responderImage, 'kept:1');
    await run('rmi', own.responderImage);
    const failed = await inner.operate('infra.up', { servers: ['responder'] });
    expect(failed.error?.code).toBe('compose_no_image');
    // As a host without a registry gets it: from a file.
    await run('tag', 'kept:1', own.responderImage);
    const file = join(made.paths.root, '..', 'images.tar');
    await run('save', '-o', file, own.responderImage);
    await run('rmi', 'kept:1', own.responderImage);
    const loaded = await operate('containers.load-images', { file });
    expect(loaded.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    await operate('infra.up', { servers: ['responder'] });

    await run('volume', 'create', 'blue_of-somebody-else');
    await expect(compose.startServer('responder')).rejects.toMatchObject({ code: 'compose_foreign' });
    await run('volume', 'rm', 'blue_of-somebody-else');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
  });

  test('an engine that stops is named while it is away, and followed again when it is back', async () => {
    const { daemon, made, inner, compose, states, proved, operate, picture, environment } = world();
    const control = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const servers of compose.watch(control.signal, 200))
        seen.push(servers.map(({ problem: each }) => String(each?.params?.['reason'] ?? '')).join());
    })();
    await daemon.end();
    await expect.poll(() => seen.at(-1), patience).toMatch(/docker_(stopped|absent|lost)/);
    expect((await picture()).problem?.params?.['reason']).toMatch(/docker_(stopped|absent|lost)/);
    const down = await inner.operate('infra.up', { servers: ['step-ca'] }).catch((error: unknown) => error);
    expect(JSON.stringify(down)).toMatch(/docker_(stopped|absent|lost)/);
    await daemon.start();
    await operate('infra.up');

    // And in the middle of an operation, which waits between two steps until the engine is gone.
    const hold = join(made.paths.root, '..', 'hold');
    await writeFile(hold, '');
    const fault = { BOOTROOT_CONSOLE_FAULT: 'stop-responder:after', BOOTROOT_CONSOLE_FAULT_HOLD: hold };
    const held = made.cli(['infra', 'down'], { ...environment, BOOTROOT_CONSOLE_TEST: '1', ...fault });
    await expect.poll(async () => (await states())['responder'], patience).toBe('stopped');
    await daemon.end();
    await rm(hold);
    const { code, stderr } = await held;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Docker/)]);
    const broken = await made.last();
    expect([broken.state, broken.error?.code]).toEqual([
      'failed',
      expect.stringMatching(/^docker_(stopped|absent|lost)$/),
    ]);
    await daemon.start();
    const resumed = await made.cli(['operations', 'resume', broken.id], environment);
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
    expect(await states()).toEqual(all('stopped'));
    await operate('infra.up');
    await inner.call('openbao.unsealFromDisk');
    await expect.poll(() => states(), patience).toEqual(all('ready'));
    await expect.poll(() => seen.at(-1), patience).not.toMatch(/docker_/);
    control.abort();
    await watching;
    await proved();
  });
}
