import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Drift } from '../../shared/contract/drift.ts';
import { TopologyPaths } from '../../src-main/topology/topology-paths.ts';
import { installation, type InnerConsole, type Installation } from '../support/installation.ts';

let stack: Installation;
let inner: InnerConsole;
beforeAll(async () => {
  stack = await installation();
  await stack.must(['service', 'add', 'edge']);
  inner = await stack.open();
});
afterAll(() => stack?.stop());

const look = () => inner.call<Drift>('drift.look');
/** Everything that does not agree: `state id`. */
const wrong = ({ items }: Drift): string[] =>
  items.filter(({ state }) => state !== 'agrees').map(({ state, id }) => `${state} ${id}`);

describe('an installation as it was made', () => {
  it('is as declared everywhere, but for the one audit device', async () => {
    const seen = await look();
    expect(wrong(seen)).toEqual(['differs audit-devices']);
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
    expect(wrong(seen)).toEqual([
      ...ids.map((id) => `differs ${id}`),
      `differs config:${hcl}`,
      'differs audit-devices',
    ]);
    const policy = seen.items.find(({ id }) => id === `policy:${name}`);
    expect(policy?.diff).toContain(`-${foreign}`);
    expect(seen.items.find(({ id }) => id === `config:${hcl}`)?.diff).toContain('-# touched');
    await writeFile(hcl, config);

    const done = await inner.operate('drift.mend', { ids });
    expect(done).toMatchObject({ state: 'done' });
    expect(done.proofs).toHaveLength(3);
    expect(wrong(await look())).toEqual(['differs audit-devices']);
    expect((await stat(secret)).mode & 0o777).toBe(0o600);

    // All that can be mended, by the command line.
    await chmod(secret, 0o644);
    expect((await stack.cli(['drift', 'mend'])).code).toBe(0);
    expect(wrong(await look())).toEqual(['differs audit-devices']);
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
