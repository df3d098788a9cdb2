import type { z } from 'zod';
import type { rotationContract } from '../../shared/contract/rotation.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { listRotations, policiesSchema, type ListWorld, type Policies } from './list.ts';

type Contract = typeof rotationContract;
type Handler<N extends keyof Contract> = (
  input: z.output<Contract[N]['input']>,
  call: { readonly actor: string },
) => Promise<z.output<Contract[N]['output']>>;
export type RotationHandlers = { readonly [N in keyof Contract]: Handler<N> };

export interface RotationDeps extends Pick<ListWorld, 'services' | 'operations'> {
  readonly settings: {
    read(name: string): Promise<unknown>;
    write(name: string, value: unknown): Promise<void>;
  };
  readonly audit: Pick<AuditLog, 'append'>;
}

const setting = 'rotation-policies';

async function policiesOf({ settings }: RotationDeps): Promise<Policies> {
  const parsed = policiesSchema.safeParse(await settings.read(setting));
  return parsed.success ? parsed.data : {};
}

const list = (deps: RotationDeps) =>
  listRotations({
    services: deps.services,
    operations: () => deps.operations(),
    policies: () => policiesOf(deps),
  });

/** @param deps of the workspace that is open, asked at each call. Throws `no_workspace` */
export const rotationHandlers = (deps: () => RotationDeps): RotationHandlers => ({
  'rotation.list': async () => list(deps()),
  async 'rotation.setPolicy'({ target, days }, call) {
    const world = deps();
    const before = await policiesOf(world);
    await world.settings.write(setting, { ...before, [target]: days });
    await world.audit.append({
      actor: call.actor,
      action: 'rotation.policy',
      target,
      outcome: 'done',
      details: { days: days ?? 'none' },
    });
    return list(world);
  },
});
