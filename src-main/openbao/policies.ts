/** One rule of a policy: a path and what its holder may do there. */
interface Rule {
  readonly path: string;
  readonly may: readonly ('create' | 'read' | 'update' | 'delete' | 'list' | 'sudo')[];
}

const render = (rules: readonly Rule[]): string =>
  rules
    .map(
      ({ path, may }) =>
        `path "${path}" {\n  capabilities = [${may.map((one) => `"${one}"`).join(', ')}]\n}\n`,
    )
    .join('\n');

const read = (path: string): Rule => ({ path, may: ['read'] });
const write = (path: string): Rule => ({ path, may: ['create', 'update', 'read'] });

/** The agent of the older generation: EAB and responder secret. */
export const agentPolicy = (mount: string): string =>
  render([read(`${mount}/data/bootroot/agent/eab`), read(`${mount}/data/bootroot/responder/hmac`)]);

export const responderPolicy = (mount: string): string =>
  render([read(`${mount}/data/bootroot/responder/hmac`)]);

export const stepcaPolicy = (mount: string): string =>
  render([read(`${mount}/data/bootroot/stepca/password`), read(`${mount}/data/bootroot/stepca/db`)]);

/** A service reads its own paths, and reports a finished reissue (newer generation). */
export const servicePolicy = (id: string, mount: string): string =>
  render([
    write(`${mount}/data/bootroot/services/${id}/reissue`),
    read(`${mount}/data/bootroot/services/${id}/*`),
    { path: `${mount}/metadata/bootroot/services/${id}/*`, may: ['list'] },
  ]);

/**
 * Day-2 work of the console itself: services, their roles and policies, the installation's secrets. It cannot make policies
 * or roles of other names, mount engines, or read other teams' secrets.
 */
export const consolePolicy = (mount: string): string =>
  render([
    write(`${mount}/data/bootroot/*`),
    { path: `${mount}/metadata/bootroot/*`, may: ['read', 'list', 'delete'] },
    { path: 'sys/policies/acl/bootroot-service-*', may: ['create', 'update', 'read', 'delete'] },
    { path: 'auth/approle/role/bootroot-service-*', may: ['create', 'update', 'read', 'delete', 'list'] },
    read('auth/approle/role/bootroot-console/role-id'),
    { path: 'auth/approle/role/bootroot-console/secret-id', may: ['create', 'update'] },
    { path: 'auth/approle/role/bootroot-console/secret-id-accessor/destroy', may: ['create', 'update'] },
    read('auth/approle/role/bootroot-stepca-role/role-id'),
    { path: 'auth/approle/role/bootroot-stepca-role/secret-id', may: ['create', 'update'] },
    read('auth/approle/role/bootroot-responder-role/role-id'),
    { path: 'auth/approle/role/bootroot-responder-role/secret-id', may: ['create', 'update'] },
    read('sys/mounts'),
    read('sys/auth'),
    { path: 'sys/audit', may: ['read', 'sudo'] },
  ]);

/** What break-glass may call: new unseal shares and a new root token. Each still needs a quorum of share holders. */
export const breakGlassPaths = [
  'sys/rotate/root/init',
  'sys/rotate/root/update',
  'sys/rotate/root/verify',
  'sys/generate-root-token/attempt',
  'sys/generate-root-token/update',
] as const;

/** Without a token that may call these paths a revoked root token has locked recovery out (failure mode C33). */
export const breakGlassPolicy = (): string =>
  render(breakGlassPaths.map((path) => ({ path, may: ['create', 'read', 'update', 'delete', 'sudo'] })));
