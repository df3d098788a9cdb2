import type { CredentialExpiry, Timeline } from '../../../shared/contract/credential-expiry.ts';
import { isConsoleError } from '../../../shared/errors.ts';
import { message, type Message } from '../../../shared/message.ts';
import type { OpenBaoClient } from '../../openbao/openbao.ts';
import type { ServicesContext } from '../../services/context.ts';
import type { Service } from '../../services/entry.ts';
import type { LeafCache } from '../../services/leaf-cache.ts';
import { allServicesOf } from '../targets.ts';
import { certificateExpiries } from './certificates.ts';
import { secretIdExpiries } from './secret-ids.ts';

export interface TimelineWorld {
  readonly services: ServicesContext;
  readonly leaves: Pick<LeafCache, 'read'>;
}

/** The session that is open, or why there is none that can be asked. */
async function sessionOf(context: ServicesContext): Promise<{
  readonly client: OpenBaoClient | Message;
  readonly token: CredentialExpiry;
}> {
  const described = { id: 'token:console', kind: 'console_token', name: 'token', to: '/openbao' } as const;
  try {
    const client = context.client();
    const { ttl } = await client.token.lookupSelf();
    const end = ttl > 0 ? { limit: 'session' as const, expiresAt: context.now() + ttl * 1000 } : undefined;
    return { client, token: { ...described, ...(end ?? { limit: 'none' }) } };
  } catch (error) {
    const problem = isConsoleError(error)
      ? message(`error.${error.code}.what`, error.data.params)
      : message('error.internal.what');
    return { client: problem, token: { ...described, limit: 'unknown', problem } };
  }
}

/** What waits for a remote host, until when it may be fetched. */
function deliveries(services: readonly Service[]): CredentialExpiry[] {
  return services.flatMap(({ id, entry }) => {
    const { secret_id: status } = entry.sync_status ?? {};
    const timing = entry.sync_metadata?.secret_id;
    const end = timing?.expires_at_unix;
    if (status !== 'pending' || typeof end !== 'number') return [];
    const start = timing?.started_at_unix;
    return [
      {
        id: `delivery:${id}`,
        kind: 'delivery' as const,
        name: id,
        to: `/services/${encodeURIComponent(id)}`,
        target: 'approle-secret-id',
        limit: 'issued' as const,
        expiresAt: end * 1000,
        ...(typeof start === 'number' ? { since: start * 1000 } : {}),
      },
    ];
  });
}

/** When every credential of the installation really ends. No effect; what cannot be asked says why. */
export async function readTimeline({ services: context, leaves }: TimelineWorld): Promise<Timeline> {
  const services = await allServicesOf(context);
  const { client, token } = await sessionOf(context);
  const [certificates, secretIds] = await Promise.all([
    certificateExpiries(context, services, leaves),
    secretIdExpiries(context, services, client),
  ]);
  return { at: context.now(), items: [token, ...secretIds, ...deliveries(services), ...certificates] };
}

const freshMs = 60_000;

/** The last timeline of an installation. Callers within a minute share one look, unless something changed since. */
export class TimelineCache {
  readonly #read: (world: TimelineWorld) => Promise<Timeline>;
  #last:
    | {
        readonly of: ServicesContext;
        readonly at: number;
        readonly changedAt: number;
        readonly answer: Promise<Timeline>;
      }
    | undefined;

  constructor(read: (world: TimelineWorld) => Promise<Timeline> = readTimeline) {
    this.#read = read;
  }

  /** @param changedAt when an operation last ended, unix milliseconds; a look from before is old */
  read(world: TimelineWorld, changedAt: number): Promise<Timeline> {
    const { services } = world;
    const now = services.now();
    const last = this.#last;
    const fresh = last !== undefined && last.of === services && Math.abs(now - last.at) < freshMs;
    if (fresh && last.changedAt === changedAt) return last.answer;
    const answer = this.#read(world);
    this.#last = { of: services, at: now, changedAt, answer };
    answer.catch(() => {
      this.#last = undefined;
    });
    return answer;
  }
}
