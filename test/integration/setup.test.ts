import { access, readFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { Ceremony, OpenBaoStatus } from '../../shared/contract/openbao.ts';
import type { Operation } from '../../shared/contract/operations.ts';
import { installation, type Installation, type InnerConsole } from '../support/installation.ts';

let stack: Installation | undefined;
vi.setConfig({ testTimeout: 300_000 });
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

const passphrase = 'a long enough passphrase';
const custodians = ['kim', 'lee', 'park'];

const addService = async ({ call, operate }: InnerConsole, serviceName: string): Promise<Operation> =>
  operate('service.add', await call('services.defaults', { serviceName }));

/** Every custodian takes the share and proves the note. Answers the shares. */
async function handOut({ call }: InnerConsole): Promise<string[]> {
  const shares: string[] = [];
  for (const index of custodians.keys()) {
    const { share } = await call<{ share: string }>('openbao.ceremonyReveal', { index, passphrase });
    const wrong = share.endsWith('000000') ? '111111' : '000000';
    await expect(
      call('openbao.ceremonyConfirm', { index, passphrase, lastCharacters: wrong }),
    ).rejects.toMatchObject({ code: 'ceremony_note_wrong' });
    await call('openbao.ceremonyConfirm', { index, passphrase, lastCharacters: share.slice(-6) });
    shares.push(share);
  }
  expect((await call<Ceremony>('openbao.ceremony')).state).toBe('done');
  return shares;
}

/** Restarts OpenBao's process: sealed, whoever looks. */
async function restarted({ console, call }: InnerConsole): Promise<void> {
  const { topology } = console.required();
  await topology.stopServer('openbao');
  await topology.startServer('openbao');
  expect((await call<OpenBaoStatus>('openbao.status')).sealed).toBe(true);
}

test('production: shares go to custodians, nothing is kept, and they unseal after a restart', async () => {
  stack = await installation(
    (defaults) => ({
      ...defaults,
      kind: 'production',
      custodians,
      ca: { ...defaults.ca, permittedNames: [defaults.domain] },
    }),
    { passphrase },
  );
  const inner = await stack.open();
  const { call } = inner;
  const { recoveryFile, unsealKeys } = stack.paths;
  const [setUp] = await call<Operation[]>('operations.list');
  const proved = setUp?.proofs.filter(({ outcome }) => outcome === 'proved').map(({ title }) => title.key);
  expect(proved).toEqual(
    expect.arrayContaining(['setup.proof.root_revoked', 'setup.proof.stepca', 'setup.proof.openbao']),
  );
  expect(setUp?.proofs.every(({ outcome }) => outcome === 'proved')).toBe(true);
  await expect(access(unsealKeys)).rejects.toThrow('ENOENT');
  expect((await readFile(recoveryFile, 'utf8')).startsWith('age-encryption.org/v1')).toBe(true);
  await expect(
    call('openbao.ceremonyReveal', { index: 0, passphrase: 'not this passphrase' }),
  ).rejects.toMatchObject({ code: 'wrong_passphrase' });
  const shares = await handOut(inner);
  await expect(access(recoveryFile)).rejects.toThrow('ENOENT');
  await restarted(inner);
  await expect(call('openbao.unsealFromDisk')).rejects.toMatchObject({ code: 'setup_shares_missing' });
  await call('openbao.unsealWithShare', { share: shares[2] });
  const open = await call<OpenBaoStatus>('openbao.unsealWithShare', { share: shares[0] });
  expect([open.sealed, open.session.state]).toEqual([false, 'live']);
  // The CA that may sign only names of its domain signs one of them.
  expect((await addService(inner, 'edge')).state).toBe('done');
});

test('a lab unseals from its file, and becomes production with new shares', async () => {
  stack = await installation();
  const inner = await stack.open();
  const { call, operate } = inner;
  await restarted(inner);
  expect((await call<OpenBaoStatus>('openbao.unsealFromDisk')).sealed).toBe(false);
  const old = (await readFile(stack.paths.unsealKeys, 'utf8')).trim().split('\n');
  const done = await operate('setup.to-production', { shares: 3, threshold: 2, custodians }, { passphrase });
  expect([done.state, done.error?.code]).toEqual(['done', undefined]);
  await expect(access(stack.paths.unsealKeys)).rejects.toThrow('ENOENT');
  const shares = await handOut(inner);
  expect(shares.filter((share) => old.includes(share))).toEqual([]);
  await restarted(inner);
  await call('openbao.unsealWithShare', { share: old[0] });
  await expect(call('openbao.unsealWithShare', { share: old[1] })).rejects.toMatchObject({
    code: 'openbao_shares_wrong',
  });
  await call('openbao.unsealReset');
  await call('openbao.unsealWithShare', { share: shares[1] });
  expect((await call<OpenBaoStatus>('openbao.unsealWithShare', { share: shares[2] })).sealed).toBe(false);
  expect((await addService(inner, 'edge')).state).toBe('done');
});
