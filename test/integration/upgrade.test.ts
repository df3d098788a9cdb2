import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Operation, Plan } from '../../shared/contract/operations.ts';
import type { Versions } from '../../shared/contract/upgrade.ts';
import { ensureServer } from '../../src-main/servers/ensure-server.ts';
import { findServer } from '../../src-main/servers/find-server.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { emptyInstallation, type Answer, type Installation } from '../support/installation.ts';

const old = await findServer('postgres', { major: 15 });
const why = old === undefined ? 'no PostgreSQL 15 (Debian: postgresql)' : undefined;

/** The last line of a command that was asked for JSON. */
const json = <T>({ stdout }: Answer): T => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
const there = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describeUnless(why, 'servers of an installation, from what runs to what is wanted', () => {
  let stack: Installation;

  const versions = async (): Promise<Record<string, string | undefined>> => {
    const { servers } = json<Versions>(await stack.cli(['infra', 'upgrade', '--json']));
    return Object.fromEntries(servers.map(({ server, version }) => [server, version]));
  };
  /** Dies at this moment of an operation, and answers what the journal says of it. */
  const killed = async (moment: string, ...words: string[]): Promise<Operation> => {
    const fault = { BOOTROOT_CONSOLE_TEST: '1', BOOTROOT_CONSOLE_FAULT: moment };
    const answer = await stack.cli(words, fault);
    expect(answer.signal, `${answer.stdout}\n${answer.stderr}`).toBe('SIGKILL');
    const last = await stack.last();
    expect(last.state).toBe('interrupted');
    return last;
  };
  const proofs = ({ proofs: all }: Operation): string[] =>
    all.filter(({ outcome }) => outcome === 'proved').map(({ title }) => title.key);

  beforeAll(async () => {
    const bao = await ensureServer('openbao', { version: '2.6.2' });
    stack = await emptyInstallation();
    const programs = {
      BOOTROOT_CONSOLE_OPENBAO_BIN: bao.path,
      BOOTROOT_CONSOLE_POSTGRES_BIN: old?.path ?? '',
    };
    const made = await stack.cli(['init', '--kind', 'lab', ...stack.flags], programs);
    expect(made.code, made.stderr).toBe(0);
    await stack.must(['service', 'add', 'edge']);
  });
  afterAll(() => stack?.stop());

  it('says what runs and what is known of it, and refuses what is not newer', async () => {
    const { servers, order } = json<Versions>(await stack.must(['infra', 'upgrade', '--json']));
    expect(order.slice(0, 3)).toEqual(['PostgreSQL', 'OpenBao', 'step-ca']);
    expect(servers.map(({ server }) => server)).toEqual(['postgres', 'openbao', 'step-ca']);
    const openbao = servers.find(({ server }) => server === 'openbao');
    expect(openbao).toMatchObject({ version: '2.6.2', choices: ['2.7.2', '2.7.1', '2.7.0'] });
    expect(openbao?.remarks.map(({ text }) => text.key)).toContain('upgrade.known.ended');
    const refused = await stack.cli(['infra', 'upgrade', 'openbao', '--to', '2.6.1']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('2.6.1 is not newer than 2.6.2');
  });

  it('OpenBao, killed at its worst, goes back by undo with everything it had', async () => {
    const { id } = await killed('start:after', 'infra', 'upgrade', 'openbao');
    await stack.must(['operations', 'undo', id]);
    expect((await versions())['openbao']).toBe('2.6.2');
    await stack.must(['verify', '--service-name', 'edge']);
    expect(await there(join(stack.paths.local, 'former', 'openbao'))).toBe(false);
  });

  it('OpenBao, killed again, is resumed: opened by the same shares, every key compared', async () => {
    const { id } = await killed('keep:after', 'infra', 'upgrade', 'openbao');
    await stack.must(['operations', 'resume', id]);
    expect((await versions())['openbao']).toBe('2.7.2');
    const wanted = ['version', 'unsealed', 'keys', 'authority', 'leaf'].map(
      (word) => `upgrade.proof.${word}`,
    );
    expect(proofs(await stack.last())).toEqual(
      expect.arrayContaining([...wanted, 'rotation.proof.issuance']),
    );
  });

  it('until it is confirmed there is a way back, which names what would be lost', async () => {
    await stack.must(['rotate', 'responder-hmac']);
    const { plan } = json<{ plan: Plan }>(
      await stack.must(['infra', 'go-back', 'openbao', '--dry-run', '--json']),
    );
    const lost = plan.steps.flatMap(({ effects }) => effects).filter(({ kind }) => kind === 'openbao');
    expect(lost).toEqual(
      expect.arrayContaining([expect.objectContaining({ path: 'bootroot/responder/hmac' })]),
    );
    expect((await stack.cli(['infra', 'upgrade', 'openbao'])).code).toBe(3);
    await stack.must(['infra', 'confirm', 'openbao']);
    expect(await there(join(stack.paths.local, 'former', 'openbao'))).toBe(false);
    expect((await stack.cli(['infra', 'go-back', 'openbao'])).code).toBe(3);
  });

  it('PostgreSQL crosses its major version by dump and restore, and goes back', async () => {
    const { id } = await killed('convert:after', 'infra', 'upgrade', 'postgres');
    await stack.must(['operations', 'resume', id]);
    expect((await versions())['postgres']).toMatch(/^18\./);
    expect(proofs(await stack.last())).toEqual(
      expect.arrayContaining(['upgrade.proof.version', 'upgrade.proof.tables', 'rotation.proof.issuance']),
    );
    await stack.must(['infra', 'go-back', 'postgres']);
    expect((await versions())['postgres']).toMatch(/^15\./);
    await stack.must(['verify', '--service-name', 'edge', '--db-check']);
  });
});
