import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requirePlace } from './rotate-place.ts';

let workDir: string;
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'place-'));
  const state = { openbao_url: 'https://bao.example:8200', kv_mount: 'secret', services: {} };
  await writeFile(join(workDir, 'state.json'), JSON.stringify(state));
});
afterEach(() => rm(workDir, { recursive: true }));

test('what the installation says itself is taken, from wherever the line runs', async () => {
  const same = {
    composeFile: 'docker-compose.yml',
    openbaoUrl: 'https://BAO.example:8200/',
    kvMount: 'secret',
    secretsDir: './secrets',
  };
  await requirePlace({ workDir }, same, workDir);
  await requirePlace({ workDir }, { secretsDir: join(workDir, 'secrets') }, '/');
  await requirePlace({ workDir: undefined }, {});
});

test.each([
  [{ openbaoUrl: 'http://bao.example:8200' }, '--openbao-url'],
  [{ kvMount: 'other' }, '--kv-mount'],
  [{ secretsDir: 'elsewhere' }, '--secrets-dir'],
  [{ composeFile: '../docker-compose.yml' }, '--compose-file'],
] as const)('%j would be another installation, and is refused', async (options, flag) => {
  await expect(requirePlace({ workDir }, options, workDir)).rejects.toMatchObject({
    code: 'cli_other_place',
    data: { params: { flag } },
  });
});

test('without an installation there is nothing to compare with', async () => {
  await expect(requirePlace({ workDir: undefined }, { kvMount: 'secret' })).rejects.toThrow('cli_usage');
});
