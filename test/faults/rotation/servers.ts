import { describe, expect, test } from 'vitest';
import type { ServerId } from '../../../src-main/topology/server-id.ts';
import { valueOf, type Rotated } from '../../support/rotation-world.ts';
import { begin, expectNamed, inputOf, mend, newest, secretsOf, type FaultStage } from './stage.ts';

const cases: readonly { server: ServerId; target: Rotated; step: string }[] = [
  { server: 'openbao', target: 'stepca-password', step: 'publish' },
  { server: 'openbao', target: 'db', step: 'role' },
  { server: 'openbao', target: 'responder-hmac', step: 'publish' },
  { server: 'openbao', target: 'approle-secret-id', step: 'mint' },
  { server: 'openbao', target: 'approle-secret-id', step: 'retire' },
  { server: 'openbao', target: 'trust-sync', step: 'hand-out' },
  { server: 'openbao', target: 'force-reissue', step: 'reissue' },
  { server: 'openbao', target: 'console-credentials', step: 'adopt' },
  { server: 'postgres', target: 'db', step: 'role' },
  { server: 'postgres', target: 'db', step: 'prove' },
  { server: 'postgres', target: 'stepca-password', step: 'restart' },
  { server: 'step-ca', target: 'force-reissue', step: 'reissue' },
  { server: 'responder', target: 'responder-hmac', step: 'responder' },
  { server: 'responder', target: 'responder-hmac', step: 'prove' },
  { server: 'openbao', target: 'eab', step: 'publish' },
  { server: 'responder', target: 'eab', step: 'prove' },
  { server: 'step-ca', target: 'acme-account-key', step: 'accounts' },
  { server: 'openbao', target: 'acme-account-key', step: 'accounts' },
  { server: 'postgres', target: 'acme-account-key', step: 'accounts' },
  { server: 'openbao', target: 'infra-tls', step: 'tls-postgres' },
  { server: 'postgres', target: 'infra-tls', step: 'tls-postgres' },
  { server: 'openbao', target: 'ca-key', step: 'publish' },
  { server: 'openbao', target: 'openbao-recovery', step: 'verify' },
];

/** SIGKILL of a server in the middle of a rotation, just before a step that needs it. */
export function serverFaults(stage: () => FaultStage): void {
  const topology = () => stage().inner.console.required().topology;

  async function killedAt(
    server: ServerId,
    kind: string,
    step: string,
    body: () => Promise<void>,
  ): Promise<void> {
    const { pid } = (await topology().statuses()).find(({ name }) => name === server) ?? {};
    if (pid === undefined) throw new Error(`${server} does not run`);
    Object.assign(process.env, {
      BOOTROOT_CONSOLE_TEST: '1',
      BOOTROOT_CONSOLE_FAULT: `${step}:before:${kind}`,
      BOOTROOT_CONSOLE_FAULT_PID: String(pid),
    });
    try {
      await body();
    } finally {
      for (const name of ['TEST', 'FAULT', 'FAULT_PID']) delete process.env[`BOOTROOT_CONSOLE_${name}`];
    }
    expect(await topology().isRunning(server)).toBe(false);
  }

  async function startAgain(server: ServerId): Promise<void> {
    await topology().startServer(server);
    if (server === 'openbao') {
      await stage().inner.call('openbao.unsealFromDisk');
      await topology().settle();
    }
  }

  describe('a server is killed in the middle of a rotation', () => {
    test.each(['stepca-password', 'db'] as const)('step-ca in %s, just restarted', async (target) => {
      const { inner } = stage();
      const before = await begin(stage(), target);
      const running = inner.operate(`rotate.${target}`, inputOf(target));
      const proving = async (): Promise<string | undefined> => {
        const [operation] = await inner.console.required().engine.list(1);
        const mine = operation?.kind === `rotate.${target}` ? operation.steps : [];
        return mine.find(({ id }) => id === 'prove')?.state;
      };
      await expect.poll(proving, { timeout: 30_000, interval: 5 }).toBe('running');
      const { pid } = (await topology().statuses()).find(({ name }) => name === 'step-ca') ?? {};
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      const ended = await running;
      await startAgain('step-ca');
      // The last call may have been answered just before.
      if (ended.state === 'done') await stage().world.whole();
      else {
        expectNamed(ended);
        await mend(stage(), target, before, false);
      }
    });

    test.each(cases.map((one, index) => ({ ...one, undo: index % 2 === 1 })))(
      '$server in $target, before $step',
      async ({ server, target, step, undo }) => {
        const before = await begin(stage(), target);
        const kind = `rotate.${target}`;
        await killedAt(server, kind, step, async () => {
          expectNamed(await stage().inner.operate(kind, inputOf(target), secretsOf(target)));
        });
        await startAgain(server);
        await mend(stage(), target, before, undo);
      },
    );

    const killings = [
      { action: 'switch', server: 'postgres', step: 'restart' },
      { action: 'abort', server: 'responder', step: 'reissue' },
      { action: 'begin', server: 'openbao', step: 'files' },
      { action: 'switch', server: 'responder', step: 'prove-issuer' },
      { action: 'reissue', server: 'step-ca', step: 'reissue' },
      { action: 'retire', server: 'openbao', step: 'publish' },
    ] as const;

    test('one server in each phase of the CA keys: the old one issues after an abort, the new one in the end', async () => {
      const { inner, world } = stage();
      const before = valueOf('ca-key', await world.held());
      expect((await inner.operate('rotate.ca-key', inputOf('ca-key'))).state).toBe('done');
      for (const { action, server, step } of killings) {
        if (action === 'retire') expect((await inner.operate('rotate.infra-tls', {})).state).toBe('done');
        await killedAt(server, 'rotate.ca-key', step, async () => {
          expectNamed(await inner.operate('rotate.ca-key', { action }));
        });
        await startAgain(server);
        const { engine } = inner.console.required();
        const { id } = await newest(stage());
        await inner.call('operations.resume', { id });
        const ended = await engine.waitFor(id);
        expect([action, server, ended.state, ended.error]).toEqual([action, server, 'done', undefined]);
        const now = valueOf('ca-key', await world.whole());
        if (action === 'abort') expect(now).toBe(before);
        if (action === 'retire') expect(now).not.toBe(before);
      }
    });
  });
}
