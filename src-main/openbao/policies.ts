import { hclString } from './hcl.ts';
import { mountName, policyName } from './path.ts';

type Capability = 'create' | 'read' | 'update' | 'delete' | 'list' | 'sudo';

/** One rule of a policy: a path and what its holder may do there. */
interface Rule {
  readonly path: string;
  readonly may: readonly Capability[];
}

const render = (rules: readonly Rule[]): string =>
  rules
    .map(
      ({ path, may }) =>
        `path ${hclString(path)} {\n  capabilities = [${may.map(hclString).join(', ')}]\n}\n`,
    )
    .join('\n');

const rule =
  (...may: readonly Capability[]) =>
  (path: string): Rule => ({ path, may });
const read = rule('read');
const write = rule('create', 'update', 'read');
/** A secret_id is minted, never read. */
const mint = rule('create', 'update');

/** Names of the roles and policies that the tools and the console share (formats.md, formats-newer.md "OpenBao"). */
export const roleNames = {
  bootroot_agent: 'bootroot-agent-role',
  responder: 'bootroot-responder-role',
  stepca: 'bootroot-stepca-role',
  runtime_service_add: 'bootroot-runtime-service-add-role',
  runtime_rotate: 'bootroot-runtime-rotate-role',
  infra_rotate: 'bootroot-infra-rotate-role',
} as const;
export const policyNames = {
  bootroot_agent: 'bootroot-agent',
  responder: 'bootroot-responder',
  stepca: 'bootroot-stepca',
  runtime_service_add: 'bootroot-runtime-service-add',
  runtime_rotate: 'bootroot-runtime-rotate',
  infra_rotate: 'bootroot-infra-rotate',
} as const;
/** The console's own: role and policy have one name. */
export const consoleRoleName = 'bootroot-console';
export const breakGlassRoleName = 'bootroot-break-glass';
/** Runs the schedules, and nothing else: role and policy have one name. */
export const schedulerRoleName = 'bootroot-scheduler';
/** Role and policy of a service. Throws `openbao_bad_path`. */
export const serviceRoleName = (id: string): string => `bootroot-service-${policyName(id)}`;

const data = (mount: string, path: string): string => `${mountName(mount)}/data/bootroot/${path}`;
const role = (name: string): string => `auth/approle/role/${name}`;

/** The agent of the older generation: EAB and responder secret. */
export const agentPolicy = (mount: string): string =>
  render([read(data(mount, 'agent/eab')), read(data(mount, 'responder/hmac'))]);

export const responderPolicy = (mount: string): string => render([read(data(mount, 'responder/hmac'))]);

export const stepcaPolicy = (mount: string): string =>
  render([read(data(mount, 'stepca/password')), read(data(mount, 'stepca/db'))]);

function serviceRules(id: string, mount: string): readonly Rule[] {
  const own = policyName(id);
  return [
    write(data(mount, `services/${own}/reissue`)),
    read(data(mount, `services/${own}/*`)),
    rule('list')(`${mountName(mount)}/metadata/bootroot/services/${own}/*`),
  ];
}

/** A service reads its own paths, and reports a finished reissue (newer generation). */
export const servicePolicy = (id: string, mount: string): string => render(serviceRules(id, mount));

/** As the older generation wrote it: its agents report nothing. */
export const olderServicePolicy = (id: string, mount: string): string =>
  render(serviceRules(id, mount).filter(({ may }) => !may.includes('create')));

/** Whether two texts say the same: spaces and line breaks aside. */
export const samePolicy = (one: string | undefined, other: string): boolean =>
  one?.replace(/\s+/g, '') === other.replace(/\s+/g, '');

/** The same for a service on another host, which also reports what became of each item. */
export const hostPolicy = (id: string, mount: string): string =>
  render([...serviceRules(id, mount), write(data(mount, `services/${policyName(id)}/report`))]);

/**
 * A trailing `*` also covers `…/role-id` and `…/secret-id` below each role (asked of OpenBao 2.7; `*` elsewhere is no wildcard).
 * Who may write a role may attach any policy to it, and who may write `bootroot-service-*` policies may put anything into them:
 * a holder of these two is trusted with what services can reach, and so is the console.
 */
const services = [write('sys/policies/acl/bootroot-service-*'), write(role('bootroot-service-*'))];

/** What `service add` of the newer tools works with. */
export const serviceAddPolicy = (mount: string): string =>
  render([
    ...services,
    read(data(mount, 'agent/eab')),
    read(data(mount, 'responder/hmac')),
    read(data(mount, 'ca')),
    read(`${mountName(mount)}/metadata/bootroot/ca`),
    write(data(mount, 'services/*')),
  ]);

/** What `rotate` of the newer tools works with. */
export const rotatePolicy = (mount: string): string =>
  render([
    ...['stepca/password', 'stepca/db', 'agent/eab', 'responder/hmac', 'ca', 'services/*'].map((path) =>
      write(data(mount, path)),
    ),
    read(`${mountName(mount)}/metadata/bootroot/ca`),
    write(role('bootroot-service-*')),
    mint(role(`${roleNames.runtime_rotate}/secret-id`)),
  ]);

/** Renews the credentials of the infra agents, and its own. */
export const infraRotatePolicy = (): string =>
  render([
    ...[roleNames.stepca, roleNames.responder].flatMap((name) => [
      read(role(`${name}/role-id`)),
      mint(role(`${name}/secret-id`)),
    ]),
    mint(role(`${roleNames.infra_rotate}/secret-id`)),
  ]);

