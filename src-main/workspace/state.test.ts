import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryGeneration, isSuperset, stateGeneration } from './generation.ts';
import { newServiceEntry, setSyncStatus } from './service-entry.ts';
import { parseState, readState, readStateIfPresent, renderState, updateState } from './state.ts';
import type { ServiceEntry, State } from './state-schema.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'console-state-'));
  file = join(directory, 'state.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As the older tools write it, with things the console does not know. */
const older = readFileSync('src-main/workspace/golden/state-older.json', 'utf8');
const newer = readFileSync('src-main/workspace/golden/state-newer.json', 'utf8');

const entry = (id: string): ServiceEntry =>
  newServiceEntry(
    {
      registrationId: id,
      serviceName: id,
      deployType: 'daemon',
      deliveryMode: 'local-file',
      hostname: 'h',
      domain: 'trusted.domain',
      instanceId: '1',
      agentConfigPath: 'agent.toml',
      certPath: `certs/${id}.crt`,
      keyPath: `certs/${id}.key`,
      approle: {
        roleName: `bootroot-service-${id}`,
        roleId: 'r',
        secretIdPath: `secrets/services/${id}/secret_id`,
        policyName: `bootroot-service-${id}`,
      },
    },
    1_000,
  );
const base: State = { openbao_url: 'http://127.0.0.1:8200', kv_mount: 'secret' };

describe('reading', () => {
  it('gives everybody an object of their own, and finds what is wrong each time', () => {
    const first = parseState(newer, 'state.json');
    first.openbao_url = 'changed';
    const second = parseState(newer, 'state.json');
    expect(second.openbao_url).not.toBe('changed');
    expect(JSON.stringify(second)).toBe(JSON.stringify(JSON.parse(newer)));
    const twice = newer.replace('{', '{"kv_mount":"a",');
    for (let time = 0; time < 2; time += 1)
      expect(() => parseState(twice, 'state.json')).toThrow('state_malformed');
  });

  it.each([
    ['older', older],
    ['newer', newer],
  ] as const)('takes a file of the %s tools as it is', (generation, text) => {
    const state = parseState(text, 'p');
    expect(state).toEqual(JSON.parse(text));
    expect(stateGeneration(state)).toBe(generation);
  });

  it('says where the file is malformed and leaves it', async () => {
    writeFileSync(file, '{\n  "openbao_url": "x",\n  "kv_mount" "secret"\n}');
    const malformed = { data: { code: 'state_malformed', params: { path: file, line: 3, column: 14 } } };
    await expect(readState(file)).rejects.toMatchObject(malformed);
    await expect(updateState(file, () => undefined)).rejects.toMatchObject(malformed);
    expect(readFileSync(file, 'utf8')).toContain('"kv_mount" "secret"');
  });

  it.each([
    ['{"kv_mount":"secret"}', 'openbao_url'],
    ['{"openbao_url":"x","kv_mount":"s","services":{"a":{}}}', 'services.a.service_name'],
    ['[]', '(top)'],
    [
      older.replace('"sync_status": {', '"sync_status": { "x": "kept",').replace('"none"', '"nine"'),
      'secret_id',
    ],
  ])('names the field that is not as agreed', (text, field) => {
    try {
      parseState(text, file);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'state_invalid' });
      expect(JSON.stringify(error)).toContain(field);
    }
  });

  it('tells a missing file from a broken one', async () => {
    expect(await readStateIfPresent(file)).toBeUndefined();
    await expect(readState(file)).rejects.toMatchObject({ code: 'file_missing' });
    await expect(updateState(file, () => undefined)).rejects.toMatchObject({ code: 'file_missing' });
  });
});

