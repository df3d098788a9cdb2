import { X509Certificate } from 'node:crypto';
import { chmod, chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Drift } from '../../shared/contract/drift.ts';
import type { AuditDevices, CaDatabase, Issued } from '../../shared/contract/health.ts';
import type { Plan } from '../../shared/contract/operations.ts';
import { rotatedFiles } from '../../src-main/health/audit-devices/rotated.ts';
import { withDatabase } from '../../src-main/health/ca-database/database.ts';
import { countEnded, type AcmeKind } from '../../src-main/postgres/step-ca-acme.ts';
import type { OpenBao, OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import type { RotationContext } from '../../src-main/rotation/context.ts';
import { TopologyPaths } from '../../src-main/topology/topology-paths.ts';
import type { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';
import { momentsFor } from '../support/moments.ts';

let stack: Installation;
let inner: InnerConsole;
beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  inner = await stack.open();
});
afterAll(() => stack?.stop());

/** Everything that was written into an audit file, whether set aside or not. */
async function auditText(path: string): Promise<string> {
  const aside = await Promise.all(
    (await rotatedFiles(path)).map(async (file) => gunzipSync(await readFile(file.path)).toString()),
  );
  return [...aside, await readFile(path, 'utf8')].join('');
}

/** A root token made with the shares that a lab keeps, by its break-glass role. */
async function rootClient(
  paths: WorkspacePaths,
  openbao: OpenBao,
): Promise<OpenBaoClient & { token_: string }> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').then((text) => text.trim());
  const shares = (await read(paths.unsealKeys)).split('\n').slice(0, 2);
  const login = await openbao.login(
    await read(paths.consoleRole('break-glass', 'role_id')),
    await read(paths.consoleRole('break-glass', 'secret_id')),
  );
  const { rootToken } = await openbao.withToken(login.token).recovery.calls();
  const token = await rootToken.generate(shares, async () => undefined);
  return Object.assign(openbao.withToken(token, 'secret'), { token_: token });
}

