import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../shared/contract/operations.ts';
import { rotationTargets, type RotationItem, type RotationTarget } from '../../shared/contract/rotation.ts';
import { createOpenBao, type OpenBao, type OpenBaoClient } from '../../src-main/openbao/openbao.ts';
import { parseDsn } from '../../src-main/postgres/dsn.ts';
import { probeLogin } from '../../src-main/postgres/probe.ts';
import { postToken } from '../../src-main/responder/client.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
import { LocalTopology } from '../../src-main/topology/local-topology.ts';
import { readState, updateState } from '../../src-main/workspace/state.ts';
import { setSyncStatus } from '../../src-main/workspace/service-entry.ts';
import { parseToml } from '../../src-main/workspace/toml.ts';
import { decryptKey, encryptKey } from '../../src-main/x509/keys.ts';
import { startChild, untilReady } from '../support/child.ts';
import { installation, type Installation } from '../support/installation.ts';

let stack: Installation;
let openbao: OpenBao;
const begun = Date.now();

beforeAll(async () => {
  stack = await installation();
  for (const name of ['edge', 'inner']) await stack.must(['service', 'add', name]);
  openbao = createOpenBao({ url: (await readState(stack.paths.state)).openbao_url });
});
afterAll(() => stack?.stop());

const text = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
const secretId = (id: string): string => stack.paths.serviceSecret(id, 'secret_id');

async function login(id: string, secret: string): Promise<string> {
  const roleId = await text(stack.paths.serviceSecret(id, 'role_id'));
  return openbao.login(roleId, secret).then(
    () => 'accepted',
    (error: { code: string }) => error.code,
  );
}

async function asConsole<T>(work: (client: OpenBaoClient) => Promise<T>): Promise<T> {
  const [roleId, secret] = await Promise.all([
    text(stack.paths.consoleRole('console', 'role_id')),
    text(stack.paths.consoleRole('console', 'secret_id')),
  ]);
  const client = openbao.withToken((await openbao.login(roleId, secret)).token);
  try {
    return await work(client);
  } finally {
    await client.token.revokeSelf();
  }
}

const kv = (path: string) => asConsole(async (client) => (await client.kv.read(path))?.data);

