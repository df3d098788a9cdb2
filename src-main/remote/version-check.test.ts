import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { agentVersion, judgeVersion, stepCaVersion, type Versioned } from './version-check.ts';

test.each([
  ['openbao', '2.4.4', 'failed', 'version_old'],
  ['openbao', '2.5.5', 'ok', 'version'],
  ['openbao', 'OpenBao v2.7.2+ent', 'ok', 'version'],
  ['openbao', '3.0.0', 'failed', 'version_new'],
  ['stepca', '0.29.0', 'failed', 'version_old'],
  ['stepca', '0.30.2', 'ok', 'version'],
  ['stepca', '1.0.0', 'failed', 'version_new'],
  ['agent', 'bootroot 0.1.0', 'ok', 'version'],
  ['agent', 'bootroot 0.4.0', 'failed', 'version_new'],
  ['node', '18.20.4', 'failed', 'version_old'],
  ['openbao', 'unknown', 'skipped', 'version_untold'],
] satisfies [Versioned, string, string, string][])('%s %s: %s', (of, text, state, key) => {
  const { fix, ...finding } = judgeVersion(of, text);
  expect(finding).toMatchObject({ check: 'versions', state, what: { key: `remote.check.${key}` } });
  expect(fix?.key).toBe(state === 'failed' ? `remote.check.${key}_fix` : undefined);
});

test('a CA is asked for its version where step-ca tells it; another one has none', async () => {
  let body: string | undefined = '{"version":"0.29.0","requireClientAuthentication":true}';
  const server = createServer((request, answer) => {
    answer.writeHead(request.url === '/version' && body !== undefined ? 200 : 404);
    answer.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const ask = () =>
    stepCaVersion(
      `http://127.0.0.1:${String(port)}/acme/acme/directory`,
      undefined,
      AbortSignal.timeout(5_000),
    );
  try {
    expect(await ask()).toMatchObject({ state: 'failed', what: { params: { version: '0.29.0' } } });
    body = undefined;
    expect(await ask()).toMatchObject({ state: 'skipped' });
  } finally {
    server.close();
  }
});

test('an older agent of the tools does not do for a host that is served through OpenBao; without one it is this program', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'agent-version-'));
  const path = join(directory, 'bootroot-agent');
  try {
    await writeFile(path, '#!/bin/sh\necho bootroot 0.1.0\n');
    await chmod(path, 0o755);
    vi.stubEnv('PATH', `${directory}:${process.env['PATH'] ?? ''}`);
    expect(await agentVersion(true)).toMatchObject({ state: 'failed', what: { params: { from: '0.3' } } });
    expect(await agentVersion(false)).toMatchObject({ state: 'ok' });
    await rm(path);
    expect(await agentVersion(true)).toMatchObject({ state: 'ok', what: { params: { title: 'Node' } } });
  } finally {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  }
});
