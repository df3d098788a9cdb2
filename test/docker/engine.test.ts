import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DockerEngine, engineHere } from '../../src-main/docker/engine.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { dockerCommand } from '../../src-main/topology/compose/docker-command.ts';
import { freePort } from '../support/child.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { docker } from '../support/docker/command.ts';
import { noEngine, startDaemon, type TestDaemon } from '../support/docker/daemon.ts';
import { busyboxImage } from '../support/docker/images.ts';
import { testPki } from '../support/pki.ts';

const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
  );

describeUnless(noEngine(), 'a real Docker engine', () => {
  let daemon: TestDaemon;
  let engine: DockerEngine;
  let image: string;

  const run = (name: string, ...rest: readonly string[]): Promise<string> =>
    docker(daemon.socket, [
      ...['run', '-d', '--name', name, '--label', `test=${name}`, '--stop-timeout', '1'],
      ...rest,
    ]);
  const script = (name: string, text: string): Promise<string> => run(name, image, 'sh', '-c', text);
  const ended = async (name: string): Promise<void> => {
    for (let tries = 0; tries < 200 && (await engine.inspect(name)).state === 'running'; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };

  /** The engine's second listener, and the directories of a client that it trusts and of one that it does not. */
  let port: number;
  let place: string;

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'docker-tls-'));
    port = await freePort();
    const [own, other] = [await testPki('Engine'), await testPki('Other')];
    const server = await own.leaf(['127.0.0.1', 'localhost'], { purposes: ['server'] });
    for (const [name, { cert, key }, bundle] of [
      ['server', server, own.bundle],
      ['client', await own.leaf(['operator'], { purposes: ['client'] }), own.bundle],
      ['stranger', await other.leaf(['operator'], { purposes: ['client'] }), own.bundle],
      ['misled', await own.leaf(['operator'], { purposes: ['client'] }), other.bundle],
    ] as const) {
      await mkdir(join(place, name));
      await writeFile(join(place, name, 'ca.pem'), bundle);
      await writeFile(join(place, name, 'cert.pem'), cert);
      await writeFile(join(place, name, 'key.pem'), key, { mode: 0o600 });
    }
    const file = (name: string): string => join(place, 'server', name);
    const tls = { port, ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
    daemon = await startDaemon(tls);
    engine = daemon.engine;
    image = await busyboxImage(daemon);
  });
  afterAll(async () => {
    await daemon?.stop();
    if (place !== undefined) await rm(place, { recursive: true, force: true });
  });

  test('says who it is, and the lower of both versions is spoken', async () => {
    const { engine: version, api } = await engine.version();
    expect(version).toMatch(/^\d+\.\d+/);
    expect(Number(api.split('.')[1])).toBeLessThanOrEqual(44);
  });

  test('is talked to over TLS as DOCKER_HOST says it, by who shows a certificate that it trusts', async () => {
    const shell = (client: string) => ({
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      DOCKER_HOST: `tcp://127.0.0.1:${String(port)}`,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: join(place, client),
    });
    const remote = engineHere(shell('client'));
    expect(await remote.version()).toEqual(await engine.version());
    await script('by-tls', 'echo first; sleep 1000');
    expect((await remote.containers(['test=by-tls'])).map(({ name }) => name)).toEqual(['by-tls']);
    const lines: string[] = [];
    const control = new AbortController();
    for await (const { text } of remote.logs('by-tls', { follow: true, signal: control.signal })) {
      lines.push(text);
      control.abort();
    }
    expect(lines).toEqual(['first']);
    // Both directions of one connection.
    const answer = await remote.exec('by-tls', ['cat'], 'over and back\n');
    expect(answer).toEqual({ code: 0, stdout: 'over and back\n', stderr: '' });
    expect(await dockerCommand(shell('client')).run(['ps', '--format', '{{.Names}}'])).toContain('by-tls');
    await remote.signal('by-tls', 'KILL');

    expect(await code(engineHere(shell('misled')).version())).toBe('docker_untrusted');
    expect(await code(engineHere(shell('stranger')).version())).toBe('docker_untrusted');
    expect(() => engineHere(shell('nobody'))).toThrow(/docker_certificates/);
    // Without TLS whoever reaches the port would be root here.
    expect(() => engineHere({ ...shell('client'), DOCKER_TLS_VERIFY: '' })).toThrow(/docker_endpoint/);
  });

  test('lists by label in one call, with what each is and where it listens', async () => {
    await run('listed', '-p', '127.0.0.1::80', '--restart', 'unless-stopped', '-t', image);
    const [one, ...others] = await engine.containers(['test=listed']);
    expect(others).toEqual([]);
    expect(one).toMatchObject({ name: 'listed', state: 'running', image, labels: { test: 'listed' } });
    expect(one?.ports[0]).toMatchObject({ port: 80, host: '127.0.0.1', protocol: 'tcp' });
    expect(await engine.inspect('listed')).toMatchObject({ restartPolicy: 'unless-stopped', terminal: true });
    await engine.setRestartPolicy('listed', 'always');
    expect((await engine.inspect('listed')).restartPolicy).toBe('always');
    expect((await engine.use('listed')).memoryBytes).toBeGreaterThan(0);
    await engine.signal('listed', 'KILL');
  });

  test('reads lines of both streams whole, with their times, the last ones, and as they come', async () => {
    await script('lines', 'echo out; echo err >&2; seq 1 5000; sleep 1; echo late');
    const control = new AbortController();
    const followed: string[] = [];
    for await (const { text } of engine.logs('lines', { follow: true, signal: control.signal }))
      followed.push(text);
    expect(followed).toHaveLength(5_003);
    expect(followed.at(-1)).toBe('late');
    const last = [];
    for await (const line of engine.logs('lines', { tail: 1 })) last.push(line);
    expect(last).toMatchObject([{ stream: 'stdout', text: 'late' }]);
    expect(Date.now() - (last[0]?.at ?? 0)).toBeLessThan(60_000);
    const errors = [];
    for await (const { stream, text } of engine.logs('lines')) if (stream === 'stderr') errors.push(text);
    expect(errors).toEqual(['err']);
  });

  test('a command inside gets its secret by standard input and answers its own code', async () => {
    await script('inside', 'sleep 1000');
    const answer = await engine.exec('inside', ['sh', '-c', 'cat; echo no >&2; exit 7'], 'hunter2\n');
    expect(answer).toEqual({ code: 7, stdout: 'hunter2\n', stderr: 'no\n' });
    await engine.signal('inside', 'KILL');
  });

  test('tells what happens to a container: killed, out of memory, started again', async () => {
    const control = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { action, name } of engine.events(['test=watched'], control.signal))
        seen.push(`${name} ${action}`);
    })();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await script('watched', 'sleep 1000');
    await engine.restart('watched', 0);
    await engine.signal('watched', 'KILL');
    await ended('watched');
    await expect.poll(() => seen, { timeout: 60_000 }).toContain('watched kill');
    expect(seen.filter((event) => event === 'watched start')).toHaveLength(2);
    expect((await engine.inspect('watched')).exitCode).toBe(137);
    control.abort();
    await watching;
    // The engine learns of the end and of its reason by two ways, and on a busy machine misses the reason now and then.
    let found = false;
    for (let tries = 0; tries < 4 && !found; tries += 1) {
      const name = `greedy-${String(tries)}`;
      await run(name, '--memory', '8m', '--memory-swap', '8m', image, 'sh', '-c', 'tail /dev/zero');
      await ended(name);
      const { state, exitCode, outOfMemory } = await engine.inspect(name);
      expect({ state, exitCode }).toEqual({ state: 'exited', exitCode: 137 });
      found = outOfMemory;
    }
    expect(found).toBe(true);
  });

  test('what fails is named: no such container, image or free port', async () => {
    expect(await code(engine.inspect('nobody'))).toBe('docker_not_found');
    expect(await engine.hasImage('nobody/has:this')).toBe(false);
    expect(await engine.hasImage(image)).toBe(true);
    await run('first', '-p', '127.0.0.1:18999:80', image);
    await docker(daemon.socket, ['create', '--name', 'second', '-p', '127.0.0.1:18999:80', image]);
    expect(await code(engine.start('second'))).toBe('docker_port');
  });

  test('images come from a file where there is no registry', async () => {
    const file = `${daemon.socket}.tar`;
    await docker(daemon.socket, ['save', '-o', file, image]);
    await docker(daemon.socket, ['tag', image, 'test/other:1']);
    await engine.loadImages(file);
    expect(await engine.hasImage(image)).toBe(true);
  });

  test('an engine or a file that is not there has its name; a follower that gave up is let go', async () => {
    expect(await code(new DockerEngine({ kind: 'socket', path: '/nonexistent/d.sock' }).version())).toBe(
      'docker_absent',
    );
    const gone = new AbortController();
    gone.abort();
    await script('quiet', 'sleep 1000');
    for await (const { text } of engine.logs('quiet', { follow: true, signal: gone.signal })) void text;
    await engine.signal('quiet', 'KILL');
    expect(await code(engine.loadImages('/nonexistent/images.tar'))).toBe('path_missing');
  });

  test('an engine that ends lets the followers of its containers go, is named, and is found again', async () => {
    await script('long', 'while true; do echo tick; sleep 0.1; done');
    const read = (async () => {
      for await (const { text } of engine.logs('long', { follow: true })) void text;
    })();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await daemon.end();
    // It ends its containers first, and with them whoever follows their lines.
    await read;
    expect(['docker_stopped', 'docker_absent']).toContain(await code(engine.containers()));
    await daemon.start();
    expect((await engine.containers(['test=long'])).map(({ name }) => name)).toEqual(['long']);
  });

  test('an engine whose test is killed is ended with its containers, and nothing of it stays', async () => {
    const other = await startDaemon();
    const name = await busyboxImage(other);
    await docker(other.socket, ['run', '-d', '--name', 'left', '--restart', 'always', name]);
    const { pid } = await other.engine.inspect('left');
    expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
    other.abandon();
    await expect.poll(() => existsSync(dirname(other.socket)), { timeout: 60_000 }).toBe(false);
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
  });
});
