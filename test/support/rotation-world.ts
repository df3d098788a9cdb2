import { createPrivateKey } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation } from '../../shared/contract/operations.ts';
import { isConsoleError } from '../../shared/errors.ts';
import type { OpenWorkspace } from '../../src-main/console/open-workspace.ts';
import { parseLeaf, readServiceFiles } from '../../src-main/issuance/set-files.ts';
import { parseDsn, type Dsn } from '../../src-main/postgres/dsn.ts';
import { probeLogin } from '../../src-main/postgres/probe.ts';
import { postToken } from '../../src-main/responder/client.ts';
import { rotationContext } from '../../src-main/rotation/bind.ts';
import { isRemote } from '../../src-main/rotation/targets.ts';
import { proveIssuance } from '../../src-main/rotation/trial-issuance.ts';
import { servicesOf } from '../../src-main/services/entry.ts';
import { publishedTrust } from '../../src-main/services/trust.ts';
import { readBundle, sha256 } from '../../src-main/tls/certificates.ts';
import { reachesPin } from '../../src-main/tls/pins.ts';
import { caDsn, parseCaConfig } from '../../src-main/workspace/ca-json.ts';
import { readState } from '../../src-main/workspace/state.ts';
import { parseToml, valueAt } from '../../src-main/workspace/toml.ts';
import { decryptKey } from '../../src-main/x509/keys.ts';
import { quietRun } from './quiet-run.ts';
import { isMore, Lost, MoreSecrets, type More } from './rotation-more.ts';

export { Lost } from './rotation-more.ts';

/** The rotations that these proofs know. */
export type Rotated =
  | 'stepca-password'
  | 'db'
  | 'responder-hmac'
  | 'approle-secret-id'
  | 'trust-sync'
  | 'force-reissue'
  | 'console-credentials'
  | More;

/** Every secret of an installation, from each place where a copy of it is kept. */
export interface Held {
  readonly passwords: readonly string[];
  readonly dsn: Dsn;
  readonly dsns: readonly string[];
  readonly hmacs: readonly string[];
  /** By service of this host, in the order of state.json. */
  readonly secretIds: readonly string[];
  readonly console: string;
  /** SHA-256 of each service's leaf. */
  readonly leaves: readonly string[];
  /** Pins and bundles in OpenBao and in files, as one text. */
  readonly trust: string;
  readonly more: Readonly<Record<More, string>>;
}

/** What a rotation changes. */
export function valueOf(target: Rotated, held: Held): string {
  switch (target) {
    case 'stepca-password':
      return held.passwords[0] ?? '';
    case 'db':
      return held.dsns[0] ?? '';
    case 'responder-hmac':
      return held.hmacs[0] ?? '';
    case 'approle-secret-id':
      return held.secretIds.join();
    case 'console-credentials':
      return held.console;
    case 'force-reissue':
      return held.leaves.join();
    case 'trust-sync':
      return held.trust;
    default:
      return held.more[target];
  }
}

const text = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();

function same(what: string, copies: readonly string[]): void {
  const [first = ''] = copies;
  if (first === '' || copies.some((copy) => copy !== first))
    throw new Lost(`${what}: ${String(new Set(copies).size)} values in ${String(copies.length)} places`);
}

/** Reads and proves the secrets of an open work directory, by other means than the rotations use where there are any. */
export class RotationWorld {
  readonly #workspace: () => OpenWorkspace;
  readonly #more: MoreSecrets;

  constructor(workspace: () => OpenWorkspace) {
    this.#workspace = workspace;
    this.#more = new MoreSecrets(workspace);
  }

