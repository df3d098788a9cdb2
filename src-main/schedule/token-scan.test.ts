import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scanForTokens, tokensIn } from './token-scan.ts';

const token = `hvs.${'Ab1'.repeat(10)}`;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scan-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test.each([
  ['0 3 * * * OPENBAO_ROOT_TOKEN=s.abc bootroot rotate --yes', 'OPENBAO_ROOT_TOKEN'],
  ["Environment='VAULT_TOKEN=x'", 'VAULT_TOKEN'],
  ['ExecStart=/usr/bin/bootroot rotate --root-token x', '--root-token'],
  [`0 3 * * * bao kv get -header X=${token}`, 'hvs.…'],
])('%s', (line, name) => {
  expect(tokensIn(`# first\n${line}\n`, 'f')).toEqual([{ path: 'f', line: 2, name }]);
});

test.each([
  '0 3 * * * OPENBAO_ROOT_TOKEN="$(cat /run/token)" bootroot rotate',
  'Environment=VAULT_TOKEN=%d/token',
  'ExecStart=/usr/bin/bootroot rotate --root-token-file /run/t',
  'Description=runs.every day',
  'Environment=VAULT_TOKEN=',
])('%s is none', (line) => {
  expect(tokensIn(line, 'f')).toEqual([]);
});

test('crontab, files, drop-ins and environment files are looked through; the value is not told', async () => {
  const unit = join(directory, 'a.service.d');
  await mkdir(unit);
  const environment = join(directory, 'elsewhere.env');
  await writeFile(environment, `\nBAO_TOKEN=${token}\n`);
  await writeFile(join(unit, 'token.conf'), `[Service]\nEnvironmentFile=-${environment}\n`);
  const found = await scanForTokens([unit, join(directory, 'missing')], () =>
    Promise.resolve(`0 3 * * * VAULT_TOKEN=${token} x`),
  );
  expect(found).toEqual({
    files: 2,
    findings: [
      { path: 'crontab -l', line: 1, name: 'VAULT_TOKEN' },
      { path: environment, line: 2, name: 'BAO_TOKEN' },
    ],
  });
  expect(JSON.stringify(found)).not.toContain(token);
});
