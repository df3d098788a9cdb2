import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../shared/contract/operations.ts';
import { setupContract, type SetupExternal } from '../../shared/contract/setup.ts';
import { isConsoleError } from '../../shared/errors.ts';
import { AuditLog } from '../../src-main/audit/audit-log.ts';
import { OperationEngine } from '../../src-main/operations/engine.ts';
import { Journal } from '../../src-main/operations/journal.ts';
import { setupExternalDefinition } from '../../src-main/setup/external/definition.ts';
import { probeExternal } from '../../src-main/setup/external/probe.ts';
import { Store } from '../../src-main/store/store.ts';
import { WorkspacePaths } from '../../src-main/workspace/paths.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { binary } from '../support/binaries.ts';
import { freePort } from '../support/child.ts';
import { startOpenBao, type TestOpenBao } from '../support/openbao.ts';
import { testPki, type TestPki } from '../support/pki.ts';
import { startStepCa, type StepCa } from '../support/step-ca.ts';

let pki: TestPki;
let other: TestPki;
let bao: TestOpenBao;
let stepCa: StepCa;
let stepcaUrl: string;

beforeAll(async () => {
  [pki, other] = await Promise.all([testPki('External'), testPki('Other')]);
  const leaf = await pki.leaf(['localhost', '127.0.0.1']);
  const cert = leaf.cert + pki.intermediate.pem;
  bao = await startOpenBao({ tls: { cert, key: leaf.key, ca: pki.bundle } });
  stepCa = await startStepCa({
    binary: await binary('step-ca'),
    httpPort: await freePort(),
    resolver: '127.0.0.1:1',
    pki,
  });
  stepcaUrl = `https://localhost:${stepCa.port}`;
});

afterAll(async () => {
  await stepCa?.stop();
  await bao?.stop();
});

const probe = async (caPem: string, urls: { openbaoUrl?: string; stepcaUrl?: string } = {}) =>
  setupContract['setup.probe'].output.parse(
    await probeExternal({ openbaoUrl: bao.url, stepcaUrl, caPem, ...urls }),
  );

describe('the probe', () => {
  test('shows the root of a CA that is not trusted yet, for comparison', async () => {
    const { openbao, stepca } = await probe('');
    expect(openbao).toMatchObject({ ok: false, detail: { key: 'error.openbao_tls_untrusted.what' } });
    expect(stepca).toEqual({
      ok: false,
      detail: { key: 'external.probe.stepca_compare', params: undefined },
      rootFingerprint: pki.root.sha256,
      rootPem: expect.stringContaining('BEGIN CERTIFICATE') as string,
    });
    const { rootPem } = stepca;
    expect((await probe(rootPem ?? '')).stepca).toMatchObject({ ok: true, rootFingerprint: pki.root.sha256 });
  });

  test('tells an OpenBao that nobody initialised from one that is sealed or ready', async () => {
    expect((await probe(pki.root.pem)).openbao).toMatchObject({
      ok: false,
      detail: { key: 'external.probe.openbao_not_initialised' },
    });
    const { keys } = await bao.init();
    const { openbao } = await probe(pki.root.pem);
    expect(openbao).toMatchObject({ ok: true, detail: { key: 'external.probe.openbao_ready' } });
    expect(openbao.version).toMatch(/^\d+\.\d+\.\d+/);
    await bao.halt();
    await bao.resume();
    expect((await probe(pki.root.pem)).openbao).toMatchObject({
      ok: true,
      detail: { key: 'external.probe.openbao_sealed' },
    });
    await bao.unseal(keys);
  });

  test('names a wrong root, a silent port, a wrong server and nonsense', async () => {
    const wrong = await probe(other.root.pem);
    expect([wrong.openbao.ok, wrong.openbao.detail.key]).toEqual([false, 'error.openbao_tls_untrusted.what']);
    expect([wrong.stepca.ok, wrong.stepca.rootFingerprint]).toEqual([false, pki.root.sha256]);
    const silent = `https://localhost:${await freePort()}`;
    const none = await probe(pki.root.pem, { openbaoUrl: silent, stepcaUrl: silent });
    expect([none.openbao.detail.key, none.stepca.detail.key]).toEqual([
      'error.openbao_unreachable.what',
      'error.external_stepca_unreachable.what',
    ]);
    const swapped = await probe(pki.root.pem, { openbaoUrl: stepcaUrl, stepcaUrl: bao.url });
    expect([swapped.openbao.ok, swapped.stepca.ok]).toEqual([false, false]);
    expect(swapped.stepca.detail.key).toBe('error.external_stepca_unhealthy.what');
    const nonsense = await probe(pki.root.pem, { openbaoUrl: 'bao', stepcaUrl: 'https://u:p@localhost' });
    expect([nonsense.openbao.detail.key, nonsense.stepca.detail.key]).toEqual([
      'error.external_bad_url.what',
      'error.external_bad_url.what',
    ]);
    expect((await probe('no PEM')).stepca.detail.key).toBe('error.tls_bundle_unreadable.what');
  });

  test('does not show a root that the server does not chain to', async () => {
    const stranger = await other.leaf(['localhost']);
    const server = await listen(stranger.cert + other.intermediate.pem, stranger.key, pki.root.pem);
    try {
      const url = `https://localhost:${(server.address() as AddressInfo).port}`;
      const { stepca } = await probe('', { stepcaUrl: url });
      expect(stepca).toMatchObject({ ok: false, detail: { key: 'error.external_stepca_untrusted.what' } });
      expect(stepca.rootFingerprint).toBeUndefined();
    } finally {
      server.close();
    }
  });
});