/** ca.json as somebody leaves it who took the provisioner of the installation away. */
async function loseProvisioner(path: string, text: string): Promise<void> {
  const config = JSON.parse(text) as { authority: { provisioners: object[] } };
  config.authority.provisioners = [{ type: 'ACME', name: 'other' }];
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`);
}

const seed = Number(process.env['BOOTROOT_TEST_SEED'] ?? 7);

/** Kills the command line in a step of an operation, and ends that operation. @returns how it ended */
async function killedAt(
  words: string[],
  kind: string,
  step: string,
  index: number,
  undo: boolean,
): Promise<string> {
  const moment = momentsFor(index, seed)[0] ?? 'after';
  const killed = await stack.cli(words, {
    BOOTROOT_CONSOLE_TEST: '1',
    BOOTROOT_CONSOLE_FAULT: `${step}:${moment}:${kind}`,
  });
  expect([step, moment, killed.signal]).toEqual([step, moment, 'SIGKILL']);
  const { engine } = inner.console.required();
  const [operation] = await engine.list(1);
  expect(operation).toMatchObject({ kind, state: 'interrupted', canResume: true });
  const id = operation?.id ?? '';
  await inner.call(`operations.${undo && operation?.canUndo === true ? 'undo' : 'resume'}`, { id });
  const ended = await engine.waitFor(id);
  expect(ended.error).toBeUndefined();
  return ended.state;
}

const look = () => inner.call<Drift>('drift.look');
/** Everything that does not agree: `state id`. */
const wrong = ({ items }: Drift): string[] =>
  items.filter(({ state }) => state !== 'agrees').map(({ state, id }) => `${state} ${id}`);

describe('an installation as it was made', () => {
  it('is as declared everywhere', async () => {
    const seen = await look();
    expect(wrong(seen)).toEqual([]);
    expect(new Set(seen.items.map(({ area }) => area))).toEqual(
      new Set(['files', 'access', 'openbao', 'stepca', 'servers', 'audit', 'horizon']),
    );
    expect(seen.items.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'policy:bootroot-service-edge',
        'role:bootroot-service-edge',
        'provisioner:acme',
        'read:edge agent',
      ]),
    );
    expect(seen.versions.map(({ server, version }) => [server, version !== undefined])).toEqual([
      ['OpenBao', true],
      ['step-ca', true],
      ['PostgreSQL', true],
    ]);
  });
});

describe('the audit files of OpenBao', () => {
  it('are set aside by a signal without a lost entry, compressed, and the oldest removed', async () => {
    const { openbaoAudit: path, openbaoAuditSecond: second } = new TopologyPaths(stack.paths);
    const entries = async (): Promise<number> => (await auditText(path)).split('\n').filter(Boolean).length;
    const before = await entries();
    const done = await inner.operate('openbao.rotate-audit', { keep: 1 });
    expect(done).toMatchObject({ state: 'done' });
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved', 'proved']);
    expect(await entries()).toBeGreaterThan(before);
    expect((await inner.call<{ sealed: boolean }>('openbao.status')).sealed).toBe(false);
    const first = await inner.call<AuditDevices>('health.auditDevices');
    expect(first.devices.map(({ rotated }) => rotated.length)).toEqual([1, 1]);
    expect((await stat(first.devices[0]?.rotated[0]?.path ?? '')).mode & 0o777).toBe(0o600);
    // Names carry whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await stack.must(['health', 'rotate-audit', '--keep', '1']);
    const next = await inner.call<AuditDevices>('health.auditDevices');
    expect(next.devices.map(({ rotated, path: at }) => [rotated.length, at])).toEqual([
      [1, path],
      [1, second],
    ]);
    expect(next.devices[0]?.rotated[0]?.path).not.toBe(first.devices[0]?.rotated[0]?.path);
    expect(next.canRotate).toBe(true);
  });
});

describe("step-ca's database", () => {
  it('is pruned of what ACME has finished, lists what was issued, and goes on issuing', async () => {
    const context = { services: inner.console.required().services, topology: { managed: async () => true } };
    const count = (kind: AcmeKind, before: Date): Promise<number> =>
      withDatabase(context as unknown as RotationContext, (one) => countEnded(one, kind, before));
    const later = new Date(Date.now() + 3 * 86_400_000);
    // What was made minutes ago is over as soon as its dates are.
    const age = (table: string, field: string): Promise<void> =>
      withDatabase(context as unknown as RotationContext, (one) =>
        one.run(`UPDATE ${table} SET nvalue = convert_to(replace(convert_from(nvalue, 'UTF8'),
          convert_from(nvalue, 'UTF8')::jsonb->>'${field}', '2026-01-01T00:00:00Z'), 'UTF8')`),
      );
    expect(await count('orders', later)).toBeGreaterThan(0);
    const { ended } = await inner.call<CaDatabase>('health.caDatabase');
    expect(ended.find(({ kind }) => kind === 'orders')?.rows).toBe(0);
    await age('acme_orders', 'expiresAt');
    await age('acme_authzs', 'expiresAt');
    await age('nonces', 'CreatedAt');
    const lists = (): Promise<{ n: number }[]> =>
      withDatabase(context as unknown as RotationContext, (one) =>
        one.rows(z.object({ n: z.coerce.number() }), 'SELECT count(*) AS n FROM acme_account_orders_index'),
      );
    expect((await lists())[0]?.n).toBeGreaterThan(0);
    const plan = await inner.call<Plan>('operations.plan', { kind: 'stepca.prune', input: {} });
    const rows = plan.steps.flatMap(({ effects }) => effects).map((effect) => JSON.stringify(effect));
    expect(rows[0]).toMatch(/"action":"remove".*orders \([1-9]/);
    expect(rows[1]).toMatch(/"action":"remove".*authorizations \([1-9]/);
    const issued = await inner.call<Issued>('health.issued');

    const done = await inner.operate('stepca.prune', {});
    expect(done).toMatchObject({ state: 'done' });
    expect(done.proofs.map(({ outcome }) => outcome)).toEqual(['proved']);
    // The order of the proof is there, and nothing else.
    expect(await count('orders', later)).toBe(1);
    expect((await lists())[0]?.n).toBe(1);
    expect(await count('authorizations', later)).toBe(1);

    const after = await inner.call<Issued>('health.issued');
    expect(after.items.length).toBe(issued.items.length + 1);
    expect(after.items[0]).toMatchObject({ provisioner: 'acme' });
    expect(after.items[0]?.title).toContain('edge');
    const leaf = new X509Certificate(await readFile(stack.paths.cert('edge')));
    const found = await inner.call<Issued>('health.issued', { search: leaf.serialNumber });
    expect(found.items.map(({ sha256 }) => sha256)).toEqual([
      leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    ]);
    expect((await inner.call<Issued>('health.issued', { search: 'nobody-has-this' })).items).toEqual([]);
    // The account of the agent, whose list was emptied, orders again.
    expect((await inner.operate('rotate.force-reissue', { ids: ['edge'] })).state).toBe('done');
    expect((await stack.must(['health', 'issued', '--search', 'edge'])).stdout).toContain('acme');
  });
});

describe('a console that is killed', () => {
  it('in the middle of mending goes on or goes back', { timeout: 300_000 }, async () => {
    const { paths, topology, services } = inner.console.required();
    const client = services.client();
    const name = 'bootroot-service-edge';
    const ids = [
      'mode:secrets/services/edge/secret_id',
      `policy:${name}`,
      `role:${name}`,
      'provisioner:acme',
    ];
    const config = await readFile(paths.caConfig, 'utf8');
    const disturb = async (): Promise<void> => {
      await chmod(paths.serviceSecret('edge', 'secret_id'), 0o644);
      await client.policies.write(name, 'path "secret/*" { capabilities = ["read"] }');
      await client.approle.remove(name);
      await loseProvisioner(paths.caConfig, config);
      await topology.reloadServer('step-ca');
      await expect.poll(async () => wrong(await look()), { timeout: 20_000 }).toHaveLength(ids.length);
    };
    for (const index of ids.keys()) {
      await disturb();
      const undo = index % 2 === 1;
      const ended = await killedAt(['drift', 'mend', ...ids], 'drift.mend', `mend-${index}`, index, undo);
      expect([index, ended]).toEqual([index, undo ? 'undone' : 'done']);
      if (undo) {
        expect(wrong(await look())).toHaveLength(ids.length);
        expect((await inner.operate('drift.mend', { ids })).state).toBe('done');
      }
      expect(wrong(await look())).toEqual([]);
    }
    await writeFile(paths.caConfig, config);
    await topology.reloadServer('step-ca');
    expect((await inner.operate('rotate.force-reissue', { ids: ['edge'] })).state).toBe('done');
  });

  it('while audit files are rotated loses no entry and does not seal', { timeout: 300_000 }, async () => {
    const { openbaoAudit: audit } = new TopologyPaths(stack.paths);
    const first = (await auditText(audit)).split('\n').slice(0, 50);
    for (const [index, step] of ['aside-file', 'reopen', 'compress-second'].entries()) {
      await killedAt(['health', 'rotate-audit'], 'openbao.rotate-audit', step, index, index === 0);
      const text = await auditText(audit);
      expect(first.filter((line) => !text.includes(line))).toEqual([]);
    }
    expect((await inner.call<{ sealed: boolean }>('openbao.status')).sealed).toBe(false);
  });

  it('while rows are pruned loses no certificate, and the CA issues', { timeout: 300_000 }, async () => {
    const { items } = await inner.call<Issued>('health.issued');
    for (const [index, step] of ['vacuum', 'proof'].entries())
      expect(await killedAt(['health', 'prune'], 'stepca.prune', step, index, false)).toBe('done');
    const after = await inner.call<Issued>('health.issued');
    expect(after.items.length).toBeGreaterThan(items.length);
    expect(wrong(await look())).toEqual([]);
  });
});

describe('what was changed behind the console', () => {
  const { client } = { client: () => inner.console.required().services.client() };

  it('is found with its difference, and mended as one operation', async () => {
    const secret = stack.paths.serviceSecret('edge', 'secret_id');
    await chmod(secret, 0o666);
    const name = 'bootroot-service-edge';
    const foreign = 'path "secret/data/*" { capabilities = ["read"] }';
    await client().policies.write(name, foreign);
    await client().approle.write(name, { token_policies: ['bootroot-service-edge', 'default'] });
    const hcl = new TopologyPaths(stack.paths).openbaoConfig;
    const config = await readFile(hcl, 'utf8');
    await writeFile(hcl, config.replace('disable_mlock', 'x').concat('# touched\n'));
    const seen = await look();
    const ids = ['mode:secrets/services/edge/secret_id', `policy:${name}`, `role:${name}`];
    expect(wrong(seen)).toEqual([...ids.map((id) => `differs ${id}`), `differs config:${hcl}`]);
    const policy = seen.items.find(({ id }) => id === `policy:${name}`);
    expect(policy?.diff).toContain(`-${foreign}`);
    expect(seen.items.find(({ id }) => id === `config:${hcl}`)?.diff).toContain('-# touched');

    const done = await inner.operate('drift.mend', { ids: [...ids, `config:${hcl}`] });
    expect(done).toMatchObject({ state: 'done' });
    expect(done.proofs).toHaveLength(4);
    expect(await readFile(hcl, 'utf8')).toBe(config);
    expect(wrong(await look())).toEqual([]);
    expect((await stat(secret)).mode & 0o777).toBe(0o600);

    // All that can be mended, by the command line.
    await chmod(secret, 0o644);
    if (process.getuid?.() === 0) await chown(stack.paths.passwordFile, 12_345, 12_345);
    expect(wrong(await look()).sort()).toEqual([
      'differs mode:secrets/services/edge/secret_id',
      ...(process.getuid?.() === 0 ? ['differs owner:secrets/password.txt'] : []),
    ]);
    expect((await stack.cli(['drift', 'mend'])).code).toBe(0);
    expect(wrong(await look())).toEqual([]);
  });

  it('that only a stronger token may mend is named, and mended with one: nobody gets new credentials', async () => {
    const { services, paths } = inner.console.required();
    const root = await rootClient(paths, services.openbao);
    const read = (path: string): Promise<string> => readFile(path, 'utf8').then((text) => text.trim());
    const [policy, role, gone] = ['bootroot-stepca', 'bootroot-stepca-role', 'bootroot-responder-role'];
    await root.policies.write(policy, 'path "secret/*" { capabilities = ["read"] }');
    await root.approle.write(role, { token_policies: [policy, 'default'] });
    await root.approle.remove(gone);
    const ids = [`role:${gone}`, `policy:${policy}`, `role:${role}`];
    const seen = (await look()).items.filter(({ state }) => state !== 'agrees');
    expect(seen.map(({ id, mendable, detail }) => [id, mendable, detail?.key])).toEqual(
      ids.map((id) => [id, false, 'drift.detail.no_right']),
    );
    const plan = await inner.call<Plan>('operations.plan', { kind: 'drift.mend', input: { ids } });
    expect(plan.preconditions.filter(({ met }) => !met).map(({ id }) => id)).toEqual(
      ids.map((id) => `right:${id}`),
    );
    expect(JSON.stringify(plan.steps[2]?.effects)).toContain(
      '-token_policies = [\\"bootroot-stepca\\",\\"default\\"]',
    );

    await inner.call('openbao.login', { method: 'token', token: root.token_ });
    const done = await inner.operate('drift.mend', { ids });
    expect([done.state, done.proofs.length]).toEqual(['done', 3]);
    expect(wrong(await look())).toEqual([]);
    await inner.call('openbao.login', { method: 'console' });
    // The responder's agent logs in with what it had.
    const login = await services.openbao.login(
      await read(paths.infraAgent('responder', 'role_id')),
      await read(paths.infraAgent('responder', 'secret_id')),
    );
    expect(login.policies).toContain('bootroot-responder');
  });

  it('a provisioner that step-ca lost comes back by a signal, in ca.json and in its template', async () => {
    const { topology, paths } = inner.console.required();
    const [config, template] = [paths.caConfig, paths.template('ca.json')];
    const before = [await readFile(config, 'utf8'), await readFile(template, 'utf8')];
    await loseProvisioner(config, before[0] ?? '');
    await writeFile(template, (before[1] ?? '').replace('"name": "acme"', '"name": "other"'));
    const pid = async () =>
      (await inner.first<{ name: string; pid?: number }[]>('infra.status')).find(
        ({ name }) => name === 'step-ca',
      )?.pid;
    const running = await pid();
    await topology.reloadServer('step-ca');
    await expect
      .poll(async () => wrong(await look()), { timeout: 20_000 })
      .toEqual(['missing provisioner:acme']);
    expect(await inner.operate('drift.mend', { ids: ['provisioner:acme'] })).toMatchObject({ state: 'done' });
    expect(wrong(await look())).toEqual([]);
    expect(await pid()).toBe(running);
    const rendered = await readFile(template, 'utf8');
    expect(rendered).toContain('{{ with secret "secret/data/bootroot/stepca/db" }}');
    expect(rendered).toContain('"name": "acme"');
    expect((await inner.operate('rotate.force-reissue', { ids: ['edge'] })).state).toBe('done');
    await writeFile(config, before[0] ?? '');
    await writeFile(template, before[1] ?? '');
    await topology.reloadServer('step-ca');
    await expect.poll(async () => wrong(await look()), { timeout: 20_000 }).toEqual([]);
  });

  it('a second audit device that an older installation lacks comes by a signal', async () => {
    const { openbaoConfig: hcl } = new TopologyPaths(stack.paths);
    const config = await readFile(hcl, 'utf8');
    await writeFile(hcl, config.replace(/audit "file" "second" \{[^}]*\}\s*\}\s*/, ''));
    await inner.console.required().topology.reloadServer('openbao');
    await expect.poll(async () => (await client().audit.list()).length, { timeout: 20_000 }).toBe(1);
    expect(wrong(await look())).toEqual([`differs config:${hcl}`, 'differs audit-devices']);
    expect(await inner.operate('drift.mend', { ids: [`config:${hcl}`] })).toMatchObject({ state: 'done' });
    expect((await client().audit.list()).map(({ name }) => name).sort()).toEqual(['file', 'second']);
    expect((await inner.call<{ sealed: boolean }>('openbao.status')).sealed).toBe(false);
  });

  it('that nobody can mend from here is named: a file that is gone, a consumer that cannot read', async () => {
    await rm(stack.paths.bundle);
    const seen = wrong(await look());
    expect(seen).toContain(`missing file:${stack.paths.bundle}`);
    expect(seen).toContain('differs read:edge');
    await expect(inner.operate('drift.mend', { ids: ['mode:../../etc/passwd'] })).rejects.toMatchObject({
      code: 'drift_unknown',
    });
  });
});