describe('approle-secret-id', () => {
  test('the new one logs in, the old one is refused, owner and mode of the file stay', async () => {
    const path = secretId('edge');
    const root = process.getuid?.() === 0;
    if (root) await chown(path, 65_534, 65_534);
    await chmod(path, 0o640);
    const [old, other] = await Promise.all([text(path), text(secretId('inner'))]);

    await stack.must(['rotate', 'approle-secret-id', 'edge']);

    const fresh = await text(path);
    expect(fresh).not.toBe(old);
    expect(await login('edge', fresh)).toBe('accepted');
    expect(await login('edge', old)).toBe('openbao_credentials_refused');
    const after = await stat(path);
    expect(after.mode & 0o777).toBe(0o640);
    if (root) expect([after.uid, after.gid]).toEqual([65_534, 65_534]);
    // Nobody else's was touched.
    expect(await text(secretId('inner'))).toBe(other);
    expect(await login('inner', other)).toBe('accepted');
  });

  test('a file that became a symlink stops the plan before anything is minted', async () => {
    const path = secretId('inner');
    const old = await text(path);
    await rename(path, `${path}.real`);
    await symlink(`${path}.real`, path);
    try {
      const answer = await stack.cli(['rotate', 'approle-secret-id', '--all-services']);
      expect(answer.code).toBe(3);
    } finally {
      await rm(path);
      await rename(`${path}.real`, path);
    }
    expect(await login('inner', old)).toBe('accepted');
  });

  test('a deleted file is made anew', async () => {
    const path = secretId('inner');
    await rm(path);
    await stack.must(['rotate', 'approle-secret-id', '--all-services']);
    expect(await login('inner', await text(path))).toBe('accepted');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('a remote host keeps its old secret_id; its item is pending, and so is the operation', async () => {
    const old = await text(secretId('inner'));
    await updateState(stack.paths.state, (draft) => {
      const entry = draft.services?.['inner'];
      if (entry !== undefined) {
        entry.delivery_mode = 'remote-bootstrap';
        setSyncStatus(entry, 'secret_id', 'none', 0);
      }
    });
    try {
      await stack.must(['rotate', 'approle-secret-id', 'inner'], 4);
      const delivered = (await kv('bootroot/services/inner/secret_id'))?.['secret_id'];
      expect(delivered).not.toBe(old);
      expect(await login('inner', String(delivered))).toBe('accepted');
      expect(await login('inner', old)).toBe('accepted');
      const entry = (await readState(stack.paths.state)).services?.['inner'];
      expect(entry?.sync_status?.secret_id).toBe('pending');
      const stamps = entry?.sync_metadata?.secret_id;
      // It ends when OpenBao says, a day after it was minted, which was a moment before it was handed over.
      const lasts = (stamps?.expires_at_unix ?? 0) - (stamps?.started_at_unix ?? 0);
      expect(lasts).toBeGreaterThan(24 * 3600 - 60);
      expect(lasts).toBeLessThanOrEqual(24 * 3600);
    } finally {
      await updateState(stack.paths.state, (draft) => {
        const entry = draft.services?.['inner'];
        if (entry !== undefined) entry.delivery_mode = 'local-file';
      });
    }
  });

  test('a remote host that is bootstrapped gets a wrapping token, which opens once', async () => {
    const artifact = stack.paths.bootstrapArtifact('inner');
    const before = '{\n    "schema_version": 5,  "unknown": 1.50,\n    "wrap_token": "old"\n}\n';
    await mkdir(dirname(artifact), { recursive: true });
    await updateState(stack.paths.state, (draft) => {
      const entry = draft.services?.['inner'];
      if (entry !== undefined) entry.delivery_mode = 'remote-bootstrap';
    });
    const words = ['rotate', 'approle-secret-id', 'inner', '--secret-id-wrap-ttl', '5m'];
    try {
      expect((await stack.cli(words)).code).toBe(3);
      await writeFile(artifact, before, { mode: 0o600 });
      await stack.must(words, 4);
      const after = await readFile(artifact, 'utf8');
      const { wrap_token: token, wrap_expires_at: at } = JSON.parse(after) as Record<string, string>;
      expect(after.startsWith(before.slice(0, before.indexOf('"old"')))).toBe(true);
      expect(Date.parse(at ?? '')).toBeGreaterThan(Date.now() + 200_000);
      const { secretId: opened } = await openbao.unwrapSecretId(token ?? '');
      expect(opened).toBe((await kv('bootroot/services/inner/secret_id'))?.['secret_id']);
      expect(await login('inner', opened)).toBe('accepted');
      await expect(openbao.unwrapSecretId(token ?? '')).rejects.toThrow();
    } finally {
      await rm(dirname(artifact), { recursive: true });
      await updateState(stack.paths.state, (draft) => {
        const entry = draft.services?.['inner'];
        if (entry !== undefined) entry.delivery_mode = 'local-file';
      });
    }
  });

  test('state.json says when all were rotated, as the newer tools do, and what others wrote meanwhile stays', async () => {
    const begun = Date.now();
    await updateState(stack.paths.state, (draft) => {
      (draft as Record<string, unknown>)['written_by_another_tool'] = { kept: [1, 2] };
    });
    await stack.must(['rotate', 'approle-secret-id', '--all-services']);
    const state = await readState(stack.paths.state);
    expect(Date.parse(state.last_secret_id_rotation ?? '')).toBeGreaterThanOrEqual(begun - 1000);
    expect((state as Record<string, unknown>)['written_by_another_tool']).toEqual({ kept: [1, 2] });
  });

  test('nothing chosen is a usage error', async () => {
    expect((await stack.cli(['rotate', 'approle-secret-id'])).code).toBe(2);
  });
});

describe('responder-hmac', () => {
  test('OpenBao, responder.toml and each agent.toml have the new one; comments of the operator stay', async () => {
    const agent = stack.paths.resolve('agent-edge.toml');
    const note = '# kept by the operator\n[operator]\nunknown = "key"\n';
    await writeFile(agent, `${await readFile(agent, 'utf8')}\n${note}`);
    const before = await readFile(agent, 'utf8');
    const old = String((await kv('bootroot/responder/hmac'))?.['value']);

    await stack.must(['rotate', 'responder-hmac']);

    const fresh = String((await kv('bootroot/responder/hmac'))?.['value']);
    expect(fresh).not.toBe(old);
    expect(await kv('bootroot/services/edge/http_responder_hmac')).toEqual({ hmac: fresh });
    expect(await readFile(agent, 'utf8')).toBe(before.replace(old, fresh));
    expect(await text(stack.paths.responderConfig)).toContain(fresh);
    expect((await stat(stack.paths.responderConfig)).mode & 0o777).toBe(0o600);
    const { proofs } = await stack.last();
    expect(proofs.map(({ title, outcome }) => [title.key, outcome])).toEqual([
      ['rotation.proof.hmac_new', 'proved'],
      ['rotation.proof.hmac_old', 'proved'],
      ['rotation.proof.issuance', 'proved'],
    ]);
  });
});

describe('responder-hmac in use', () => {
  const responder = async (): Promise<{ admin: string; challenge: string; secret: string }> => {
    const config = parseToml(await text(stack.paths.responderConfig), 'responder.toml');
    const at = (key: string): string => `http://${String(config[key])}`;
    return { admin: at('admin_addr'), challenge: at('listen_addr'), secret: String(config['hmac_secret']) };
  };
  const post = async (secret: string, token: string): Promise<string> =>
    postToken({ url: (await responder()).admin, secret }, token, `${token}.thumb`, 300).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );

  test('a challenge in flight survives, an agent that runs reads the new secret, and the old one is refused', async () => {
    const { secret: old, challenge } = await responder();
    expect(await post(old, 'in-flight')).toBe('accepted');
    const program = ['dist/console.cjs', 'agent', '--config', stack.paths.resolve('agent-edge.toml')];
    const agent = startChild(process.execPath, program);
    const configurations = (): number => agent.output().split('agent.log.config').length - 1;
    try {
      // Its first look at OpenBao is over.
      await untilReady(agent, async () => agent.output().includes('"item":"responder_hmac"'));
      const before = configurations();
      await stack.must(['rotate', 'responder-hmac']);
      // Nobody has told it but the rotation.
      await untilReady(agent, async () => configurations() > before);
      expect(agent.process.exitCode).toBeNull();
    } finally {
      await agent.stop();
    }
    const answer = await fetch(`${challenge}/.well-known/acme-challenge/in-flight`);
    expect([answer.status, await answer.text()]).toEqual([200, 'in-flight.thumb']);
    expect(await post(old, 'late')).toBe('responder_hmac');
    expect(await post((await responder()).secret, 'fresh')).toBe('accepted');
  });

  test('with an overlap the old secret is accepted until it ends, and no longer', async () => {
    const { secret: old } = await responder();
    await stack.must(['rotate', 'responder-hmac', '--overlap-minutes', '5'], 4);
    expect(await post(old, 'overlap')).toBe('accepted');
    expect(await post((await responder()).secret, 'fresh')).toBe('accepted');
    const { proofs } = await stack.last();
    expect(proofs.find(({ outcome }) => outcome === 'pending')?.evidence?.key).toBe(
      'rotation.evidence.overlap',
    );
    // Its end, now.
    const path = stack.paths.responderConfig;
    const before = await readFile(path, 'utf8');
    await writeFile(
      path,
      before.replace(/(previous_hmac_until = )\d+/, `$1${Math.floor(Date.now() / 1000)}`),
    );
    await new LocalTopology(stack.paths).reloadServer('responder');
    await expect.poll(() => post(old, 'over'), { timeout: 60_000 }).toBe('responder_hmac');
    await stack.must(['rotate', 'responder-hmac']);
    expect(await readFile(path, 'utf8')).not.toContain('previous_hmac');
  });
});

describe('trust-sync', () => {
  test('pins and bundle are one generation everywhere, also where somebody had changed them', async () => {
    const wanted = await kv('bootroot/ca');
    await asConsole(async (client) => {
      await client.kv.write('bootroot/services/edge/trust', {
        trusted_ca_sha256: ['00'.repeat(32)],
        ca_bundle_pem: '',
      });
    });
    const intermediate = await readFile(stack.paths.intermediateCert, 'utf8');
    await writeFile(stack.paths.bundle, intermediate);

    await stack.must(['rotate', 'trust-sync']);

    expect(await kv('bootroot/services/edge/trust')).toEqual(wanted);
    expect(await kv('bootroot/services/inner/trust')).toEqual(wanted);
    expect(await readFile(stack.paths.bundle, 'utf8')).toBe(wanted?.['ca_bundle_pem']);
  });

  test('a CA key rotation of the tools that is under way refuses it', async () => {
    await writeFile(stack.paths.rotationState, '{}');
    try {
      expect((await stack.cli(['rotate', 'trust-sync'])).code).toBe(3);
    } finally {
      await rm(stack.paths.rotationState);
    }
  });
});

describe('force-reissue', () => {
  test('the leaf on disk is another one and proved', async () => {
    const before = await text(stack.paths.cert('edge'));
    await stack.must(['rotate', 'force-reissue', 'edge']);
    expect(await text(stack.paths.cert('edge'))).not.toBe(before);
  });

  test('one that fails does not keep the others back, and is named', async () => {
    const before = await text(stack.paths.cert('edge'));
    await asConsole((client) => client.kv.read('bootroot/ca'));
    // A name that step-ca's resolver does not know: the order of this service alone fails. No agent runs for any.
    const own = ['lost.crt', 'lost.key'].map((name) => join(dirname(stack.paths.cert('inner')), name));
    const pair = async () => Promise.all(own.map((path) => readFile(path, 'utf8').catch(() => '')));
    for (const [index, path] of [stack.paths.cert('inner'), stack.paths.key('inner')].entries())
      await copyFile(path, own[index] ?? '');
    const kept = await pair();
    await updateState(stack.paths.state, (draft) => {
      const entry = draft.services?.['inner'];
      if (entry !== undefined)
        draft.services = {
          ...draft.services,
          lost: { ...entry, domain: 'bad_domain', cert_path: own[0] ?? '', key_path: own[1] ?? '' },
        };
    });
    try {
      await stack.must(['rotate', 'force-reissue', '--all-services'], 1);
    } finally {
      await updateState(stack.paths.state, (draft) => {
        delete draft.services?.['lost'];
      });
    }
    const { error, canResume } = await stack.last();
    expect(error).toMatchObject({ code: 'rotation_some_failed', params: { count: 1, names: 'lost' } });
    expect(canResume).toBe(true);
    expect(await text(stack.paths.cert('edge'))).not.toBe(before);
    // What it had is not gone before something better is there.
    expect([await pair(), kept.includes('')]).toEqual([kept, false]);
  });

  test('a host elsewhere is done, or pending when the time is up; never done by a clock (C21)', async () => {
    const place = (deliveryMode: 'remote-bootstrap' | 'local-file') =>
      updateState(stack.paths.state, (draft) => {
        const entry = draft.services?.['inner'];
        if (entry !== undefined) entry.delivery_mode = deliveryMode;
      });
    await place('remote-bootstrap');
    const path = 'bootroot/services/inner/reissue';
    const words = ['rotate', 'force-reissue', '--all-services', '--wait', '--wait-timeout'];
    try {
      await stack.must([...words, '3s'], 124);
      const outcomes = async () =>
        (await stack.last()).proofs.map(({ title, outcome }) => [title.params?.['name'], outcome]);
      expect(await outcomes()).toContainEqual(['edge', 'proved']);
      expect(await outcomes()).toContainEqual(['inner', 'pending']);
      // Its agent reports while it is waited for.
      const before = String((await kv(path))?.['requested_at']);
      const answered = stack.must([...words, '60s']);
      const requested = async () => (await kv(path))?.['requested_at'];
      await expect.poll(requested, { timeout: 60_000 }).not.toBe(before);
      await asConsole(async (client) => {
        const { data = {}, version = 0 } = (await client.kv.read(path)) ?? {};
        const done = { completed_at: new Date().toISOString(), completed_version: version };
        await client.kv.write(path, { ...data, ...done }, { cas: version });
      });
      await answered;
      expect(await outcomes()).toContainEqual(['inner', 'proved']);
    } finally {
      await place('local-file');
    }
  });
});

describe('stepca-password', () => {
  test('both keys open with the new password only, which OpenBao and password.txt have', async () => {
    const old = await text(stack.paths.passwordFile);
    await stack.must(['rotate', 'stepca-password']);
    const fresh = await text(stack.paths.passwordFile);
    expect(fresh).not.toBe(old);
    expect(await kv('bootroot/stepca/password')).toEqual({ value: fresh });
    for (const path of [stack.paths.rootKey, stack.paths.intermediateKey]) {
      const pem = await readFile(path, 'utf8');
      expect(() => decryptKey(pem, old)).toThrow();
      expect(decryptKey(pem, fresh).type).toBe('private');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await expect(stat(`${path}.new`)).rejects.toThrow('ENOENT');
    }
  });
});

describe('stepca-password after a crash of the newer tools', () => {
  test('a key under the password in password.txt.new is opened, and the staging goes', async () => {
    const { passwordFile, intermediateKey } = stack.paths;
    const old = await text(passwordFile);
    const theirs = 'made-by-the-tools-and-never-removed';
    const key = decryptKey(await readFile(intermediateKey, 'utf8'), old);
    await writeFile(`${passwordFile}.new`, theirs, { mode: 0o600 });
    await writeFile(intermediateKey, encryptKey(key, theirs), { mode: 0o600 });
    await stack.must(['rotate', 'stepca-password']);
    const fresh = await text(passwordFile);
    for (const path of [stack.paths.rootKey, intermediateKey])
      expect(decryptKey(await readFile(path, 'utf8'), fresh).type).toBe('private');
    await expect(stat(`${passwordFile}.new`)).rejects.toThrow('ENOENT');
  });
});

describe('db', () => {
  test('the new password logs in, the old one does not, the administrator is left alone', async () => {
    const dsnNow = async () =>
      parseDsn(caDsn(parseCaConfig(await text(stack.paths.caConfig), 'ca.json')) ?? '');
    const [old, admin] = [await dsnNow(), await kv('bootroot/stepca/db_admin')];
    await stack.must(['rotate', 'db']);
    const fresh = await dsnNow();
    expect({ ...fresh, password: '' }).toEqual({ ...old, password: '' });
    expect((await probeLogin(fresh)).ok).toBe(true);
    expect(await probeLogin(old)).toMatchObject({
      ok: false,
      error: { data: { code: 'postgres_password' } },
    });
    expect(parseDsn(String((await kv('bootroot/stepca/db'))?.['value']))).toEqual(fresh);
    expect(await kv('bootroot/stepca/db_admin')).toEqual(admin);
    expect((await probeLogin(parseDsn(String(admin?.['value'])))).ok).toBe(true);
  });

  test('a DSN that the older tools wrote under the wrong key is read, and written right', async () => {
    const dsn = String((await kv('bootroot/stepca/db'))?.['value']);
    await asConsole((client) => client.kv.write('bootroot/stepca/db', { dsn }));
    await stack.must(['rotate', 'db']);
    expect(Object.keys((await kv('bootroot/stepca/db')) ?? {})).toEqual(['value']);
  });
});

describe('the list and the record', () => {
  test('says when each was rotated and proved', async () => {
    const { stdout } = await stack.must(['rotate', 'list', '--json']);
    const { items } = JSON.parse(stdout) as { items: RotationItem[] };
    const of = (target: string) => items.find((item) => item.target === target);
    for (const target of ['approle-secret-id', 'trust-sync', 'responder-hmac', 'stepca-password', 'db']) {
      const item = of(target);
      expect(item?.due).toBe('ok');
      expect(item?.changedAt).toBeGreaterThan(begun);
      expect(item?.lastProofAt).toBeGreaterThan(begun);
    }
    expect(of('console-credentials')?.lastRotationAt).toBeUndefined();
  });

  test('every target: a dry run of the program is one document with its plan, and begins nothing', async () => {
    const words: Partial<Record<RotationTarget, readonly string[]>> = {
      'approle-secret-id': ['--all-services'],
      'force-reissue': ['--all-services'],
      'openbao-recovery': ['--rotate-unseal-keys'],
    };
    const { id } = await stack.last();
    // As a line of the tools names the installation, before the target.
    const place = ['--state-file', stack.paths.state, '--secrets-dir', stack.paths.secrets, '--kv-mount'];
    const { code } = await stack.cli(['rotate', ...place, 'elsewhere', 'db', '--dry-run']);
    expect(code).toBe(3);
    for (const target of rotationTargets) {
      const line = ['--json', '--dry-run', 'rotate', ...place, 'secret', target, ...(words[target] ?? [])];
      const { stdout } = await stack.must(line);
      const { ok, plan } = JSON.parse(stdout) as { ok: boolean; plan: Plan };
      expect([target, ok, plan.kind, plan.steps.length > 0]).toEqual([
        target,
        true,
        `rotate.${target}`,
        true,
      ]);
    }
    expect((await stack.last()).id).toBe(id);
  });

  test('no value of any secret is in the journal, the audit log or the output', async () => {
    const secrets = [
      await text(stack.paths.passwordFile),
      await text(secretId('edge')),
      String((await kv('bootroot/responder/hmac'))?.['value']),
      parseDsn(String((await kv('bootroot/stepca/db'))?.['value'])).password ?? '',
    ];
    const output = [
      (await stack.must(['operations', 'list', '--json'])).stdout,
      (await stack.must(['audit', 'list', '--json'])).stdout,
      (await stack.must(['rotate', 'db', '--dry-run'])).stdout,
      await readFile(stack.paths.store, 'latin1'),
    ].join('\n');
    expect(output).toContain('rotate.db');
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(16);
      expect(output).not.toContain(secret);
    }
  });
});
