import { readFile, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Rung } from '../../../shared/contract/services.ts';
import { createOpenBao, type OpenBaoClient } from '../../openbao/openbao.ts';
import type { ServicesContext } from '../../services/context.ts';
import { issueTo, makeTestCa, makeTestDirectory, type TestDirectory } from '../../services/testing.ts';
import { ensureDirectory } from '../../workspace/atomic.ts';
import { renderState } from '../../workspace/state.ts';
import type { ServiceEntry } from '../../workspace/state-schema.ts';
import { exportKey } from '../../x509/keys.ts';
import { boardOf } from './board.ts';
import { LocalRows } from './local-rows.ts';

const count = 12;
let directory: TestDirectory;
let evidence: Map<string, readonly Rung[]>;
let proofs: number;
let context: { services: ServicesContext };
/** Gives a service a leaf of the new CA. */
let renewed: (id: string) => Promise<void>;

const service = (id: string) =>
  directory.service(id, { certPath: `certs/${id}.crt`, agentConfigPath: `${id}.toml` });

beforeEach(async () => {
  directory = await makeTestDirectory();
  const { paths } = directory;
  // One name for both, as the tools give: only the signature tells whose leaf it is (failure mode C2).
  const [old, next] = [await makeTestCa('Same'), await makeTestCa('Same')];
  renewed = async (id) => {
    const { identity, cert, key } = service(id);
    const { issued, key: made } = await issueTo([identity], next.intermediate);
    await writeFile(cert, issued.leafPem + issued.chainPem.join(''));
    await writeFile(key, exportKey(made), { mode: 0o600 });
  };
  await ensureDirectory(paths.caCerts, { mode: 0o700 });
  await ensureDirectory(paths.certs, { mode: 0o700 });
  for (const [path, pem] of [
    [paths.rootCert, old.root.pem],
    [paths.intermediateCert, old.intermediate.pem],
    [`${paths.rootCert}.next`, next.root.pem],
    [`${paths.intermediateCert}.next`, next.intermediate.pem],
  ] as const)
    await writeFile(path, pem);
  const both = [old, next].flatMap(({ root, intermediate }) => [root, intermediate]);
  const services: Record<string, ServiceEntry> = {};
  for (let index = 0; index < count; index += 1) {
    const id = `service-${String(index).padStart(4, '0')}`;
    const { entry, identity, cert, key: keyPath, bundle } = service(id);
    services[id] = entry;
    const { issued, key } = await issueTo([identity], old.intermediate);
    await writeFile(cert, issued.leafPem + issued.chainPem.join(''));
    await writeFile(keyPath, exportKey(key), { mode: 0o600 });
    await writeFile(bundle, both.map(({ pem }) => pem).join(''));
  }
  await writeFile(
    paths.state,
    renderState({ openbao_url: 'http://127.0.0.1:1', kv_mount: 'secret', services }),
  );
  await writeFile(
    paths.rotationState,
    JSON.stringify({
      mode: 'full',
      started_at: new Date().toISOString(),
      old_root_fp: old.root.sha256,
      new_root_fp: next.root.sha256,
      old_intermediate_fp: old.intermediate.sha256,
      new_intermediate_fp: next.intermediate.sha256,
      phase: 4,
      console: { stage: 'switched', waivers: {} },
    }),
  );
  evidence = new Map();
  proofs = 0;
  context = {
    services: {
      paths,
      openbao: createOpenBao({ url: 'http://127.0.0.1:1', retryMs: 1 }),
      kvMount: 'secret',
      client: () => {
        throw new Error('nobody is signed in');
      },
      endpoints: () => Promise.reject(new Error('not asked')),
      localPins: async () => both.map(({ sha256 }) => sha256),
      evidence: {
        read: async () => evidence,
        async write(id, ladder) {
          proofs += 1;
          evidence.set(id, ladder);
        },
        remove: async () => undefined,
      },
      now: Date.now,
    },
  };
});
afterEach(() => directory.remove());

