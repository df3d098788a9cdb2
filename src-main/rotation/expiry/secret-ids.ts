import type { CredentialExpiry } from '../../../shared/contract/credential-expiry.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import { eachBounded } from '../bounded.ts';
import {
  consoleCredential,
  credentialOf,
  infraCredential,
  infraTargets,
  readCredential,
  type Credential,
} from '../targets.ts';
import { effectiveExpiry } from './effective.ts';

type Described = Pick<CredentialExpiry, 'id' | 'kind' | 'name' | 'to' | 'target'>;
interface Wanted {
  readonly described: Described;
  readonly credential: Credential;
}

const describedService = ({ id }: Service): Described => ({
  id: `secret_id:${id}`,
  kind: 'secret_id',
  name: id,
  to: `/services/${encodeURIComponent(id)}`,
  target: 'approle-secret-id',
});

const wantedOf = (context: ServicesContext, services: readonly Service[]): Wanted[] => [
  {
    described: {
      id: 'secret_id:console',
      kind: 'console_secret_id',
      name: 'bootroot-console',
      to: '/openbao',
      target: 'console-credentials',
    },
    credential: consoleCredential(context),
  },
  ...infraTargets.map((target): Wanted => ({
    described: {
      id: `secret_id:infra-${target}`,
      kind: 'secret_id',
      name: `infra-${target}`,
      to: '/servers',
    },
    credential: infraCredential(context, target),
  })),
  ...services.map((service) => ({ described: describedService(service), credential: credentialOf(service) })),
];

const reasonOf = (error: unknown): Message =>
  isConsoleError(error)
    ? message(`error.${error.code}.what`, error.data.params)
    : message('error.internal.what');

const unknown = (described: Described, problem: Message): CredentialExpiry => ({
  ...described,
  limit: 'unknown',
  problem,
});

/** The secret_id that is in use: the file on this host, or what waits for the remote host in OpenBao. */
async function valueOf(client: OpenBaoClient, credential: Credential): Promise<string | undefined> {
  if (credential.delivery === 'file') return readCredential(credential.secretIdPath);
  const value = (await client.kv.read(`bootroot/services/${credential.id}/secret_id`))?.data['secret_id'];
  return typeof value === 'string' ? value : undefined;
}

/** `secret_id_ttl` of the role now, seconds; undefined where this session may not read the role. */
async function roleTtl(client: OpenBaoClient, role: string): Promise<number | undefined> {
  try {
    const ttl = (await client.approle.read(role))?.['secret_id_ttl'];
    return typeof ttl === 'number' ? ttl : undefined;
  } catch (error) {
    if (isConsoleError(error, 'openbao_forbidden')) return undefined;
    throw error;
  }
}

async function expiryOf(
  client: OpenBaoClient,
  { described, credential }: Wanted,
  mountMax: number | undefined,
): Promise<CredentialExpiry> {
  const value = await valueOf(client, credential);
  if (value === undefined) return unknown(described, message('rotation.expiry.no_secret_id'));
  const found = await client.approle.lookupSecretId(credential.role, value);
  if (found === undefined) return unknown(described, message('rotation.expiry.secret_id_gone'));
  const since = Date.parse(found.createdAt);
  return {
    ...described,
    since,
    ...effectiveExpiry({
      createdAt: since,
      issuedUntil: found.expiresAt,
      roleTtl: await roleTtl(client, credential.role),
      mountMax,
    }),
    ...(found.usesLeft === 0 ? {} : { usesLeft: found.usesLeft }),
  };
}

/**
 * When each secret_id ends, as OpenBao has it. A few calls at a time; one that fails costs its own line only.
 * @param client undefined, with the reason: nobody can be asked
 */
export async function secretIdExpiries(
  context: ServicesContext,
  services: readonly Service[],
  client: OpenBaoClient | Message,
): Promise<CredentialExpiry[]> {
  const wanted = wantedOf(context, services);
  if ('key' in client) return wanted.map(({ described }) => unknown(described, client));
  const mountMax = await client.auth.longestLease('approle').catch(() => undefined);
  const found = new Map<string, CredentialExpiry>();
  await eachBounded(wanted, async (one) => {
    const expiry = await expiryOf(client, one, mountMax).catch((error: unknown) =>
      unknown(one.described, reasonOf(error)),
    );
    found.set(one.described.id, expiry);
  });
  return wanted.flatMap(({ described }) => found.get(described.id) ?? []);
}