/**
 * Day-2 work of the console: services with their roles and policies, the installation's secrets, its own credential and
 * those of the infra agents. It cannot touch roles or policies of other names, mount engines, or read other teams' secrets.
 */
export const consolePolicy = (mount: string): string =>
  render([
    write(`${mountName(mount)}/data/bootroot/*`),
    rule('read', 'list', 'delete')(`${mountName(mount)}/metadata/bootroot/*`),
    // Undoing an onboarding removes what it made.
    rule('create', 'update', 'read', 'delete')('sys/policies/acl/bootroot-service-*'),
    rule('create', 'update', 'read', 'delete')(role('bootroot-service-*')),
    ...[roleNames.stepca, roleNames.responder, consoleRoleName].flatMap((name) => [
      read(role(`${name}/role-id`)),
      mint(role(`${name}/secret-id`)),
      mint(role(`${name}/secret-id-accessor/*`)),
      // A rotation chooses the secret_id itself: an answer that is lost cannot become a second secret.
      mint(role(`${name}/custom-secret-id`)),
      mint(role(`${name}/secret-id/*`)),
    ]),
    // The scheduler's narrow credential is made, renewed and taken away by the console.
    rule('create', 'update', 'read', 'delete')(`sys/policies/acl/${schedulerRoleName}`),
    rule('create', 'update', 'read', 'delete')(role(schedulerRoleName)),
    read(role(`${schedulerRoleName}/role-id`)),
    ...['secret-id', 'secret-id/*', 'secret-id-accessor/*', 'custom-secret-id'].map((word) =>
      mint(role(`${schedulerRoleName}/${word}`)),
    ),
    // The standing checks: other roles and policies are as they should be, the break-glass role included (C33).
    read('sys/policies/acl/bootroot-*'),
    ...[roleNames.bootroot_agent, roleNames.responder, roleNames.stepca, consoleRoleName, breakGlassRoleName]
      .map(role)
      .map(read),
    read('sys/mounts'),
    read('sys/auth'),
    rule('read', 'sudo')('sys/audit'),
    // How the members of a cluster are; nothing of what they store.
    read('sys/ha-status'),
    read('sys/storage/raft/configuration'),
    read('sys/storage/raft/autopilot/state'),
    // A backup: everything that is stored, sealed by shares that the console does not have.
    read(snapshotPath),
  ]);

/** Everything that OpenBao stores, sealed. */
export const snapshotPath = 'sys/storage/raft/snapshot';

/** What the schedules reach. */
export interface SchedulerGrants {
  /** AppRoles whose secret_ids are renewed. */
  readonly roles: readonly string[];
  /** KV paths below `bootroot/` that are written. */
  readonly kv: readonly string[];
  /** KV paths below `bootroot/` that are only read. */
  readonly reads: readonly string[];
  /** AppRoles whose secret_ids are only looked at: when they end. */
  readonly looks?: readonly string[];
  /** KV paths below `bootroot/` of which only the age is asked. */
  readonly ages?: readonly string[];
  /** Whether the audit devices are listed. */
  readonly audit?: boolean;
  /** Whether a snapshot of the sealed store is taken. */
  readonly snapshot?: boolean;
}

/**
 * Unattended runs: exactly the secret_ids and values that the schedules renew, and the scheduler's own secret_id. No role definition, no
 * policy, no other secret.
 */
export const schedulerPolicy = (
  mount: string,
  { roles, kv, reads, looks = [], ages = [], audit, snapshot }: SchedulerGrants,
): string =>
  render([
    ...[...roles, schedulerRoleName].flatMap((name) => [
      read(role(`${name}/role-id`)),
      ...[
        'custom-secret-id',
        'secret-id/lookup',
        'secret-id-accessor/lookup',
        'secret-id-accessor/destroy',
      ].map((word) => mint(role(`${name}/${word}`))),
    ]),
    ...kv.map((path) => write(data(mount, path))),
    ...reads.filter((path) => !kv.includes(path)).map((path) => read(data(mount, path))),
    ...looks.flatMap((name) => [
      read(role(name)),
      ...(roles.includes(name) || name === schedulerRoleName ? [] : [mint(role(`${name}/secret-id/lookup`))]),
    ]),
    ...ages.map((path) => read(`${mountName(mount)}/metadata/bootroot/${path}`)),
    ...(audit === true ? [rule('read', 'sudo')('sys/audit')] : []),
    ...(snapshot === true ? [read(snapshotPath)] : []),
  ]);

/** What break-glass may call: new unseal shares and a new root token. Each still needs a quorum of share holders. */
export const breakGlassPaths = [
  'sys/rotate/root/init',
  'sys/rotate/root/update',
  'sys/rotate/root/verify',
  'sys/generate-root-token/attempt',
  'sys/generate-root-token/update',
] as const;
/** The same of older servers, where a listener setting may require a token for them. */
const legacyBreakGlassPaths = [
  'sys/rekey/init',
  'sys/rekey/update',
  'sys/rekey/verify',
  'sys/generate-root/attempt',
  'sys/generate-root/update',
] as const;

/** Without a token that may call these paths a revoked root token has locked recovery out (failure mode C33). */
export const breakGlassPolicy = (): string =>
  render([...breakGlassPaths, ...legacyBreakGlassPaths].map(rule('create', 'read', 'update', 'delete')));
