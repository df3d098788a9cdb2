import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operation, Proof } from '../../shared/contract/operations.ts';
import { newEcKey } from '../../src-main/acme/keys.ts';
import type { OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { FileStage } from '../../src-main/operations/stage.ts';
import type { Run, Step } from '../../src-main/operations/types.ts';
import { accountsAt, type WithAccount } from '../../src-main/rotation/account-keys/accounts.ts';
import { accountKeysDefinition } from '../../src-main/rotation/account-keys/definition.ts';
import type { RotationContext } from '../../src-main/rotation/context.ts';
import { ensureDirectory, readTextFile, writeFileAtomic } from '../../src-main/workspace/atomic.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { installation, leaks, type Installation } from '../support/installation.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { startPebble, type Pebble } from '../support/pebble.ts';

describe('a CA that changes keys (pebble)', () => {
  let bao: TestOpenBao;
  let pebble: Pebble;
  let root: OpenBaoClient;
  let directory: string;
  let paths: WorkspacePaths;
  let at: WithAccount;
  const file = (id: string): string => join(paths.console, 'acme', `${id}.key`);
  const known = (key: string): Promise<boolean> => at(key, (session) => session.findAccount());

  beforeAll(async () => {
    bao = await startOpenBao();
    root = bao.openbao.withToken((await bao.init()).rootToken);
    await root.mounts.enableKv2('secret');
    pebble = await startPebble({ httpPort: 1, dns: '127.0.0.1:1' });
    await root.kv.write('bootroot/ca', { trusted_ca_sha256: [], ca_bundle_pem: pebble.ca });
    directory = await mkdtemp(join(tmpdir(), 'accounts-'));
    paths = new WorkspacePaths(directory);
    at = await accountsAt(context().services);
    await ensureDirectory(paths.console, { mode: 0o700 });
    await ensureDirectory(join(paths.console, 'acme'), { mode: 0o700 });
  });
  afterAll(async () => {
    await pebble?.stop();
    await bao?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const context = (): RotationContext => ({
    services: {
      paths,
      openbao: bao.openbao,
      kvMount: 'secret',
      client: () => root,
      endpoints: async () => ({
        directoryUrl: pebble.directoryUrl,
        responderAdminUrl: 'http://127.0.0.1:1',
        httpPort: 80,
        domain: 'trusted.domain',
      }),
      localPins: async () => [],
      evidence: { read: async () => new Map(), write: async () => undefined, remove: async () => undefined },
      now: Date.now,
    },
    topology: {
      managed: async () => false,
      restartStepCa: async () => undefined,
      reloadResponder: async () => false,
    },
    secretIds: () => Promise.reject(new Error('not asked')),
    adopt: async () => undefined,
  });

  function runOf(id: string, proofs: Omit<Proof, 'at'>[] = []): Run {
    return {
      operationId: id,
      signal: new AbortController().signal,
      stage: new FileStage(join(directory, 'stage'), id),
      log: () => undefined,
      progress: () => undefined,
      secret: () => '',
      prove: (proof) => void proofs.push(proof),
      changed: () => undefined,
    };
  }
  const steps = async (): Promise<readonly Step[]> =>
    (await accountKeysDefinition(context()).prepare({})).steps;

  test('the account goes on under a new key, the old one is refused; undo turns it back', async () => {
    const [used, unused] = [newEcKey(), newEcKey()];
    await writeFileAtomic(file('used'), used, { mode: 0o600 });
    await writeFileAtomic(file('unused'), unused, { mode: 0o600 });
    const url = await at(used, (session) => session.openAccount());

    const proofs: Omit<Proof, 'at'>[] = [];
    const run = runOf('one', proofs);
    const [step] = await steps();
    await step?.apply(run);
    expect(proofs.map(({ title, outcome }) => `${title.key} ${outcome}`)).toEqual([
      'account_keys.proof.new proved',
      'account_keys.proof.old proved',
    ]);
    const fresh = await readTextFile(file('used'));
    expect(fresh).not.toBe(used);
    expect(await readTextFile(file('unused'))).not.toBe(unused);
    expect((await stat(file('used'))).mode & 0o777).toBe(0o600);
    expect([await known(used), await known(fresh), await known(unused)]).toEqual([false, true, false]);
    // It is the same account, not a second one.
    expect(await at(fresh, (session) => session.openAccount())).toBe(url);
    // Again: nothing is lost, nothing changes twice.
    await step?.apply(run);
    expect(await readTextFile(file('used'))).toBe(fresh);

    await step?.undo?.(run);
    expect(await readTextFile(file('used'))).toBe(used);
    expect(await readTextFile(file('unused'))).toBe(unused);
    expect([await known(used), await known(fresh)]).toEqual([true, false]);
  });

  test('a console that died after the CA had changed the key and before its file was written', async () => {
    const old = newEcKey();
    await writeFileAtomic(file('used'), old, { mode: 0o600 });
    await at(old, (session) => session.openAccount());
    const run = runOf('two');
    const [step] = await steps();
    await step?.apply(run);
    const fresh = await readTextFile(file('used'));
    await writeFileAtomic(file('used'), old, { mode: 0o600 });
    await step?.apply(run);
    expect(await readTextFile(file('used'))).toBe(fresh);
    expect([await known(old), await known(fresh)]).toEqual([false, true]);
  });

  test('a closed account is refused too', async () => {
    const key = newEcKey();
    await at(key, (session) => session.openAccount());
    expect(await known(key)).toBe(true);
    await at(key, (session) => session.deactivate());
    expect(await known(key)).toBe(false);
  });
});

describe('an installation with step-ca', () => {
  let lab: Installation;
  beforeAll(async () => {
    lab = await installation();
    await lab.must(['service', 'add', 'edge']);
  });
  afterAll(() => lab?.stop());
  const key = (): Promise<string> => readTextFile(join(lab.paths.console, 'acme', 'edge.key'));

  test('killed at every moment, resumed or undone: one account key, accepted, and orders go on', async () => {
    for (const moment of ['before', 'after'] as const) {
      const before = await key();
      const killed = await lab.cli(['rotate', 'acme-account-key'], {
        BOOTROOT_CONSOLE_TEST: '1',
        BOOTROOT_CONSOLE_FAULT: `accounts:${moment}:rotate.acme-account-key`,
      });
      expect(killed.signal).toBe('SIGKILL');
      const { id } = await lab.last();
      await lab.must(['operations', moment === 'before' ? 'undo' : 'resume', id]);
      if (moment === 'before') expect(await key()).toBe(before);
      else expect(await key()).not.toBe(before);
      await lab.must(['rotate', 'force-reissue', 'edge']);
      expect(await readdir(join(lab.paths.secrets, '.staging')).catch(() => [])).toEqual([]);
    }
  });

  test('step-ca: the old key is refused, the new one orders', async () => {
    const before = await key();
    const done = await lab.must(['--json', 'rotate', 'acme-account-key']);
    const { operation } = JSON.parse(done.stdout) as { operation: Operation };
    expect(operation.proofs.map(({ title, outcome }) => `${title.key} ${outcome}`)).toEqual([
      'account_keys.proof.new proved',
      'account_keys.proof.old proved',
    ]);
    expect(await key()).not.toBe(before);
    await lab.must(['rotate', 'force-reissue', 'edge']);
    const body = (await key()).split('\n')[1] ?? '';
    const kept = (path: string): boolean => path === join('.console', 'acme', 'edge.key');
    expect(await leaks(lab.paths.root, new Map([['key', body]]), kept)).toEqual([]);
  });
});
