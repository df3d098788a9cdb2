import { existsSync } from 'node:fs';
import {
  agentPolicy,
  breakGlassPolicy,
  breakGlassRoleName,
  consolePolicy,
  consoleRoleName,
  hostPolicy,
  policyNames,
  responderPolicy,
  roleNames,
  servicePolicy,
  stepcaPolicy,
} from '../../openbao/policies.ts';
import { breakGlassRole, consoleRole, toolRole, type RoleParameters } from '../../openbao/roles.ts';
import { isRemote } from '../../rotation/targets.ts';
import type { Service } from '../../services/entry.ts';
import { readTextFileIfPresent } from '../../workspace/atomic.ts';
import type { WorkspacePaths } from '../../workspace/paths.ts';
import type { State } from '../../workspace/state-schema.ts';

/** What somebody logs in with, as this host has it. */
export interface Credentials {
  readonly roleId?: string;
  readonly secretId?: string;
}

/** A policy and the role that bears it. */
export interface Declared {
  readonly policy: string;
  readonly text: string;
  readonly role: string;
  /** Of a role that is made anew. */
  readonly parameters: RoleParameters;
  readonly credentials: () => Promise<Credentials>;
  /** Its credentials are on another host. */
  readonly remote?: boolean;
}

async function credentialsIn(roleIdPath: string, secretIdPath: string): Promise<Credentials> {
  const read = async (path: string): Promise<string | undefined> => {
    const text = (await readTextFileIfPresent(path).catch(() => undefined))?.trim();
    return text === '' ? undefined : text;
  };
  const [roleId, secretId] = await Promise.all([read(roleIdPath), read(secretIdPath)]);
  return { ...(roleId === undefined ? {} : { roleId }), ...(secretId === undefined ? {} : { secretId }) };
}

const infra = (paths: WorkspacePaths, name: 'stepca' | 'responder') => (): Promise<Credentials> =>
  credentialsIn(paths.infraAgent(name, 'role_id'), paths.infraAgent(name, 'secret_id'));
const own = (paths: WorkspacePaths, name: 'console' | 'break-glass') => (): Promise<Credentials> =>
  credentialsIn(paths.consoleRole(name, 'role_id'), paths.consoleRole(name, 'secret_id'));

function infraDeclared(state: State | undefined, paths: WorkspacePaths, mount: string): Declared[] {
  const { policies, approles } = state ?? {};
  const named = (
    key: 'bootroot_agent' | 'responder' | 'stepca',
    text: string,
    credentials: Declared['credentials'],
  ): Declared => {
    const policy = policies?.[key] ?? policyNames[key];
    return {
      policy,
      text,
      role: approles?.[key] ?? roleNames[key],
      parameters: toolRole(policy),
      credentials,
    };
  };
  return [
    named('bootroot_agent', agentPolicy(mount), async () => ({})),
    named('responder', responderPolicy(mount), infra(paths, 'responder')),
    named('stepca', stepcaPolicy(mount), infra(paths, 'stepca')),
    {
      policy: consoleRoleName,
      text: consolePolicy(mount),
      role: consoleRoleName,
      parameters: consoleRole(consoleRoleName),
      credentials: own(paths, 'console'),
    },
    {
      policy: breakGlassRoleName,
      text: breakGlassPolicy(),
      role: breakGlassRoleName,
      parameters: breakGlassRole(breakGlassRoleName),
      credentials: own(paths, 'break-glass'),
    },
  ];
}

function serviceDeclared(service: Service, mount: string): Declared {
  const { id, entry, roleIdPath, secretIdPath } = service;
  const { role_id: roleId, role_name: role, policy_name: policy, secret_id_ttl: ttl } = entry.approle;
  const remote = isRemote(service);
  return {
    policy,
    text: remote ? hostPolicy(id, mount) : servicePolicy(id, mount),
    role,
    parameters: toolRole(policy, ttl ?? undefined),
    async credentials() {
      const here = remote ? {} : await credentialsIn(roleIdPath, secretIdPath);
      return roleId === '' ? here : { roleId, ...here };
    },
    ...(remote ? { remote } : {}),
  };
}

/** Every policy and role that this installation declares. */
export const declaredAccess = (
  state: State | undefined,
  services: readonly Service[],
  paths: WorkspacePaths,
  mount: string,
): Declared[] => [
  ...infraDeclared(state, paths, mount),
  ...services.map((service) => serviceDeclared(service, mount)),
];

/** The console's own roles are there where it was given credentials of them. */
export function isExpected({ role }: Declared, paths: WorkspacePaths): boolean {
  if (role === consoleRoleName) return existsSync(paths.consoleRole('console', 'role_id'));
  if (role === breakGlassRoleName) return existsSync(paths.consoleRole('break-glass', 'role_id'));
  return true;
}
