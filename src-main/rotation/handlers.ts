import type { z } from 'zod';
import type { rotationContract } from '../../shared/contract/rotation.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Timeline } from '../../shared/contract/credential-expiry.ts';
import { TimelineCache, type TimelineWorld } from './expiry/timeline.ts';
import { listRotations, policiesSchema, type ListWorld, type Policies } from './list.ts';

type Contract = typeof rotationContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: { readonly actor: string },
) => Promise<z.output<Contract[N]['output']>>;
export type RotationHandlers = { readonly [N in keyof Contract]: Handler<N> };

export interface RotationDeps extends Pick<ListWorld, 'operations'>, TimelineWorld {
  readonly settings: {
    read(name: string): Promise<unknown>;
    write(name: string, value: unknown): Promise<void>;
  };
  readonly audit: Pick<AuditLog, 'append'>;
}

const setting = 'rotation-policies';

/** What the operator has set; nothing where it cannot be understood. */
export async function readPolicies(settings: Pick<RotationDeps['settings'], 'read'>): Promise<Policies> {
  const parsed = policiesSchema.safeParse(await settings.read(setting));
  return parsed.success ? parsed.data : {};
}

/** How long the due list waits for the ends of credentials; of a thousand the next look has them. */
const patienceMs = 800;

async function inGoodTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMs, undefined);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function timelineOf(cache: TimelineCache, deps: RotationDeps): Promise<Timeline> {
  const ended = (await deps.operations()).map(({ endedAt }) => endedAt ?? 0);
  return cache.read(deps, Math.max(0, ...ended));
}

const list = (deps: RotationDeps, cache: TimelineCache) =>
  listRotations({
    services: deps.services,
    operations: () => deps.operations(),
    policies: () => readPolicies(deps.settings),
    timeline: () => inGoodTime(timelineOf(cache, deps)),
  });

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export function rotationHandlers(deps: () => RotationDeps): RotationHandlers {
  const cache = new TimelineCache();
  return {
    'rotation.list': async () => list(deps(), cache),
    'rotation.timeline': async () => timelineOf(cache, deps()),
    async 'rotation.setPolicy'({ target, days }, call) {
      const world = deps();
      const before = await readPolicies(world.settings);
      await world.settings.write(setting, { ...before, [target]: days });
      await world.audit.append({
        actor: call.actor,
        action: 'rotation.policy',
        target,
        outcome: 'done',
        details: { days: days ?? 'none' },
      });
      return list(world, cache);
    },
  };
}
