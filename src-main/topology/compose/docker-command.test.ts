import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerCommand, type DockerCommand } from './docker-command.ts';

let directory: string;

/** The command `docker` on a path of its own: it says this and ends with 1. */
async function saying(text: string): Promise<DockerCommand> {
  const program = join(directory, 'docker');
  await writeFile(program, `#!/bin/sh\necho '${text}' >&2\nexit 1\n`);
  await chmod(program, 0o755);
  return dockerCommand({ PATH: directory });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'command-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test.each([
  ['unknown flag: --short', ['compose', 'version', '--short'], 'compose_no_plugin'],
  ['unknown shorthand flag: p in -p', ['compose', '-p', 'x', 'up'], 'compose_no_plugin'],
  ['docker: compose is not a docker command.', ['compose', 'up'], 'compose_no_plugin'],
  ['unknown flag: --nonsense', ['pull', '--nonsense'], 'compose_command'],
  [
    'Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
    ['pull', 'a:1'],
    'compose_no_image',
  ],
  [
    'Error response from daemon: manifest for a:1 not found: manifest unknown',
    ['pull', 'a:1'],
    'compose_no_image',
  ],
  ['Bind for 127.0.0.1:8200 failed: port is already allocated', ['compose', 'up'], 'compose_port'],
])('%s', async (text, args, code) => {
  await expect((await saying(text)).run(args)).rejects.toMatchObject({ code });
});

test('a host without the command is told so; the project of the shell is not passed on', async () => {
  const missing = dockerCommand({ PATH: '/nonexistent' });
  await expect(missing.run(['version'])).rejects.toMatchObject({ code: 'compose_no_command' });
  await saying('');
  await writeFile(join(directory, 'docker'), '#!/bin/sh\necho "[$COMPOSE_PROJECT_NAME] $DOCKER_HOST"\n');
  const environment = { PATH: directory, COMPOSE_PROJECT_NAME: 'another', DOCKER_HOST: 'unix:///d.sock' };
  expect(await dockerCommand(environment).run([])).toBe('[] unix:///d.sock\n');
});
