import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fieldProblemSchema } from '../../shared/contract/setup.ts';
import type { ServiceAdd } from '../../shared/contract/services.ts';
import type { State } from '../workspace/state-schema.ts';
import { checkServiceAdd } from './check.ts';
import { makeTestDirectory, stateWith, type TestDirectory } from './testing.ts';

let directory: TestDirectory;

beforeEach(async () => {
  directory = await makeTestDirectory();
});
afterEach(() => directory.remove());

const input = (change: Partial<ServiceAdd> = {}): ServiceAdd => ({
  serviceName: 'edge-proxy',
  instanceId: '001',
  hostname: 'edge-node-01',
  domain: 'trusted.domain',
  deployType: 'daemon',
  agentConfigPath: 'agent.toml',
  certPath: 'certs/edge-proxy.crt',
  keyPath: 'certs/edge-proxy.key',
  ...change,
});

/** Fields with what is said of them. */
async function remarks(change: Partial<ServiceAdd> = {}, state?: State): Promise<string[]> {
  const { problems } = await checkServiceAdd(input(change), state, directory.paths);
  return problems.map((one) => {
    const { field, message } = fieldProblemSchema.parse(one);
    return `${field} ${message.key}`;
  });
}

test('a good service has no problem, and its identity is shown', async () => {
  const { identity, problems } = await checkServiceAdd(input(), undefined, directory.paths);
  expect([identity, problems]).toEqual(['001.edge-proxy.edge-node-01.trusted.domain', []]);
});

describe('names', () => {
  test.each([
    [{ serviceName: 'edge_proxy' }, 'serviceName service.check.label'],
    [{ serviceName: '-edge' }, 'serviceName service.check.label'],
    [{ serviceName: 'a.b' }, 'serviceName service.check.label'],
    [{ hostname: 'node.one' }, 'hostname service.check.label'],
    [{ serviceName: 'bootroot-agent' }, 'serviceName service.check.reserved'],
    [{ serviceName: 'Edge' }, 'serviceName service.check.registration'],
    [{ registrationId: 'a.b' }, 'registrationId service.check.registration'],
    [{ instanceId: 'a1' }, 'instanceId service.check.instance'],
    [{ domain: 'trusted..domain' }, 'domain service.check.domain'],
    [{ domain: '-x.domain' }, 'domain service.check.domain'],
    [{ domain: '.' }, 'domain service.check.domain'],
    [{ deployType: 'docker' as const }, 'containerName service.check.container'],
  ])('%j', async (change, remark) => {
    expect(await remarks(change)).toEqual([remark]);
  });

  test.each([
    [{ secretIdTtl: '48h' }, []],
    [{ secretIdTtl: '172801' }, ['secretIdTtl service.check.lifetime_long']],
    [{ secretIdTtl: '168h' }, ['secretIdTtl service.check.lifetime_long']],
    [{ secretIdTtl: '10081m' }, ['secretIdTtl service.check.lifetime_longest']],
    [{ certGroupGid: 1 }, []],
    [{ certGroupGid: 4_294_967_290 }, ['certGroupGid service.check.group']],
  ])('%j', async (change, expected) => {
    expect(await remarks(change)).toEqual(expected);
  });

  test('an identity longer than DNS allows', async () => {
    const labels = (count: number) => Array.from({ length: count }, () => 'x'.repeat(49)).join('.');
    const long = { serviceName: 'a'.repeat(63), hostname: 'b'.repeat(63), domain: labels(3) };
    expect(await remarks(long)).toEqual(['domain service.check.long']);
    expect(await remarks({ ...long, hostname: 'b' })).toEqual([]);
  });

  test('a name that will not do comes with one that does', async () => {
    const { problems } = await checkServiceAdd(
      input({ serviceName: 'Edge_Proxy 1!', instanceId: 'x' }),
      undefined,
      directory.paths,
    );
    expect(problems.map(({ field, proposal }) => [field, proposal])).toEqual([
      ['serviceName', 'edge-proxy-1'],
      ['instanceId', '001'],
    ]);
    expect(await remarks({ serviceName: 'edge-proxy-1' })).toEqual([]);
    const { problems: none } = await checkServiceAdd(
      input({ serviceName: '가나다' }),
      undefined,
      directory.paths,
    );
    expect(none.map(({ proposal }) => proposal)).toEqual([undefined]);
  });

  test('proposals always pass', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 63 }), async (serviceName) => {
        const { problems } = await checkServiceAdd(input({ serviceName }), undefined, directory.paths);
        const proposal = problems.find(({ field }) => field === 'serviceName')?.proposal;
        if (typeof proposal !== 'string') return;
        const again = await remarks({ serviceName: proposal });
        expect([
          proposal,
          again.filter((remark) => remark.includes('label') || remark.includes('registration')),
        ]).toEqual([proposal, []]);
      }),
      { numRuns: 200 },
    );
  });
});

