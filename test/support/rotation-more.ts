import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenWorkspace } from '../../src-main/console/open-workspace.ts';
import { parseLeaf } from '../../src-main/issuance/set-files.ts';
import { accountsAt } from '../../src-main/rotation/account-keys/accounts.ts';
import { readRecord } from '../../src-main/rotation/ca-key/record.ts';
import { isSet, pairOf } from '../../src-main/rotation/eab/pair.ts';
import { servedBy } from '../../src-main/rotation/infra-tls/served.ts';
import { infraServers, type InfraPair } from '../../src-main/rotation/infra-tls/servers.ts';
import { isRemote } from '../../src-main/rotation/targets.ts';
import type { Service } from '../../src-main/services/entry.ts';
import { publishedTrust } from '../../src-main/services/trust.ts';
import { sha256 } from '../../src-main/tls/certificates.ts';
import { parseToml, valueAt } from '../../src-main/workspace/toml.ts';

/** Rotations of what not every installation has. */
const targets = ['eab', 'acme-account-key', 'openbao-recovery', 'infra-tls', 'ca-key'] as const;
export type More = (typeof targets)[number];
export const isMore = (target: string): target is More => (targets as readonly string[]).includes(target);

/** Thrown when something that must hold after a rotation does not. */
export class Lost extends Error {}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').then((text) => text.trim());
const orNone = (answer: Promise<string>): Promise<string> => answer.catch(() => '');
const patienceMs = 20_000;

async function until(what: string, question: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await question().catch(() => false))) {
    if (Date.now() > end) throw new Lost(what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Reads and proves these secrets, as far as an installation has them; a secret that it has not is an empty text. */
export class MoreSecrets {
  readonly #workspace: () => OpenWorkspace;

  constructor(workspace: () => OpenWorkspace) {
    this.#workspace = workspace;
  }

  async #kvPair(path: string): Promise<string> {
    const pair = pairOf((await this.#workspace().services.client().kv.read(path))?.data);
    return isSet(pair) ? `${pair.kid}:${pair.hmac}` : '';
  }

  async #accountKeys(): Promise<string[]> {
    const directory = join(this.#workspace().paths.console, 'acme');
    const names = await readdir(directory).catch(() => []);
    return Promise.all(names.sort().map((name) => textOf(join(directory, name))));
  }

  async #postgres(): Promise<InfraPair | undefined> {
    const { paths, topology } = this.#workspace();
    const all = await infraServers(paths, await topology.readLayout());
    return all.find(({ id }) => id === 'postgres')?.pair;
  }

  async #served(pair: InfraPair): Promise<string> {
    const { bundlePem } = await publishedTrust(this.#workspace().services.client());
    const seen = await servedBy('postgres', pair, bundlePem, 'localhost');
    if (!seen.ok) throw new Lost(`postgres: ${seen.refusedReason ?? 'no TLS'}`);
    return seen.served?.sha256 ?? '';
  }

  async held(): Promise<Record<More, string>> {
    const { paths } = this.#workspace();
    const pair = await this.#postgres();
    const leaf = pair === undefined ? undefined : parseLeaf(await textOf(pair.certPath));
    const record = (await readRecord(paths))?.console;
    const ca = await Promise.all([paths.rootCert, paths.intermediateCert].map(textOf));
    return {
      eab: await this.#kvPair('bootroot/agent/eab'),
      'acme-account-key': (await this.#accountKeys()).join('\n'),
      'openbao-recovery': await orNone(textOf(paths.unsealKeys)),
      'infra-tls': leaf === undefined ? '' : sha256(leaf),
      'ca-key': [record?.stage, ...ca.map((pem) => sha256(parseLeaf(pem) ?? fail(pem)))].join(),
    };
  }

  /** Whether whoever checks this secret takes the value; of shares: after a restart of OpenBao, which is open again at the end. */
  async accepts(target: More, value: string): Promise<boolean> {
    if (value === '') return false;
    if (target === 'acme-account-key') {
      const at = await accountsAt(this.#workspace().services);
      const known = await Promise.all(
        value.split(/\n(?=-----BEGIN)/).map((key) => at(key, (session) => session.findAccount())),
      );
      return known.includes(true);
    }
    if (target === 'infra-tls') {
      const pair = await this.#postgres();
      return pair !== undefined && (await this.#served(pair)) === value;
    }
    return target === 'openbao-recovery' && this.#opens(value);
  }

  async #opens(shares: string): Promise<boolean> {
    const { paths, topology, services } = this.#workspace();
    const { openbao } = services;
    await topology.restartServer('openbao');
    const give = async (text: string): Promise<boolean> => {
      await openbao.unsealReset();
      for (const share of text.split('\n').slice(0, 2)) await openbao.unseal(share).catch(() => undefined);
      return !(await openbao.sealStatus()).sealed;
    };
    const opened = await give(shares);
    if (!opened && !(await give(await textOf(paths.unsealKeys))))
      throw new Lost('the shares of the file do not unseal OpenBao');
    await until('OpenBao does not serve', async () => !(await openbao.health()).standby);
    return opened;
  }

  /** Copies of one secret are the same everywhere, and live servers show what the files say. @throws Lost */
  async whole(all: readonly Service[], held: Readonly<Record<More, string>>): Promise<void> {
    for (const service of all) await this.#wholeEab(service, held.eab);
    for (const service of all.filter(isRemote)) await this.#wholeRemote(service);
    const at = await accountsAt(this.#workspace().services);
    for (const key of await this.#accountKeys())
      if (!(await at(key, (session) => session.findAccount())))
        throw new Lost('an ACME account key is unknown');
    const pair = await this.#postgres();
    if (pair !== undefined && (await this.#served(pair)) !== held['infra-tls'])
      throw new Lost('postgres serves another certificate than the one in its file');
  }

  async #wholeEab(service: Service, pair: string): Promise<void> {
    if ((await this.#kvPair(`bootroot/services/${service.id}/eab`)) !== pair)
      throw new Lost(`${service.id}: another binding in OpenBao`);
    if (isRemote(service)) return;
    const agent = parseToml(await textOf(service.agentConfig), service.agentConfig);
    const found = pairOf(valueAt(agent, ['eab']));
    if ((isSet(found) ? `${found.kid}:${found.hmac}` : '') !== pair)
      throw new Lost(`${service.id}: another binding in agent.toml`);
  }

  /** What waits for a host elsewhere is what it needs: a credential that logs in. */
  async #wholeRemote({ id, entry }: Service): Promise<void> {
    const { services } = this.#workspace();
    const client = services.client();
    const waiting = (await client.kv.read(`bootroot/services/${id}/secret_id`))?.data['secret_id'];
    const roleId = await client.approle.roleId(entry.approle.role_name);
    const { token } = await services.openbao.login(roleId, String(waiting));
    await services.openbao.withToken(token).token.revokeSelf();
  }
}

function fail(pem: string): never {
  throw new Lost(`no certificate: ${pem.slice(0, 40)}`);
}
