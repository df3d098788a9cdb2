import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startChild } from '../../support/child.ts';
import { valueOf, type Rotated } from '../../support/rotation-world.ts';
import {
  allTargets,
  begin,
  consoleProgram,
  environmentOf,
  expectNamed,
  inputOf,
  mend,
  newest,
  secretsOf,
  wordsOf,
  type FaultStage,
} from './stage.ts';

/** Two at once, an agent that works meanwhile, and clocks that jumped. */
export function meetingFaults(stage: () => FaultStage): void {
  describe('two at once', () => {
    test('one rotates, the other is refused with 3 and changes nothing', async () => {
      const { stack, world } = stage();
      const before = await world.held();
      const answers = await Promise.all(
        [1, 2, 3].map(() => stack.cli([...wordsOf('responder-hmac'), '--json'])),
      );
      expect(answers.map(({ code }) => code).filter((code) => code !== 0 && code !== 3)).toEqual([]);
      const done = answers.filter(({ code }) => code === 0).length;
      expect(done).toBeGreaterThan(0);
      for (const { code, stdout } of answers)
        if (code === 3)
          expect(['operation_running', 'cli_precondition', 'plan_changed']).toContain(
            (JSON.parse(stdout) as { error: { code: string } }).error.code,
          );
      const after = await world.whole();
      expect(after.hmacs[0]).not.toBe(before.hmacs[0]);
    });

    test('an operation that is under way elsewhere is neither resumed nor undone', async () => {
      const { stack, inner, world } = stage();
      const hold = join(dirname(stack.paths.root), 'hold');
      await writeFile(hold, '');
      const running = stack.cli(wordsOf('stepca-password'), {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: 'restart:before:rotate.stepca-password',
        BOOTROOT_CONSOLE_FAULT_HOLD: hold,
      });
      try {
        const { engine } = inner.console.required();
        await expect.poll(async () => (await engine.list(1))[0]?.state, { timeout: 20_000 }).toBe('running');
        const { id } = await newest(stage());
        for (const way of ['resume', 'undo'])
          await expect(inner.call(`operations.${way}`, { id })).rejects.toMatchObject({
            code: 'operation_running',
          });
      } finally {
        await rm(hold);
      }
      expect((await running).code).toBe(0);
      await world.whole();
    });
  });

  describe('one that was killed half-way, and another instead of a resume', () => {
    /** Kills the command line at a moment of a step; answers what was held before and what is left of the operation. */
    async function killed(target: Rotated, at: string) {
      const { stack } = stage();
      const before = await begin(stage(), target);
      const { signal } = await stack.cli(wordsOf(target), {
        ...environmentOf(target),
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${at}:rotate.${target}`,
      });
      expect([target, signal]).toEqual([target, 'SIGKILL']);
      return { before, id: (await newest(stage())).id };
    }

    test.each([
      { target: 'stepca-password', at: 'publish:after' },
      { target: 'stepca-password', at: 'restart:before' },
      { target: 'responder-hmac', at: 'agents:before' },
      { target: 'eab', at: 'files:before' },
      { target: 'infra-tls', at: 'tls-postgres:after' },
    ] as const)(
      '$target at $at: the new one takes over, the old one cannot come back',
      async ({ target, at }) => {
        const { inner, world } = stage();
        const { before, id } = await killed(target, at);
        await begin(stage(), target);
        const later = await inner.operate(`rotate.${target}`, inputOf(target), secretsOf(target));
        expect([later.state, later.error]).toEqual(['done', undefined]);
        const after = await world.whole();
        expect(await world.accepts(target, valueOf(target, before), after)).toBe(false);
        for (const way of ['resume', 'undo'])
          await expect(inner.call(`operations.${way}`, { id })).rejects.toMatchObject({
            code: `cannot_${way}`,
          });
        expect(valueOf(target, await world.held())).toBe(valueOf(target, after));
      },
    );

    test.each([
      { target: 'approle-secret-id', at: 'deliver:after' },
      { target: 'acme-account-key', at: 'accounts:before' },
    ] as const)(
      '$target at $at: a new one has to wait, for an old secret would live on',
      async ({ target, at }) => {
        const { stack } = stage();
        const { before, id } = await killed(target, at);
        const refused = await stack.cli([...wordsOf(target), '--json']);
        expect([refused.code, refused.stdout.includes(id)]).toEqual([3, true]);
        await mend(stage(), target, before, false);
      },
    );
  });

  describe('an agent that renews all the time', () => {
    test('neither breaks a rotation nor is broken by one', async () => {
      const { stack, inner, world } = stage();
      const config = stack.paths.resolve('agents/edge/agent.toml');
      const own = await readFile(config, 'utf8');
      const eager = own.replace('[openbao]\n', '[openbao]\nfast_poll_interval = "1s"\n');
      expect(eager).not.toBe(own);
      await writeFile(config, eager);
      const agent = startChild(process.execPath, [consoleProgram, 'agent', '--config', config], {
        env: { LANG: 'C.UTF-8' },
      });
      // Asked for a new certificate over and over, as fast as it looks.
      let asked = Promise.resolve();
      const ask = async (): Promise<void> => {
        const { kv } = inner.console.required().services.client();
        await kv.write('bootroot/services/edge/reissue', { requested_at: new Date().toISOString() });
      };
      const asking = setInterval(() => {
        asked = asked.then(ask).catch(() => undefined);
      }, 1_500);
      const leaf = async (): Promise<string | undefined> => (await world.held()).leaves[0];
      try {
        const first = await leaf();
        await expect.poll(leaf, { timeout: 60_000 }).not.toBe(first);
        for (const target of allTargets) {
          const before = await begin(stage(), target);
          const ended = await inner.operate(`rotate.${target}`, inputOf(target));
          if (ended.state === 'done') continue;
          // Whatever the agent did in between is named, and a resume gets through.
          expectNamed(ended);
          await inner.call('operations.resume', { id: ended.id });
          const resumed = await inner.console.required().engine.waitFor(ended.id);
          expect([target, resumed.state, resumed.error]).toEqual([target, 'done', undefined]);
          expect(valueOf(target, await world.held())).not.toBe(valueOf(target, before));
        }
        expect(agent.process.exitCode).toBeNull();
        const last = await leaf();
        await expect.poll(leaf, { timeout: 60_000 }).not.toBe(last);
      } finally {
        clearInterval(asking);
        await asked;
        await agent.stop();
      }
      const now = await readFile(config, 'utf8');
      await writeFile(config, now.replace('fast_poll_interval = "1s"\n', ''));
      await world.whole();
    });
  });

  describe('a clock that jumped', () => {
    test.each([
      { target: 'responder-hmac', by: '+2h', named: true },
      { target: 'responder-hmac', by: '-2h', named: true },
      { target: 'approle-secret-id', by: '-3h', named: false },
      { target: 'approle-secret-id', by: '+20h', named: false },
      { target: 'db', by: '+2h', named: true },
    ] as const)('$target at $by: done, or named and resumed on time', async ({ target, by, named }) => {
      const { stack, inner, world } = stage();
      const before = await begin(stage(), target);
      const answer = await stack.cli([...wordsOf(target), '--json'], {}, { under: ['faketime', '-f', by] });
      // Before the certificate of step-ca begins nothing is tried.
      if (answer.code === 3 && by === '-2h') return;
      expect([0, 1]).toContain(answer.code);
      const { operation } = JSON.parse(answer.stdout) as {
        operation: { id: string; error?: { code: string } };
      };
      if (named) expect([answer.code, operation.error?.code]).toEqual([1, 'responder_clock']);
      if (answer.code === 1) {
        await inner.call('operations.resume', { id: operation.id });
        const ended = await inner.console.required().engine.waitFor(operation.id);
        expect([ended.state, ended.error]).toEqual(['done', undefined]);
      }
      const after = await world.whole();
      expect(await world.accepts(target, valueOf(target, before), after)).toBe(false);
    });
  });
}