test('an unfinished form is answered field by field, and never throws', async () => {
  const { problems } = await checkServiceAdd({ serviceName: 'x' }, undefined, directory.paths);
  expect(problems.map(({ field }) => field).sort()).toEqual(
    ['agentConfigPath', 'certPath', 'deployType', 'domain', 'hostname', 'instanceId', 'keyPath'].sort(),
  );
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (value) => {
      const answer = await checkServiceAdd(value, undefined, directory.paths);
      expect(answer.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});

describe('what is taken', () => {
  test('an id, an identity, a file of another service', async () => {
    const other = directory.service('edge-proxy');
    const state = stateWith(other);
    expect(await remarks({ certPath: 'x.crt', keyPath: 'x.key' }, state)).toEqual([
      'serviceName service.check.taken',
    ]);
    const same = { registrationId: 'other', hostname: 'host' };
    expect(await remarks(same, state)).toEqual([
      'instanceId service.check.identity_taken',
      'certPath service.check.file_used',
      'keyPath service.check.file_used',
    ]);
    const mine = { serviceName: 'web', certPath: 'certs/web.crt' };
    expect(await remarks({ ...mine, keyPath: 'certs/edge-proxy.crt' }, state)).toEqual([
      'keyPath service.check.file_used',
    ]);
    // One agent file holds one credential.
    expect(await remarks({ ...mine, agentConfigPath: './agent-edge-proxy.toml' }, state)).toEqual([
      'keyPath service.check.file_used',
      'agentConfigPath service.check.file_used',
    ]);
    expect(await remarks({ ...mine, keyPath: 'certs/web.key' }, state)).toEqual([]);
  });

  test('its own files by one another', async () => {
    expect(await remarks({ keyPath: 'certs/edge-proxy.crt' })).toEqual(['keyPath service.check.same']);
    expect(await remarks({ keyPath: 'certs/../certs/edge-proxy.crt' })).toEqual([
      'keyPath service.check.same',
    ]);
    expect(await remarks({ agentConfigPath: 'certs/edge-proxy.key' })).toEqual([
      'agentConfigPath service.check.own_file',
    ]);
    expect(await remarks({ keyPath: 'certs/ca-bundle.pem' })).toEqual(['keyPath service.check.bundle']);
    expect(await remarks({ certPath: 'certs/ca-bundle.pem' })).toEqual(['certPath service.check.bundle']);
  });
});

describe('where its files go', () => {
  test('directories that are not there yet are made', async () => {
    expect(await remarks({ certPath: 'a/b/c/x.crt', keyPath: 'a/b/d/x.key' })).toEqual([]);
  });

  test('a link, a directory, a pipe, something below a file', async () => {
    const at = (name: string): string => join(directory.root, name);
    await writeFile(at('file'), '');
    await mkdir(at('folder'));
    await symlink(at('file'), at('link'));
    await symlink(at('nowhere'), at('dangling'));
    spawnSync('mkfifo', [at('pipe')]);
    expect(await remarks({ certPath: 'link' })).toEqual(['certPath service.check.symlink']);
    expect(await remarks({ certPath: 'dangling' })).toEqual(['certPath service.check.symlink']);
    expect(await remarks({ certPath: 'folder' })).toEqual(['certPath error.not_a_file.what']);
    expect(await remarks({ keyPath: 'pipe' })).toEqual(['keyPath error.not_a_file.what']);
    expect(await remarks({ agentConfigPath: 'file/agent.toml' })).toEqual([
      'agentConfigPath service.check.directory',
    ]);
    expect(await remarks({ certPath: 'file' })).toEqual([]);
  });
});