describe('updateState', () => {
  it('changes what it is told and nothing else: order, unknown keys, numbers, mode', async () => {
    writeFileSync(file, older);
    chmodSync(file, 0o640);
    await updateState(file, (draft) => {
      const service = draft.services?.['edge-proxy'];
      if (service !== undefined) service.notes = 'moved';
    });
    expect(readFileSync(file, 'utf8')).toBe(older.replace('"notes": null', '"notes": "moved"'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('does not write when nothing changes', async () => {
    writeFileSync(file, older);
    const before = statSync(file).ino;
    await updateState(file, () => undefined);
    expect(statSync(file).ino).toBe(before);
  });

  it('starts a new file only when told to, readable by its owner alone', async () => {
    await updateState(file, () => undefined, { create: base });
    expect(readFileSync(file, 'utf8')).toBe(renderState(base));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('refuses to write what it would not read', async () => {
    writeFileSync(file, older);
    await expect(
      updateState(file, (draft) => {
        draft.kv_mount = '';
      }),
    ).rejects.toMatchObject({ code: 'state_invalid' });
    expect(readFileSync(file, 'utf8')).toBe(older);
  });

  it('loses no change of many writers', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `s${String(index)}`);
    await updateState(file, () => undefined, { create: base });
    await Promise.all(
      ids.map((id) =>
        updateState(file, (draft) => {
          draft.services = { ...draft.services, [id]: entry(id) };
        }),
      ),
    );
    expect(Object.keys((await readState(file)).services ?? {}).sort()).toEqual([...ids].sort());
  });

  it('keeps ids that look like numbers in their place', async () => {
    await updateState(file, () => undefined, { create: { ...base, services: { b: entry('b') } } });
    for (const id of ['7', 'a', '10'])
      await updateState(file, (draft) => {
        draft.services = { ...draft.services, [id]: entry(id) };
      });
    const text = readFileSync(file, 'utf8');
    const places = ['b', '7', 'a', '10'].map((id) => text.indexOf(`    "${id}": {`));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('names the directory when the console may not keep a lock there', async () => {
    mkdirSync(join(directory, 'x'));
    writeFileSync(join(directory, 'x', '.console'), '');
    await expect(updateState(join(directory, 'x', 'state.json'), () => undefined)).rejects.toMatchObject({
      data: { code: 'not_a_directory', params: { path: join(directory, 'x', '.console') } },
    });
  });
});

describe('an entry of the console', () => {
  it('loads in both generations', () => {
    const made = entry('edge-proxy');
    expect(isSuperset(made)).toBe(true);
    expect(entryGeneration(made)).toBe('newer');
    // Whatever an entry of either tool has, ours has too.
    const keys = (text: string): string[] =>
      Object.keys(parseState(text, 'p').services?.['edge-proxy'] ?? {});
    const optional = ['agent_email', 'agent_server', 'x_operator'];
    for (const key of [...keys(older), ...keys(newer)].filter((name) => !optional.includes(name)))
      expect(Object.keys(made)).toContain(key);
    expect(() =>
      parseState(JSON.stringify({ ...base, services: { 'edge-proxy': made } }), 'p'),
    ).not.toThrow();
  });

  it('stamps what is pending and clears the stamps of anything else', () => {
    const made = entry('a');
    setSyncStatus(made, 'secret_id', 'pending', 1_000, 60);
    expect(made.sync_metadata?.secret_id).toEqual({ started_at_unix: 1_000, expires_at_unix: 1_060 });
    setSyncStatus(made, 'secret_id', 'applied', 1_010);
    expect(made.sync_metadata?.secret_id).toEqual({ started_at_unix: null, expires_at_unix: null });
    setSyncStatus(made, 'trust_sync', 'pending', 1_000);
    expect(made.sync_metadata).not.toHaveProperty('trust_sync');
    expect(made.sync_status?.trust_sync).toBe('pending');
  });
});

describe('generation', () => {
  it.each([
    ['none', base],
    ['older', { ...base, approles: { stepca: 'r' } }],
    ['newer', { ...base, approles: { stepca: 'r', runtime_rotate: 'x' } }],
    ['newer', { ...base, openbao_bind_addr: '0.0.0.0:8200' }],
    ['newer', { ...base, infra_certs: {} }],
    ['newer', { ...base, services: { a: entry('a') } }],
  ] as const)('is %s', (generation, state) => {
    expect(stateGeneration(state as State)).toBe(generation);
  });

  it('is older while one entry is: the newer tools would refuse the whole file', () => {
    const services = { ...parseState(older, 'p').services, a: entry('a') };
    expect(stateGeneration({ ...base, services })).toBe('older');
  });
});
