import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenBao, type OpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { readTextFile } from '../../src-main/workspace/atomic.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { installation, type Installation } from '../support/installation.ts';
import { moments, momentsFor } from '../support/moments.ts';

let stack: Installation;
let openbao: OpenBao;
let serial = 0;
const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);

beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  openbao = createOpenBao({ url: (await readState(stack.paths.state)).openbao_url });
});
afterAll(() => stack?.stop());

const shares = async (): Promise<string[]> => (await readTextFile(stack.paths.unsealKeys)).trim().split('\n');
const staging = (): Promise<string[]> => readdir(join(stack.paths.secrets, '.staging')).catch(() => []);

/** A root token for the time of an action; others are left alone, so that one that was lost would be seen. */
async function asRoot<T>(action: (root: OpenBaoClient) => Promise<T>): Promise<T> {
  serial += 1;
  const output = join(dirname(stack.paths.root), `root-${serial}.json`);
  await stack.must([
    ...['rotate', 'openbao-recovery', '--rotate-root-token', '--keep-other-root-tokens'],
    ...['--output', output],
  ]);
  const root = openbao.withToken(
    (JSON.parse(await readTextFile(output)) as { root_token: string }).root_token,
  );
  try {
    return await action(root);
  } finally {
    await root.token.revokeSelf();
  }
}

async function opens(keys: readonly string[]): Promise<boolean> {
  await openbao.unsealReset();
  for (const key of keys.slice(0, 2)) await openbao.unseal(key).catch(() => undefined);
  return !(await openbao.sealStatus()).sealed;
}

/** The file's shares open OpenBao and those of before do not, unless they are the same; no root token is left over. */
async function whole(before: readonly string[]): Promise<string[]> {
  const now = await shares();
  await asRoot(async (root) => {
    expect((await root.accessors.roots()).length).toBe(1);
    await root.seal();
    if (now.join() !== before.join()) expect(await opens(before)).toBe(false);
    expect(await opens(now)).toBe(true);
    await expect.poll(async () => (await openbao.health()).standby, { timeout: 60_000 }).toBe(false);
  });
  expect(await staging()).toEqual([]);
  return now;
}

const words = ['rotate', 'openbao-recovery', '--rotate-unseal-keys', '--rotate-root-token', '--output'];

/** Ends what was interrupted: both ways where there are two. Answers whether the new shares hold. */
async function finish(undo: boolean): Promise<'undone' | 'done' | 'nothing'> {
  const operation = await stack.last();
  if (operation.state !== 'interrupted') return 'nothing';
  const way = undo && operation.canUndo ? 'undo' : 'resume';
  await stack.must(['operations', way, operation.id]);
  return way === 'undo' ? 'undone' : 'done';
}

test.each(['propose', 'verify', 'keep', 'root-token', 'prove'])(
  'openbao-recovery: killed at %s',
  async (step) => {
    for (const [late, moment] of moments.entries()) {
      // Behind its last step nothing can be made good any more: a token that nobody saw ends by itself.
      if (step === 'prove' && moment === 'journaled') continue;
      const before = await shares();
      const output = join(dirname(stack.paths.root), `lost-${step}-${moment}.json`);
      const killed = await stack.cli([...words, output], {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:rotate.openbao-recovery`,
      });
      expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
      const end = await finish((late + seed) % 2 === 1);
      const after = await whole(before);
      expect([step, moment, end, after.join() === before.join()]).toEqual([
        step,
        moment,
        end,
        end === 'undone',
      ]);
    }
  },
);

test('openbao-recovery: killed at any instant', async () => {
  let state = seed;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let count = 0; count < 2; count += 1) {
    const before = await shares();
    const output = join(dirname(stack.paths.root), `instant-${count}.json`);
    await stack.cli([...words, output], {}, { killAfterMs: 1_000 + Math.floor(next() * 4_000) });
    await finish(next() < 0.5);
    // One that was complete has shown its token to nobody who kept it; it ends by itself, and here at once.
    const late = await readTextFile(output).catch(() => undefined);
    if (late !== undefined)
      await openbao
        .withToken((JSON.parse(late) as { root_token: string }).root_token)
        .token.revokeSelf()
        .catch(() => undefined);
    await whole(before);
  }
});

const pair = (fill: number) => ({
  EAB_KID: `kid-${fill}`,
  EAB_HMAC: Buffer.alloc(32, fill).toString('base64url'),
});

test('eab: killed at every step, one pair everywhere', async () => {
  let fill = 1;
  let current: { EAB_KID: string; EAB_HMAC: string } | undefined;
  for (const [index, step] of ['trial', 'publish', 'files', 'prove'].entries())
    for (const [late, moment] of momentsFor(index, seed).entries()) {
      fill += 1;
      const given = pair(fill);
      const killed = await stack.cli(['rotate', 'eab'], {
        ...given,
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:rotate.eab`,
      });
      expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
      const undo = (index + late + seed) % 2 === 1;
      const { id, canUndo } = await stack.last();
      const way = undo && canUndo ? 'undo' : 'resume';
      const ended = await stack.cli(['operations', way, id], given);
      expect([step, moment, way, ended.code]).toEqual([step, moment, way, 0]);
      if (way === 'resume') current = given;
      const toml = await readTextFile(stack.paths.resolve('agent-edge.toml'));
      expect(toml.includes('[eab]')).toBe(current !== undefined);
      if (current !== undefined) expect(toml).toContain(current.EAB_HMAC);
      const json = await readTextFile(stack.paths.serviceSecret('edge', 'eab.json')).catch(() => undefined);
      expect(json === undefined ? undefined : (JSON.parse(json) as object)).toEqual(
        current === undefined ? undefined : { kid: current.EAB_KID, hmac: current.EAB_HMAC },
      );
      expect(await staging()).toEqual([]);
    }
});