  async #all() {
    const { paths } = this.#workspace();
    return servicesOf(await readState(paths.state), paths);
  }

  /** The services of this host: the others keep their files elsewhere. */
  async #services() {
    return (await this.#all()).filter((one) => !isRemote(one));
  }

  /** Copies of every secret. @throws Error when a place cannot be read */
  async held(): Promise<Held> {
    const workspace = this.#workspace();
    const { paths } = workspace;
    if (workspace.session?.status().state !== 'live') await workspace.signIn();
    const { kv: store } = workspace.services.client();
    const kv = async (path: string) => (await store.read(path))?.data ?? {};
    const toml = async (path: string, ...key: string[]) => valueAt(parseToml(await text(path), path), key);
    const [all, services] = [await this.#all(), await this.#services()];
    const dsn = parseDsn(caDsn(parseCaConfig(await text(paths.caConfig), 'ca.json')) ?? '');
    const each = <T>(make: (service: (typeof services)[number]) => Promise<T>) =>
      Promise.all(services.map(make));
    return {
      passwords: [String((await kv('bootroot/stepca/password'))['value']), await text(paths.passwordFile)],
      dsn,
      dsns: [dsn.password ?? '', parseDsn(String((await kv('bootroot/stepca/db'))['value'])).password ?? ''],
      hmacs: [
        String((await kv('bootroot/responder/hmac'))['value']),
        String(await toml(paths.responderConfig, 'hmac_secret')),
        ...(await Promise.all(
          all.map(async ({ id }) =>
            String((await kv(`bootroot/services/${id}/http_responder_hmac`))['hmac']),
          ),
        )),
        ...(await each(async ({ agentConfig }) =>
          String(await toml(agentConfig, 'acme', 'http_responder_hmac')),
        )),
      ],
      secretIds: await each(({ secretIdPath }) => text(secretIdPath)),
      console: await text(paths.consoleRole('console', 'secret_id')),
      leaves: await each(async (service) => {
        const leaf = parseLeaf(readServiceFiles(service).certPem ?? '');
        return leaf === undefined ? '' : sha256(leaf);
      }),
      trust: JSON.stringify([
        await kv('bootroot/ca'),
        await text(paths.bundle),
        ...(await Promise.all(all.map(({ id }) => kv(`bootroot/services/${id}/trust`)))),
        ...(await each(async ({ bundle, agentConfig }) => [
          await text(bundle),
          (await toml(agentConfig, 'trust')) ?? null,
        ])),
      ]),
      more: await this.#more.held(),
    };
  }

  /** Whether the checker of this secret takes a value of it: OpenBao, PostgreSQL, the responder, the CA keys. */
  async accepts(target: Rotated, value: string, held: Held): Promise<boolean> {
    const { paths, services } = this.#workspace();
    const login = async (roleIdPath: string, secretId: string): Promise<boolean> => {
      try {
        const { token } = await services.openbao.login(await text(roleIdPath), secretId);
        await services.openbao.withToken(token).token.revokeSelf();
        return true;
      } catch (error) {
        if (isConsoleError(error, 'openbao_credentials_refused')) return false;
        throw error;
      }
    };
    switch (target) {
      case 'stepca-password': {
        for (const path of [paths.rootKey, paths.intermediateKey])
          try {
            decryptKey(await readFile(path, 'utf8'), value);
            return true;
          } catch (error) {
            if (!isConsoleError(error)) throw error;
          }
        return false;
      }
      case 'db': {
        const probe = await probeLogin({ ...held.dsn, password: value });
        if (!probe.ok && probe.error.code !== 'postgres_password') throw probe.error;
        return probe.ok;
      }
      case 'responder-hmac': {
        const { responderAdminUrl: url } = await services.endpoints();
        try {
          await postToken({ url, secret: value }, 'proof', 'proof.proof', 1);
          return true;
        } catch (error) {
          if (isConsoleError(error, 'responder_hmac')) return false;
          throw error;
        }
      }
      case 'approle-secret-id': {
        const all = await this.#services();
        const values = value.split(',');
        const taken = await Promise.all(
          all.map(({ roleIdPath }, index) => login(roleIdPath, values[index] ?? '')),
        );
        return taken.includes(true);
      }
      case 'console-credentials':
        return login(paths.consoleRole('console', 'role_id'), value);
      case 'trust-sync':
      case 'force-reissue':
        return false;
      default:
        return this.#more.accepts(target, value);
    }
  }

  /** One value of each secret in force, everywhere the same, accepted by whoever checks it; and step-ca signs. @throws Lost */
  async whole(): Promise<Held> {
    const workspace = this.#workspace();
    const { paths } = workspace;
    const held = await this.held();
    same('key password', held.passwords);
    same('database password', held.dsns);
    same('responder secret', held.hmacs);
    const [password = ''] = held.passwords;
    for (const path of [paths.rootKey, paths.intermediateKey]) {
      decryptKey(await readFile(path, 'utf8'), password);
      if (await readFile(`${path}.new`).catch(() => undefined)) throw new Lost(`${path}.new is left over`);
    }
    for (const target of ['db', 'responder-hmac', 'console-credentials'] as const)
      if (!(await this.accepts(target, valueOf(target, held), held))) throw new Lost(`${target} is refused`);
    await this.#eachService(held);
    await this.#more.whole(await this.#all(), held.more);
    // As the next console that opens: one killed just after its end was journaled left its stage.
    await workspace.engine.recover();
    const left = await readdir(join(paths.secrets, '.staging')).catch(() => []);
    if (left.length > 0) throw new Lost(`staged: ${left.join(', ')}`);
    // Orders through the responder with the secret of the day, and is signed with the key of the day.
    await proveIssuance(
      rotationContext(workspace.services, workspace.topology, async () => undefined),
      quietRun,
    );
    if (!(await workspace.audit.verify()).intact) throw new Lost('the audit log is broken');
    return held;
  }

  async #eachService(held: Held): Promise<void> {
    const { services } = this.#workspace();
    const { openbao } = services;
    const { kv } = services.client();
    const pins = new Set((await publishedTrust(services.client())).pins);
    for (const [index, service] of (await this.#services()).entries()) {
      const { token } = await openbao.login(await text(service.roleIdPath), held.secretIds[index] ?? '');
      const own = openbao.withToken(token);
      await own.kv.read(`bootroot/services/${service.id}/trust`);
      await own.token.revokeSelf();
      const { certPem = '', keyPem = '', bundlePem = '' } = readServiceFiles(service);
      const leaf = parseLeaf(certPem);
      if (leaf?.checkPrivateKey(createPrivateKey(keyPem)) !== true)
        throw new Lost(`${service.id}: leaf and key do not belong together`);
      if (!reachesPin(leaf, readBundle(bundlePem), pins, services.now()))
        throw new Lost(`${service.id}: its bundle does not verify its leaf`);
      const trust = { ...(await kv.read(`bootroot/services/${service.id}/trust`))?.data };
      const published = new Set(readBundle(String(trust['ca_bundle_pem'])).map(sha256));
      const ownPins = trust['trusted_ca_sha256'] as readonly string[];
      if (ownPins.length === 0 || !ownPins.every((pin) => published.has(pin)))
        throw new Lost(`${service.id}: pins and bundle are of two generations`);
    }
  }

  /** Values that a cut-off operation had already chosen. Undefined: none yet. */
  async staged(target: Rotated, operation: Operation): Promise<string | undefined> {
    const { paths } = this.#workspace();
    const at = (name: string): Promise<string | undefined> =>
      readFile(join(paths.secrets, '.staging', operation.id, name), 'utf8').catch(() => undefined);
    if (isMore(target)) return undefined;
    if (target !== 'approle-secret-id' && target !== 'console-credentials') return at('fresh');
    const all = JSON.parse((await at('secret-ids')) ?? 'null') as Record<string, { fresh: string }> | null;
    if (all === null) return undefined;
    if (target === 'console-credentials') return all['console']?.fresh;
    return (await this.#services()).map(({ id }) => all[id]?.fresh ?? '').join();
  }
}

/** Trust that is right but written otherwise, so that a synchronisation has something to change. */
export async function disturbTrust(workspace: OpenWorkspace, world: RotationWorld): Promise<Held> {
  const { paths, services } = workspace;
  const { kv } = services.client();
  const [first] = servicesOf(await readState(paths.state), paths);
  const path = `bootroot/services/${first?.id ?? ''}/trust`;
  const trust: Record<string, unknown> = { ...(await kv.read(path))?.data };
  const pins = [...(trust['trusted_ca_sha256'] as readonly string[])].reverse();
  await kv.write(path, { ...trust, trusted_ca_sha256: pins });
  const blocks = (await readFile(paths.bundle, 'utf8')).match(/-----BEGIN[^]*?-----END[^-]*-----\n/g) ?? [];
  await writeFile(paths.bundle, [...blocks, ''].reverse().join('\n'));
  return world.held();
}
