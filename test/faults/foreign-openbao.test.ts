import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import { emptyInstallation, type Installation } from '../support/installation.ts';

let stack: Installation;

beforeAll(async () => {
  stack = await emptyInstallation();
});
afterAll(() => stack?.stop());

test('an OpenBao that somebody else initialised while it was set up is refused, and undone without his keys', async () => {
  const killed = await stack.cli(['init', '--yes', '--json', ...stack.flags], {
    BOOTROOT_CONSOLE_TEST: '1',
    BOOTROOT_CONSOLE_FAULT: 'openbao:journaled:setup.local',
  });
  expect(killed.code).not.toBe(0);
  const inner = await stack.open('cli');
  const layout = await inner.console.required().topology.requireLayout();
  const stranger = createOpenBao({ url: `http://127.0.0.1:${layout.ports.openbao}` });
  await stranger.init({ shares: 1, threshold: 1 });

  const [operation] = await inner.call<Operation[]>('operations.list', {});
  const resumed = await inner.call<Operation>('operations.resume', { id: operation?.id });
  const ended = await inner.console.required().engine.waitFor(resumed.id);
  expect(ended.state).toBe('failed');
  expect(ended.error).toMatchObject({
    code: 'setup_foreign_openbao',
    changed: { key: 'error.changed.steps' },
  });
  // His store is not thrown away behind his back: it is still initialised.
  expect((await stranger.sealStatus()).initialised).toBe(true);

  const undone = await inner.call<Operation>('operations.undo', { id: operation?.id });
  expect((await inner.console.required().engine.waitFor(undone.id)).state).toBe('undone');
  expect(await inner.console.required().topology.anyRunning()).toBe(false);
});