const states = async (look?: Parameters<typeof boardOf>[1]): Promise<Record<string, number>> => {
  const { rows } = await boardOf(context, look);
  const found: Record<string, number> = {};
  for (const { served } of rows) found[served.state] = (found[served.state] ?? 0) + 1;
  return found;
};

test('a page that looks again begins a few handshakes at a time, and none for what it has seen', async () => {
  const look = { rows: new LocalRows(), handshakes: 5 };
  expect(await states(look)).toEqual({ proved: 5, pending: count - 5 });
  expect(proofs).toBe(5);
  expect(await states(look)).toEqual({ proved: 10, pending: count - 10 });
  // A gate looks at all that nobody has looked at.
  expect(await states()).toEqual({ proved: count });
  expect(proofs).toBe(count);
  expect(await states(look)).toEqual({ proved: count });
  expect(proofs).toBe(count);
});

test('what changed since is looked at again', async () => {
  const look = { rows: new LocalRows(), handshakes: Infinity };
  expect(await states(look)).toEqual({ proved: count });
  const { key, cert } = service('service-0000');
  const soon = new Date(Date.now() + 1_000);
  await utimes(cert, soon, soon);
  expect(await states(look)).toEqual({ proved: count });
  expect(proofs).toBe(count + 1);
  // Another key: the service could not even start with it.
  await writeFile(key, exportKey((await issueTo(['x'], (await makeTestCa('X')).intermediate)).key));
  expect(await states(look)).toEqual({ proved: count - 1, failed: 1 });
  // A look of long ago is none.
  context = { services: { ...context.services, now: () => Date.now() + 3_700_000 } };
  proofs = 0;
  await states(look);
  expect(proofs).toBe(count);
});

test('a leaf of the old CA is told from one of the new by its signature, though both have one name', async () => {
  await renewed('service-0003');
  const { rows, waiting } = await boardOf(context);
  expect(rows.filter(({ issuer }) => issuer.state === 'proved').map(({ service: id }) => id)).toEqual([
    'service-0003',
  ]);
  expect([waiting, rows.find(({ service: id }) => id === 'service-0003')?.green]).toEqual([count - 1, true]);
});

test('a host elsewhere holds the gate up until it has reported trust and a certificate since the switch', async () => {
  const { paths } = directory;
  const switchedAt = '2030-01-02T00:00:00.000Z';
  const record = JSON.parse(await readFile(paths.rotationState, 'utf8')) as { console: object };
  Object.assign(record.console, { switched_at: switchedAt });
  await writeFile(paths.rotationState, JSON.stringify(record));
  let reissue: Record<string, unknown> = {};
  const client = { kv: { read: async () => ({ data: reissue, version: 1 }) } } as unknown as OpenBaoClient;
  context = { services: { ...context.services, client: () => client } };
  const gate = async (trust: 'pending' | 'applied', completedAt?: string) => {
    const entry: ServiceEntry = {
      ...service('far').entry,
      delivery_mode: 'remote-bootstrap',
      sync_status: { secret_id: 'none', eab: 'none', responder_hmac: 'none', trust_sync: trust },
    };
    const state = { openbao_url: 'http://127.0.0.1:1', kv_mount: 'secret', services: { far: entry } };
    await writeFile(paths.state, renderState(state));
    reissue = completedAt === undefined ? {} : { completed_at: completedAt, completed_version: 1 };
    return (await boardOf(context)).waiting;
  };
  expect(await gate('applied')).toBe(1);
  // Completed, but before the new CA issued.
  expect(await gate('applied', '2030-01-01T00:00:00.000Z')).toBe(1);
  expect(await gate('pending', '2030-01-03T00:00:00.000Z')).toBe(1);
  expect(await gate('applied', '2030-01-03T00:00:00.000Z')).toBe(0);
});
