import type { HostAdd } from '../../../shared/contract/hosts.ts';

const paths = ['directory', 'agentConfigPath', 'certPath', 'keyPath'] as const;

/** Paths follow the name for as long as they are still what was proposed for the name before. */
export function followName(before: HostAdd, after: HostAdd): HostAdd {
  if (before.serviceName === after.serviceName) return after;
  const proposed = (path: string): string =>
    before.serviceName === '' ? path : path.replaceAll(before.serviceName, after.serviceName);
  return {
    ...after,
    ...Object.fromEntries(
      paths.filter((path) => after[path] === before[path]).map((path) => [path, proposed(before[path])]),
    ),
  };
}
