import { utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Rung } from '../../../shared/contract/services.ts';
import { createOpenBao } from '../../openbao/openbao.ts';
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

beforeEach(async () => {
  directory = await makeTestDirectory();
  const { paths } = directory;
  const [old, next] = [await makeTestCa('Old'), await makeTestCa('New')];
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
    const service = directory.service(id, { certPath: `certs/${id}.crt`, agentConfigPath: `${id}.toml` });
    services[id] = service.entry;
    const { issued, key } = await issueTo([service.identity], old.intermediate);
    await writeFile(service.cert, issued.leafPem + issued.chainPem.join(''));
    await writeFile(service.key, exportKey(key), { mode: 0o600 });
    await writeFile(service.bundle, both.map(({ pem }) => pem).join(''));
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
  const { key, cert } = directory.service('service-0000', { certPath: 'certs/service-0000.crt' });
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
