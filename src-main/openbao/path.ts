import { ConsoleError } from '../../shared/errors.ts';

/**
 * A path with each segment percent-encoded by itself; the slashes between them stay.
 * @throws `openbao_bad_path` for an empty segment, `.` or `..`: an URL would resolve them to another path
 */
export function encodePath(path: string): string {
  const segments = path.split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment)))
    throw new ConsoleError('openbao_bad_path', { path });
  return segments.map(encodeURIComponent).join('/');
}

/**
 * A name that stands inside a policy or a role path: no wildcard (`*`, `+`), quote or slash can widen what it grants.
 * @throws `openbao_bad_path`
 */
export function policyName(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) throw new ConsoleError('openbao_bad_path', { path: name });
  return name;
}

/** A mount such as `secret` or `team/kv`, under the same rule. Throws `openbao_bad_path`. */
export function mountName(mount: string): string {
  return mount.split('/').map(policyName).join('/');
}
