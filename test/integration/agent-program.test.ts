import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { servicePolicy, serviceRoleName } from '../../src-main/openbao/policies.ts';
import { toolRole } from '../../src-main/openbao/roles.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { startChild, untilReady } from '../support/child.ts';
import { startOpenBao } from '../support/openbao.ts';
import { agentWorld, nameOf, responderSecret } from '../support/agent-world.ts';

const world = agentWorld();
const { file, config, write, leaf } = world;

describe('the program', () => {
  test('SIGHUP with a broken file keeps the old configuration; with a good one the new profile is issued', async () => {
    // What the command line overrules is overruled after a reload too (C27).
    const hmac = 'not the secret';
    await write({ hmac });
    const program = resolve('dist/console.cjs');
    const words = ['agent', '--config', config(), '--http-responder-hmac', responderSecret];
    const child = startChild(process.execPath, [program, ...words], { cwd: dirname(config()) });
    const says = (text: string) => async (): Promise<boolean> => child.output().includes(text);
    try {
      await untilReady(child, says('agent.log.hardened'));
      const first = sha256(await leaf());
      const good = await readFile(config(), 'utf8');
      await writeFile(config(), good.slice(0, good.length / 2));
      child.process.kill('SIGHUP');
      await untilReady(child, says('agent.log.reload_failed'));
      expect(child.process.exitCode).toBeNull();
      await write({ hmac, instances: ['001', '002'] });
      child.process.kill('SIGHUP');
      await untilReady(child, async () => (await stat(file('certs/002.crt'))).size > 0);
      expect(sha256(await leaf())).toBe(first);
      const lines = child.output().trim().split('\n');
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) as string });
      expect(child.output()).not.toContain(responderSecret);
    } finally {
      await child.stop();
    }
    expect(child.process.exitCode).toBe(0);
  });

  test('with an [openbao] table a request for a new certificate is met and reported done', async () => {
    const server = await startOpenBao();
    try {
      const root = server.openbao.withToken((await server.init()).rootToken);
      await root.mounts.enableKv2('secret');
      await root.auth.enableAppRole();
      const role = serviceRoleName('edge-proxy');
      await root.policies.write(role, servicePolicy('edge-proxy', 'secret'));
      await root.approle.write(role, toolRole(role));
      await writeFile(file('role_id'), await root.approle.roleId(role));
      await writeFile(file('secret_id'), (await root.approle.secretId(role)).secretId);
      await write({ newer: true });
      const table = `
[openbao]
url = "${server.url}"
role_id_path = "${file('role_id')}"
secret_id_path = "${file('secret_id')}"
state_path = "${file('state.json')}"
fast_poll_interval = "1s"
`;
      await writeFile(config(), (await readFile(config(), 'utf8')) + table);
      // With the wrong secret first: the agent is told the right one by OpenBao.
      await writeFile(config(), (await readFile(config(), 'utf8')).replace(responderSecret, 'out of date'));
      await root.kv.write('bootroot/services/edge-proxy/http_responder_hmac', { hmac: responderSecret });
      const args = [resolve('dist/console.cjs'), 'agent', '--config', config()];
      const child = startChild(process.execPath, args, { cwd: dirname(config()) });
      try {
        await untilReady(child, async () => (await leaf()).subjectAltName !== undefined);
        const before = sha256(await leaf());
        const path = 'bootroot/services/edge-proxy/reissue';
        const asked = { requested_at: '2030-01-01T00:00:00Z', requester: 'mina' };
        const { version } = await root.kv.write(path, asked);
        await untilReady(
          child,
          async () => (await root.kv.read(path))?.data['completed_version'] === version,
        );
        expect(sha256(await leaf())).not.toBe(before);
        expect(child.output()).not.toContain(responderSecret);
      } finally {
        await child.stop();
      }
      expect(child.process.exitCode).toBe(0);
    } finally {
      await server.stop();
    }
  });

  test('--oneshot answers 1 when a certificate could not be renewed, 0 with the right secret as a flag', async () => {
    await write({ hmac: 'not the secret' });
    const program = resolve('dist/console.cjs');
    const run = async (...more: string[]): Promise<number | null> => {
      const args = [program, 'agent', '--config', config(), '--oneshot', ...more];
      const child = startChild(process.execPath, args, { cwd: dirname(config()) });
      await untilReady(child, async () => child.process.exitCode !== null).catch(() => undefined);
      return child.process.exitCode;
    };
    expect(await run()).toBe(1);
    expect(await run('--http-responder-hmac', responderSecret)).toBe(0);
    expect((await leaf()).subjectAltName).toBe(`DNS:${nameOf()}`);
  });
});
