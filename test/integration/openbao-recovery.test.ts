import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ceremony } from '../../shared/contract/openbao.ts';
import type { Plan, Proof } from '../../shared/contract/operations.ts';
import type { RecoveryStatus } from '../../shared/contract/recovery.ts';
import { isConsoleError } from '../../shared/errors.ts';
import type { InitAnswer, OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { createOpenBao } from '../../src-main/openbao/openbao.ts';
import { breakGlassPolicy } from '../../src-main/openbao/policies.ts';
import { FileStage } from '../../src-main/operations/stage.ts';
import type { Run } from '../../src-main/operations/types.ts';
import {
  openbaoRecoveryDefinition,
  type RecoveryInput,
} from '../../src-main/rotation/recovery/definition.ts';
import { RecoveryDesk } from '../../src-main/rotation/recovery/desk.ts';
import { ShareCeremony } from '../../src-main/setup/ceremony/ceremony.ts';
import { openRecoveryFile } from '../../src-main/setup/local/share-keeper.ts';
import { ensureDirectory, readTextFile, writeFileAtomic } from '../../src-main/workspace/atomic.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { installation, leaks, type Installation } from '../support/installation.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';

const passphrase = 'correct horse battery staple';
const glassPolicy = 'bootroot-break-glass';

/** Seals the server and tries to open it with these shares. */
async function opensWith(bao: TestOpenBao, root: OpenBaoClient, shares: readonly string[]): Promise<boolean> {
  await root.seal();
  return bao.unseal(shares).then(
    () => true,
    () => false,
  );
}

describe.each(['rotate', 'legacy'] as const)('by the %s interface', (kind) => {
  let bao: TestOpenBao;
  let first: InitAnswer;
  let session: OpenBaoClient;
  let sessionToken: string;
  let directory: string;
  let paths: WorkspacePaths;
  let desk: RecoveryDesk;
  let ceremony: ShareCeremony;
  const settings = new Map<string, unknown>();

  beforeEach(async () => {
    bao = await startOpenBao({ legacyRecovery: kind === 'legacy' });
    first = await bao.init({ shares: 5, threshold: 3 });
    const root = bao.openbao.withToken(first.rootToken);
    await root.policies.write(glassPolicy, breakGlassPolicy());
    // The old interface asks for no token, and this one may not call the new.
    const policies = [kind === 'rotate' ? glassPolicy : 'default'];
    const { token } = await root.token.create({ policies, no_parent: true });
    sessionToken = token;
    session = bao.openbao.withToken(token);
    directory = await mkdtemp(join(tmpdir(), 'recovery-'));
    paths = new WorkspacePaths(directory);
    desk = new RecoveryDesk({ paths, openbao: () => bao.openbao, client: () => session }, Date.now);
    settings.clear();
    ceremony = new ShareCeremony({
      recoveryFile: paths.recoveryFile,
      settings: {
        read: async (name) => settings.get(name),
        write: async (name, value) => void settings.set(name, value),
      },
      audit: { append: async () => undefined },
      now: Date.now,
    });
  });
  afterEach(async () => {
    await desk?.close().catch(() => undefined);
    await bao?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const definition = () =>
    openbaoRecoveryDefinition({ paths, desk, ceremony, openbao: () => bao.openbao, now: Date.now });

  const input = (wanted: Partial<RecoveryInput>): RecoveryInput => definition().input.parse(wanted);

  function runOf(proofs: Omit<Proof, 'at'>[], operationId = 'op'): Run {
    return {
      operationId,
      signal: new AbortController().signal,
      stage: new FileStage(join(directory, 'stage'), operationId),
      log: () => undefined,
      progress: () => undefined,
      secret: () => passphrase,
      prove: (proof) => void proofs.push(proof),
      changed: () => undefined,
    };
  }

  async function perform(wanted: RecoveryInput): Promise<Record<string, string>> {
    const proofs: Omit<Proof, 'at'>[] = [];
    const run = runOf(proofs);
    const { steps, preconditions } = await definition().prepare(wanted);
    expect(preconditions.filter(({ met }) => !met)).toEqual([]);
    for (const step of steps) if (!(await step.check(run))) await step.apply(run);
    return Object.fromEntries(proofs.map(({ title, outcome }) => [title.key, outcome]));
  }

  const unmet = async (wanted: RecoveryInput): Promise<string[]> =>
    (await definition().prepare(wanted)).preconditions.filter(({ met }) => !met).map(({ id }) => id);

  test('custodians give their shares one at a time; the wrong one is found and the others are kept', async () => {
    const [a = '', b = '', c = '', d = ''] = first.keys;
    const wrong = `${b.slice(0, 10)}${b[10] === '0' ? '1' : '0'}${b.slice(11)}`;
    const shares = input({ unsealShares: { custodians: ['Ada', 'Bo', 'Cy'], threshold: 2 } });
    expect(await unmet(shares)).toEqual(['quorum']);

    await desk.shares.give(a);
    await expect(desk.shares.give('y')).rejects.toThrow('openbao_share_malformed');
    await expect(desk.shares.give(a)).rejects.toThrow('openbao_share_repeated');
    expect(desk.shares.status()).toMatchObject({ progress: 1, complete: false });
    await desk.shares.give(wrong);
    await expect(desk.shares.give(Buffer.from(c, 'hex').toString('base64'))).rejects.toThrow(
      'recovery_shares_differ',
    );
    expect(desk.shares.status()).toMatchObject({ progress: 3, doubtful: true, complete: false, wrong: [] });
    await desk.shares.give(d);
    expect(desk.shares.status()).toMatchObject({ progress: 3, complete: true, doubtful: false, wrong: [2] });
    await expect(desk.shares.give(b)).rejects.toThrow('recovery_complete');
    expect(await unmet(shares)).toEqual([]);
    // Asking changed nothing: nothing is under way.
    expect(await desk.access(async ({ kind: by, shares: s }) => [by, (await s.attempt()).started])).toEqual([
      kind,
      false,
    ]);
    desk.shares.reset();
    expect(desk.shares.status()).toEqual({ progress: 0, complete: false, doubtful: false, wrong: [] });
  });

  test('new shares for custodians: the new unseal, the old do not; nothing is left but the ceremony', async () => {
    for (const share of first.keys.slice(2)) await desk.shares.give(share);
    const proofs = await perform(
      input({ unsealShares: { custodians: ['Ada', 'Bo', 'Cy', 'Di'], threshold: 2 } }),
    );
    expect(proofs).toEqual({
      'recovery.proof.shares_new': 'proved',
      'recovery.proof.shares_old': 'proved',
    });
    expect(desk.shares.status().progress).toBe(0);
    const status: Ceremony = await ceremony.status();
    expect([status.state, status.threshold, status.custodians.map(({ name }) => name)]).toEqual([
      'open',
      2,
      ['Ada', 'Bo', 'Cy', 'Di'],
    ]);
    const root = bao.openbao.withToken(first.rootToken);
    const shares: string[] = [];
    for (const index of [0, 1, 2, 3]) {
      const { share } = await ceremony.reveal(index, passphrase, 'test');
      shares.push(share);
    }
    expect(await leaks(directory, new Map(shares.map((share) => [share, share])), () => false)).toEqual([]);
    expect(await opensWith(bao, root, first.keys)).toBe(false);
    await bao.unseal([shares[3] ?? '', shares[1] ?? '']);
    expect((await bao.openbao.sealStatus()).sealed).toBe(false);
    // The next recovery waits until these are handed out: the file is the only place where they are.
    await desk.shares.give(shares[0] ?? '');
    await desk.shares.give(shares[1] ?? '');
    expect(await unmet(input({ unsealShares: { custodians: [] } }))).toEqual(['ceremony']);
    for (const [index, share] of shares.entries())
      await ceremony.confirm(index, passphrase, share.slice(-6), 'test');
    expect(await unmet(input({ unsealShares: {} as never }))).toEqual([]);
    await expect(stat(paths.recoveryFile)).rejects.toThrow('ENOENT');
  });

  test('a root token that ends by itself, shown once; every other root token is ended', async () => {
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    const other = await bao.openbao
      .withToken(first.rootToken)
      .token.create({ policies: ['root'], no_parent: true });
    const proofs = await perform(input({ rootToken: { ttlMinutes: 15, revokeOthers: true } }));
    expect(proofs).toEqual({ 'recovery.proof.root_new': 'proved', 'recovery.proof.root_old': 'proved' });
    const token = desk.root.take();
    expect(() => desk.root.take()).toThrow('recovery_no_token');
    const root = bao.openbao.withToken(token);
    const { policies, ttl } = await root.token.lookupSelf();
    expect(policies).toEqual(['root']);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(15 * 60);
    for (const old of [first.rootToken, other.token])
      await expect(bao.openbao.withToken(old).token.lookupSelf()).rejects.toThrow('openbao_forbidden');
    expect(await leaks(directory, new Map([['token', token]]), () => false)).toEqual([]);
    await desk.root.revoke();
    await expect(root.token.lookupSelf()).rejects.toThrow('openbao_forbidden');
  });

  test('a console that died between making and showing: the lost token is ended by the next try', async () => {
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    const wanted = input({ rootToken: { ttlMinutes: 15, revokeOthers: false } });
    await perform(wanted);
    const lost = desk.root.take();
    // Another process: the same stage, an empty memory.
    desk = new RecoveryDesk({ paths, openbao: () => bao.openbao, client: () => session }, Date.now);
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    await perform(wanted);
    await expect(bao.openbao.withToken(lost).token.lookupSelf()).rejects.toThrow('openbao_forbidden');
    // Nobody asked to end the first one.
    expect((await bao.openbao.withToken(first.rootToken).token.lookupSelf()).policies).toEqual(['root']);
    const fresh = desk.root.take();
    expect((await bao.openbao.withToken(fresh).accessors.roots()).length).toBe(2);
    // And undo by a third process ends what the second one made.
    desk = new RecoveryDesk({ paths, openbao: () => bao.openbao, client: () => session }, Date.now);
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    const [step] = (await definition().prepare(wanted)).steps;
    await step?.undo?.(runOf([]));
    await expect(bao.openbao.withToken(fresh).token.lookupSelf()).rejects.toThrow('openbao_forbidden');
    expect((await bao.openbao.withToken(first.rootToken).accessors.roots()).length).toBe(1);
  });

  test("somebody else's attempt is refused and left alone", async () => {
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    const foreign = await desk.access(async ({ shares }) => {
      let nonce = '';
      await shares
        .propose({ shares: 3, threshold: 2 }, [first.keys[4] ?? ''], async (own) => {
          nonce = own;
          throw new Error('dead');
        })
        .catch(() => undefined);
      return nonce;
    });
    expect(foreign).not.toBe('');
    await expect(perform(input({ unsealShares: { custodians: ['A', 'B'], threshold: 2 } }))).rejects.toThrow(
      'recovery_busy',
    );
    const nonce = await desk.access(async ({ shares }) => (await shares.attempt()).nonce);
    expect(nonce).toBe(foreign);
    // Theirs waits for the new shares now, which looks like one without progress; ours was about to begin.
    await runOf([]).stage.write('attempt', 'begun');
    const waiting = await desk.access(async ({ shares }) => {
      await shares.cancel();
      return (await shares.propose({ shares: 3, threshold: 2 }, first.keys.slice(0, 3))).nonce;
    });
    await expect(perform(input({ unsealShares: { custodians: ['A', 'B'], threshold: 2 } }))).rejects.toThrow(
      'recovery_busy',
    );
    expect(await desk.access(async ({ shares }) => (await shares.attempt()).nonce)).toBe(waiting);
    expect(await readdir(dirname(paths.recoveryFile)).catch(() => [])).toEqual([]);
  });

  test('every write loses its answer once: it is tried again, and what holds in the end is what is kept', async () => {
    const proxy = await startFaultProxy({ target: bao.url });
    try {
      const lost = new Map<string, number>();
      // Of the writes to one path the first and the fourth lose their answers.
      const cutOff: Parameters<typeof proxy.plan>[0] = ({ method, path }) => {
        if (method !== 'POST') return undefined;
        const times = lost.get(path) ?? 0;
        lost.set(path, times + 1);
        return times % 3 === 0 && times < 6 ? { kind: 'drop-answer' } : undefined;
      };
      proxy.plan(cutOff);
      const openbao = createOpenBao({ url: proxy.url });
      const client = openbao.withToken(sessionToken);
      desk = new RecoveryDesk({ paths, openbao: () => openbao, client: () => client }, Date.now);
      let cuts = 0;
      const persist = async (job: () => Promise<unknown>): Promise<void> => {
        for (;;)
          try {
            await job();
            return;
          } catch (error) {
            expect(isConsoleError(error, 'openbao_unreachable')).toBe(true);
            cuts += 1;
          }
      };
      for (const share of first.keys.slice(0, 3)) await persist(() => desk.shares.give(share));
      const proofs: Omit<Proof, 'at'>[] = [];
      const run = runOf(proofs);
      const wanted = input({
        unsealShares: { custodians: ['Ada', 'Bo'], threshold: 2 },
        rootToken: { ttlMinutes: 15, revokeOthers: false },
      });
      const { steps } = await definition().prepare(wanted);
      proxy.plan(({ method, path }) =>
        method === 'POST' && path.endsWith('/init') ? { kind: 'drop-answer' } : undefined,
      );
      const underWay = () => desk.access(async ({ shares }) => (await shares.attempt()).started);
      const aborted = runOf([], 'aborted');
      await expect(steps[0]?.apply(aborted)).rejects.toThrow('openbao_unreachable');
      expect(await underWay()).toBe(true);
      await steps[0]?.undo?.(aborted);
      expect(await underWay()).toBe(false);
      proxy.plan(cutOff);
      for (const step of steps) await persist(async () => (await step.check(run)) || step.apply(run));
      expect(cuts).toBeGreaterThanOrEqual(6);
      expect([...new Set(proofs.map(({ outcome }) => outcome))]).toEqual(['proved']);
      const { keys } = await openRecoveryFile(await readFile(paths.recoveryFile), passphrase);
      const root = bao.openbao.withToken(first.rootToken);
      expect(await opensWith(bao, root, first.keys)).toBe(false);
      await bao.unseal(keys);
      // The first root token and the new one: what was lost on the way is ended.
      expect((await root.accessors.roots()).length).toBe(2);
    } finally {
      await proxy.stop();
    }
  });

  test('lab: the file with the shares is replaced as a whole, and undo before the quorum leaves it', async () => {
    const old = `${first.keys.join('\n')}\n`;
    await ensureDirectory(dirname(paths.unsealKeys), { mode: 0o700 });
    await writeFileAtomic(paths.unsealKeys, old, { mode: 0o600 });
    const wanted = input({ unsealShares: { shares: 4, threshold: 2, custodians: [] } });
    const [propose] = (await definition().prepare(wanted)).steps;
    const aborted = runOf([], 'aborted');
    await propose?.apply(aborted);
    await propose?.undo?.(aborted);
    expect(await readTextFile(paths.unsealKeys)).toBe(old);

    const proofs = await perform(wanted);
    expect(Object.values(proofs)).toEqual(['proved', 'proved']);
    const fresh = (await readTextFile(paths.unsealKeys)).trim().split('\n');
    expect(fresh).toHaveLength(4);
    expect((await stat(paths.unsealKeys)).mode & 0o777).toBe(0o600);
    const root = bao.openbao.withToken(first.rootToken);
    expect(await opensWith(bao, root, first.keys)).toBe(false);
    await bao.unseal(fresh.slice(2));
    expect(await opensWith(bao, root, fresh.slice(0, 2))).toBe(true);
  });

  test('a server that was restarted between making and proving has forgotten the attempt: it is made again', async () => {
    for (const share of first.keys.slice(0, 3)) await desk.shares.give(share);
    const wanted = input({ unsealShares: { custodians: ['Ada', 'Bo'], threshold: 2 } });
    const proofs: Omit<Proof, 'at'>[] = [];
    const run = runOf(proofs);
    const { steps } = await definition().prepare(wanted);
    const [propose, verify] = steps;
    await propose?.apply(run);
    const before = await openRecoveryFile(await readFile(paths.recoveryFile), passphrase);
    await bao.halt();
    await bao.resume();
    await bao.unseal(first.keys.slice(0, 3));
    await verify?.apply(run);
    expect(proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
    const after = await openRecoveryFile(await readFile(paths.recoveryFile), passphrase);
    expect(after.keys).not.toEqual(before.keys);
    await bao.openbao.withToken(first.rootToken).seal();
    await bao.unseal(after.keys);
    expect((await bao.openbao.sealStatus()).sealed).toBe(false);
  });
});

describe('an installation', () => {
  let lab: Installation;
  beforeAll(async () => {
    lab = await installation();
  });
  afterAll(() => lab?.stop());

  const fileShares = async (): Promise<string[]> =>
    (await readTextFile(lab.paths.unsealKeys)).trim().split('\n');

  test('from the command line: plan, new shares and a root token in a file, exit code 0', async () => {
    const before = await fileShares();
    const dry = await lab.must(['--dry-run', '--json', 'rotate', 'openbao-recovery', '--rotate-unseal-keys']);
    const { ok, plan } = JSON.parse(dry.stdout) as { ok: boolean; plan: Plan };
    expect([ok, plan.kind]).toEqual([true, 'rotate.openbao-recovery']);
    expect(plan.preconditions.map(({ id }) => id)).toEqual(expect.arrayContaining(['files', 'room']));
    expect(await fileShares()).toEqual(before);
    // What nobody would see is not made.
    await lab.must(['rotate', 'openbao-recovery', '--rotate-root-token'], 2);

    const output = join(dirname(lab.paths.root), 'recovery.json');
    const words = ['rotate', 'openbao-recovery', '--rotate-unseal-keys', '--rotate-root-token'];
    // A relative path once broke the tools' own way of recovery (C30).
    const given = relative(process.cwd(), output);
    const done = await lab.must([...words, '--root-token-ttl', '15', '--output', given]);
    const { root_token: token } = JSON.parse(await readTextFile(output)) as { root_token: string };
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    expect(done.stdout + done.stderr).not.toContain(token);
    const after = await fileShares();
    expect(after).not.toEqual(before);

    const openbao = createOpenBao({ url: (await readState(lab.paths.state)).openbao_url });
    const root = openbao.withToken(token);
    await root.seal();
    for (const share of before.slice(0, 2)) await openbao.unseal(share).catch(() => undefined);
    expect((await openbao.sealStatus()).sealed).toBe(true);
    await lab.must(['unseal']);
    expect((await openbao.sealStatus()).sealed).toBe(false);
    await root.token.revokeSelf();
    const secrets = new Map([['token', token], ...after.map((share) => [share, share] as const)]);
    expect(
      await leaks(lab.paths.root, secrets, (path) => path === 'secrets/openbao/unseal-keys.txt'),
    ).toEqual([]);
  });

  test('through the dispatcher: the token is shown once and can be revoked at once', async () => {
    const { call, operate, console } = await lab.open();
    const done = await operate('rotate.openbao-recovery', { rootToken: {} });
    expect([done.state, done.error]).toEqual(['done', undefined]);
    const status = await call<RecoveryStatus>('recovery.status');
    expect(status).toMatchObject({
      interface: 'rotate',
      sharesOnDisk: true,
      rootToken: { state: 'waiting' },
    });
    const { token } = await call<{ token: string }>('recovery.takeRootToken');
    await expect(call('recovery.takeRootToken')).rejects.toThrow('recovery_no_token');
    expect(JSON.stringify(await call('operations.show', { id: done.id }))).not.toContain(token);
    const after = await call<RecoveryStatus>('recovery.revokeRootToken');
    expect(after.rootToken).toBeUndefined();
    const openbao = createOpenBao({ url: (await readState(lab.paths.state)).openbao_url });
    await expect(openbao.withToken(token).token.lookupSelf()).rejects.toThrow('openbao_forbidden');
    await console.shutdown();
  });
});