/** A server that publishes somebody else's root. */
async function listen(cert: string, key: string, roots: string): Promise<Server> {
  const server = createServer({ cert, key }, (request, response) => {
    response.end(request.url === '/roots.pem' ? roots : '{"status":"ok"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('the operation', () => {
  let root: string;
  let paths: WorkspacePaths;
  let store: Store;
  let engine: OperationEngine;
  let remembered: [SetupExternal, string][];

  beforeEach(async () => {
    root = join(await mkdtemp(join(tmpdir(), 'external-')), 'work');
    paths = new WorkspacePaths(root);
    store = await Store.open(paths.store);
    remembered = [];
    const definition = setupExternalDefinition({
      paths,
      now: Date.now,
      remember: async (input, directoryUrl) => {
        remembered.push([input, directoryUrl]);
      },
    });
    engine = new OperationEngine({
      journal: new Journal(store, 'test'),
      audit: new AuditLog(store, join(paths.console, 'audit-head')),
      definitions: new Map([[definition.kind, definition]]),
      stageRoot: join(paths.secrets, '.staging'),
      lockPath: paths.operationLock,
    });
  });

  afterEach(async () => {
    await engine.close();
    await store.close();
    await rm(join(root, '..'), { recursive: true });
  });

  const input = (change: Partial<SetupExternal> = {}): SetupExternal => ({
    path: root,
    name: 'External',
    openbaoUrl: bao.url,
    kvMount: 'secret',
    stepcaUrl,
    caPem: `text above\n${pki.root.pem}${pki.root.pem}`,
    ...change,
  });

  const run = async (request: SetupExternal): Promise<Operation> => {
    const plan = await engine.plan('setup.external', request);
    const started = await engine.start({
      kind: 'setup.external',
      input: request,
      digest: plan.digest,
      secrets: {},
      actor: 'test',
    });
    return engine.waitFor(started.id);
  };
  const unmet = async (request: SetupExternal): Promise<string[]> =>
    (await engine.plan('setup.external', request)).preconditions
      .filter(({ met }) => !met)
      .map(({ id }) => id);
  const refusal = async (request: SetupExternal): Promise<string> =>
    run(request).then(
      ({ state, error }) => error?.code ?? state,
      (error: unknown) => (isConsoleError(error) ? error.code : String(error)),
    );

  test('writes its own files, proves the servers, and can be taken back', async () => {
    const done = await run(
      input({ rootFingerprint: pki.root.sha256, responderAdminUrl: 'http://127.0.0.1:1' }),
    );
    expect([done.state, done.error]).toEqual(['done', undefined]);
    expect(done.proofs.map(({ title, outcome }) => [title.key, outcome])).toEqual([
      ['external.proof.openbao', 'proved'],
      ['external.proof.stepca', 'proved'],
      ['external.proof.acme', 'proved'],
      ['external.proof.responder', 'not_proved'],
    ]);
    // The certificate once, and nothing of the text around it.
    expect((await readFile(paths.bundle, 'utf8')).replaceAll('\n', '')).toBe(
      pki.root.pem.replaceAll('\n', ''),
    );
    expect((await stat(paths.bundle)).mode & 0o777).toBe(0o644);
    for (const path of [root, paths.console, paths.secrets, paths.certs])
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await readState(paths.state)).toMatchObject({
      openbao_url: bao.url,
      kv_mount: 'secret',
      secrets_dir: 'secrets',
      services: {},
    });
    expect(remembered.map(([, directory]) => directory)).toEqual([stepCa.directoryUrl]);
    expect(await unmet(input())).toEqual(['empty']);
  });

  test('with a fingerprint alone fetches exactly that root', async () => {
    const done = await run(input({ caPem: '', rootFingerprint: pki.root.sha256 }));
    expect([done.state, done.error]).toEqual(['done', undefined]);
    expect(await readFile(paths.bundle, 'utf8')).toContain('BEGIN CERTIFICATE');
    expect((await readdir(join(paths.secrets, '.staging'))).length).toBe(0);
  });

  test('writes nothing for a root that the CA does not publish', async () => {
    expect(await refusal(input({ caPem: '', rootFingerprint: other.root.sha256 }))).toBe(
      'external_root_not_published',
    );
    expect(await readdir(paths.certs)).toEqual([]);
    await expect(stat(paths.state)).rejects.toThrow();
  });

  test('holds step-ca against the fingerprint even when its bundle would do', async () => {
    const caPem = pki.root.pem + other.root.pem;
    expect(await refusal(input({ caPem, rootFingerprint: other.root.sha256 }))).toBe(
      'external_stepca_unpinned',
    );
    await expect(stat(paths.state)).rejects.toThrow();
  });

  test('a failed try is undone to an empty work directory, or resumed', async () => {
    const request = input({ caPem: pki.root.pem, stepcaUrl: `${stepcaUrl}/acme/none/directory` });
    const failed = await run(request);
    expect([failed.state, failed.error?.code, failed.canUndo]).toEqual(['failed', 'external_no_acme', true]);
    expect(await readState(paths.state)).toMatchObject({ openbao_url: bao.url });
    const again = await engine.resume(failed.id, {}, 'test');
    expect((await engine.waitFor(again.id)).steps.map(({ state }) => state).slice(-2)).toEqual([
      'done',
      'failed',
    ]);
    await engine.waitFor((await engine.undo(failed.id, {}, 'test')).id);
    expect((await engine.show(failed.id)).operation.state).toBe('undone');
    await expect(stat(paths.state)).rejects.toThrow();
    await expect(stat(paths.bundle)).rejects.toThrow();
    expect(remembered).toEqual([]);
  });

  test('does not touch a bundle or a state that was there before', async () => {
    await mkdir(paths.certs, { recursive: true });
    await writeFile(paths.bundle, other.root.pem);
    expect(await unmet(input())).toEqual(['bundle']);
    expect(await refusal(input())).toBe('precondition_unmet');
    await writeFile(paths.state, '{"openbao_url":"http://other:8200","kv_mount":"secret"}');
    expect(await unmet(input())).toEqual(['empty', 'bundle']);
    expect(await readFile(paths.bundle, 'utf8')).toBe(other.root.pem);
  });

  test('says before anything happens what does not answer or is not trusted', async () => {
    const silent = `https://localhost:${await freePort()}`;
    expect(await unmet(input({ openbaoUrl: silent }))).toEqual(['openbao']);
    expect(await unmet(input({ caPem: other.root.pem }))).toEqual(['openbao', 'stepca']);
    expect(await unmet(input({ caPem: 'rubbish' }))).toEqual(['roots']);
    expect(await unmet(input({ caPem: pki.intermediate.pem }))).toEqual(['roots']);
  });
});
